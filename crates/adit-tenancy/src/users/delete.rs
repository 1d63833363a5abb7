//! `DELETE /api/_private/users/{user_id}`
//!
//! Deletes a user with its token; a support user only loses its access.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Id, Permission, Result};
use http::Method;

use super::{admins, member, rules, store, view};
use crate::{roles, tokens};

pub(super) static OPERATION: Operation = Operation {
    id: "delete_user",
    method: Method::DELETE,
    path: "/api/_private/users/{user_id}",
    needs: Needs::Global(Permission::TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let id: Id = call.param("user_id")?.parse()?;
    let tenant = call.caller.tenant_id;
    let mut tx = call.env.begin().await?;
    store::lock(&mut tx, tenant).await?;
    let (user, is_support) = member(&mut tx, tenant, id).await?.ok_or_else(|| view::no_user(&id.to_string()))?;
    rules::check_removal(&call.caller, &user, &roles::scoped(&mut tx, tenant).await?)?;
    if is_support {
        store::remove_support(&mut tx, tenant, id).await?;
    } else {
        tokens::retire(&mut tx, id, call.env.now()).await?;
        store::delete(&mut tx, tenant, id).await?;
        admins::check_one_is_left(&mut tx, tenant, &user).await?;
    }
    tx.commit().await?;
    Reply::done()
}
