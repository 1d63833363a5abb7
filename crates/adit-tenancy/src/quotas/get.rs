//! `GET /api/_private/quotas`
//!
//! The tenant's quotas and what is in use of each.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::view;

pub(super) static OPERATION: Operation = Operation {
    id: "get_tenant_quota",
    method: Method::GET,
    path: "/api/_private/quotas",
    needs: Needs::Global(Permission::TENANT_QUOTA_READ),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    Reply::ok(view::all(&mut tx, &call, call.caller.tenant_id).await?)
}
