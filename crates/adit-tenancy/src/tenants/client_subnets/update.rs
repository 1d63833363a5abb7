//! `POST /api/_private/tenants/{name}/client_subnets`
//!
//! Says from which networks the tenant may be used. An empty list opens it.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result};
use http::Method;

use crate::tenants::{addressed, rules, store, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "update_tenant_client_subnets",
    method: Method::POST,
    path: "/api/_private/tenants/{name}/client_subnets",
    needs: Needs::Global(Permission::SUPPORT_TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::ClientSubnets = call.json()?;
    let subnets = rules::subnets(&body.client_subnets)?;
    let mut tx = call.env.begin().await?;
    let mut tenant = addressed(&mut tx, &call).await?;
    let is_own = tenant.id == call.caller.tenant_id;
    let keeps_caller = subnets.is_empty() || call.client.is_some_and(|client| subnets.iter().any(|net| net.contains(&client)));
    if is_own && !keeps_caller {
        return Err(Error::unprocessable(
            "`client_subnets`: your own address is in none of them, so you would lock yourself out.",
        ));
    }
    tenant.client_subnets = subnets;
    tenant.updated = call.env.now();
    store::update(&mut tx, &tenant).await?;
    tx.commit().await?;
    Reply::ok(wire::ClientSubnets { client_subnets: tenant.client_subnets.iter().map(ToString::to_string).collect() })
}
