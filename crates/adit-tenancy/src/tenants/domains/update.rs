//! `POST /api/_private/tenants/{name}/domains`
//!
//! Says which e-mail domains belong to the tenant; each belongs to one tenant at most.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use crate::tenants::{addressed, rules, store, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "update_tenant_domains",
    method: Method::POST,
    path: "/api/_private/tenants/{name}/domains",
    needs: Needs::Global(Permission::SUPPORT_TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::Domains = call.json()?;
    let domains = rules::domains(&body.domains)?;
    let mut tx = call.env.begin().await?;
    let mut tenant = addressed(&mut tx, &call).await?;
    store::set_domains(&mut tx, tenant.id, &domains).await?;
    tenant.updated = call.env.now();
    store::update(&mut tx, &tenant).await?;
    tx.commit().await?;
    Reply::ok(wire::Domains { domains })
}
