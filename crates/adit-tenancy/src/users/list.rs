//! `GET /api/_private/users`
//!
//! The users that the caller may see, with what they hold.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::Result;
use http::Method;

use super::{view, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "get_users",
    method: Method::GET,
    path: "/api/_private/users",
    needs: Needs::SignedIn,
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    Reply::ok(wire::UsersResponse { users: view::visible(&mut tx, &call.caller).await? })
}
