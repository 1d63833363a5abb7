//! `POST /api/_private/quotas/{target_tenant_id}/{quota_kind}`
//!
//! Sets a limit of any tenant, and how far the tenant may raise it. The reply is exactly `{"status":"ok"}`: a client breaks on more.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use adit_store::Note;
use http::Method;
use serde_json::json;

use super::store::{self, Limit};
use super::wire::SetQuotaForTenantRequest;
use super::{Kind, view};

pub(super) static OPERATION: Operation = Operation {
    id: "set_quota_for_tenant",
    method: Method::POST,
    path: "/api/_private/quotas/{target_tenant_id}/{quota_kind}",
    needs: Needs::Global(Permission::DEPLOYMENT_QUOTA_WRITE),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let kind = Kind::parse(call.param("quota_kind")?)?;
    let body: SetQuotaForTenantRequest = call.json()?;
    let hard = view::checked(body.hard_limit, "hard_limit")?;
    let mut tx = call.env.begin().await?;
    let tenant = view::target(&mut tx, &call).await?;
    let known = store::limit(&mut tx, tenant, kind).await?;
    let before = known.map_or(kind.default_limit(), |limit| limit.hard);
    let auto_increase_up_to = body.auto_increase_up_to.apply(known.and_then(|limit| limit.auto_increase_up_to));
    if let Some(ceiling) = auto_increase_up_to {
        view::checked(ceiling, "auto_increase_up_to")?;
    }
    store::set(&mut tx, tenant, kind, Limit { hard, auto_increase_up_to }).await?;
    let change = json!({"kind": kind.name(), "before": before, "after": hard, "auto_increase_up_to": auto_increase_up_to});
    tx.note(Note::Fact("quota", change));
    tx.commit().await?;
    Reply::done()
}
