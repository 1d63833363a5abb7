//! `GET /api/_private/tenants/{name}/entity_def_ids`
//!
//! Ids of the general fields that datasets of the tenant may use.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use crate::tenants::{OWN, addressed, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "get_tenant_entity_def_ids",
    method: Method::GET,
    path: "/api/_private/tenants/{name}/entity_def_ids",
    needs: Needs::Tenant("name", Permission::SUPPORT_TENANT_ADMIN, OWN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let tenant = addressed(&mut tx, &call).await?;
    Reply::ok(wire::EntityDefIds { entity_def_ids: tenant.entity_def_ids })
}
