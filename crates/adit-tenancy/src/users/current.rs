//! `GET /auth/user`
//!
//! The caller, with held and derived permissions: the clients' "who am I" before every command.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Error, Result};
use http::Method;

use super::{view, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "get_current_user",
    method: Method::GET,
    path: "/auth/user",
    needs: Needs::SignedIn,
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let user = view::whole(&mut tx, call.caller.tenant_id, call.caller.user_id).await?;
    Reply::ok(wire::UserResponse { user: user.ok_or_else(|| Error::internal("the caller has no user row"))? })
}
