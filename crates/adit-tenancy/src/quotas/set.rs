//! `POST /api/_private/quotas/{quota_kind}`
//!
//! Sets one of the tenant's own limits: as asked, but not above the ceiling that the deployment allows.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use adit_store::Note;
use http::Method;
use serde_json::json;

use super::store::{self, Limit};
use super::wire::{SetTenantQuotaRequest, SetTenantQuotaResponse};
use super::{Kind, view};

pub(super) static OPERATION: Operation = Operation {
    id: "set_tenant_quota",
    method: Method::POST,
    path: "/api/_private/quotas/{quota_kind}",
    needs: Needs::Global(Permission::TENANT_QUOTA_WRITE),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let kind = Kind::parse(call.param("quota_kind")?)?;
    let body: SetTenantQuotaRequest = call.json()?;
    let requested_limit = view::checked(body.requested_limit, "requested_limit")?;
    let tenant = call.caller.tenant_id;
    let mut tx = call.env.begin().await?;
    let known = store::limit(&mut tx, tenant, kind).await?;
    let before = known.map_or(kind.default_limit(), |limit| limit.hard);
    let allowed = known.and_then(|limit| limit.auto_increase_up_to);
    // A tenant that lowers a limit can come back to where it was: the ceiling is never below that.
    let ceiling = allowed.unwrap_or(before).max(before);
    let hard = requested_limit.min(ceiling);
    let auto_increase_up_to = (ceiling > hard || allowed.is_some()).then_some(ceiling);
    store::set(&mut tx, tenant, kind, Limit { hard, auto_increase_up_to }).await?;
    tx.note(Note::Fact("quota", json!({"kind": kind.name(), "before": before, "after": hard})));
    tx.commit().await?;
    Reply::ok(SetTenantQuotaResponse { hard_limit: hard, requested_limit })
}
