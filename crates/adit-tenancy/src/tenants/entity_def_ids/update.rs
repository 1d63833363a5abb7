//! `POST /api/_private/tenants/{name}/entity_def_ids`
//!
//! Says which general fields datasets of the tenant may use.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use crate::tenants::{addressed, rules, store, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "update_tenant_entity_def_ids",
    method: Method::POST,
    path: "/api/_private/tenants/{name}/entity_def_ids",
    needs: Needs::Global(Permission::SUPPORT_TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::EntityDefIds = call.json()?;
    let ids = rules::entity_def_ids(body.entity_def_ids)?;
    let mut tx = call.env.begin().await?;
    let mut tenant = addressed(&mut tx, &call).await?;
    tenant.entity_def_ids = ids;
    tenant.updated = call.env.now();
    store::update(&mut tx, &tenant).await?;
    tx.commit().await?;
    Reply::ok(wire::EntityDefIds { entity_def_ids: tenant.entity_def_ids })
}
