//! `GET /api/v1/users`
//!
//! Names, addresses and last sign-ins of the users that the caller may see.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::{view, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "get_users_v1",
    method: Method::GET,
    path: "/api/v1/users",
    needs: Needs::SomewhereOr(Permission::USERS_READ, Permission::TENANT_USERS_READ),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let visible = view::visible(&mut tx, &call.caller).await?;
    let users = visible
        .into_iter()
        .map(|user| wire::UserV1 { email: user.email, last_login_at: user.last_login_at, username: user.username })
        .collect();
    Reply::ok(wire::UsersResponse { users })
}
