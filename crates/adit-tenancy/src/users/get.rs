//! `GET /api/_private/users/{user_id}`
//!
//! One user, if the caller may see it.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::Result;
use http::Method;

use super::{view, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "get_user_by_id",
    method: Method::GET,
    path: "/api/_private/users/{user_id}",
    needs: Needs::SignedIn,
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let id = call.param("user_id")?.parse()?;
    let mut tx = call.env.read().await?;
    Reply::ok(wire::UserResponse { user: view::one(&mut tx, &call.caller, id).await? })
}
