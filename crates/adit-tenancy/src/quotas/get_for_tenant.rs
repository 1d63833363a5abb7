//! `GET /api/_private/quotas/{target_tenant_id}`
//!
//! The quotas of any tenant; one's own with less rights.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::view;

pub(super) static OPERATION: Operation = Operation {
    id: "get_quotas_for_tenant",
    method: Method::GET,
    path: "/api/_private/quotas/{target_tenant_id}",
    needs: Needs::Tenant("target_tenant_id", Permission::DEPLOYMENT_QUOTA_READ, &[Permission::TENANT_QUOTA_READ]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let tenant = view::target(&mut tx, &call).await?;
    Reply::ok(view::all(&mut tx, &call, tenant).await?)
}
