//! `DELETE /api/_private/quotas/{target_tenant_id}/{quota_kind}`
//!
//! Goes back to the default limit.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use adit_store::Note;
use http::Method;
use serde_json::json;

use super::{Kind, store, view};

pub(super) static OPERATION: Operation = Operation {
    id: "reset_tenant_quota",
    method: Method::DELETE,
    path: "/api/_private/quotas/{target_tenant_id}/{quota_kind}",
    needs: Needs::Global(Permission::DEPLOYMENT_QUOTA_WRITE),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let kind = Kind::parse(call.param("quota_kind")?)?;
    let mut tx = call.env.begin().await?;
    let tenant = view::target(&mut tx, &call).await?;
    store::reset(&mut tx, tenant, kind).await?;
    tx.note(Note::Fact("quota", json!({"kind": kind.name(), "after": kind.default_limit()})));
    tx.commit().await?;
    Reply::done()
}
