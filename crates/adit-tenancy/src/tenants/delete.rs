//! `DELETE /api/_private/tenants/{name}`
//!
//! Deletes a tenant and everything in it, for good.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::{addressed, rules, store};

pub(super) static OPERATION: Operation = Operation {
    id: "delete_tenant",
    method: Method::DELETE,
    path: "/api/_private/tenants/{name}",
    needs: Needs::Global(Permission::SUPPORT_TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.begin().await?;
    let tenant = addressed(&mut tx, &call).await?;
    rules::check_dispensable(&tenant, call.caller.tenant_id, "deleted")?;
    store::delete(&mut tx, tenant.id).await?;
    tx.commit().await?;
    Reply::done()
}
