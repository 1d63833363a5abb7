//! `GET /api/_private/projects/{name}/resource_counts`
//!
//! How much of everything a project holds.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::Result;
use http::Method;

use super::{ResourceCounters, count_all, store, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "get_project_resource_counts",
    method: Method::GET,
    path: "/api/_private/projects/{name}/resource_counts",
    needs: Needs::SeesProject("name"),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let name = call.param("name")?;
    let counters = call.env.service::<ResourceCounters>()?;
    let mut tx = call.env.read().await?;
    let mut reply = wire::ResourceCountsResponse {
        users_with_permissions: store::count_users(&mut tx, call.caller.tenant_id, name).await?,
        ..wire::ResourceCountsResponse::default()
    };
    for (noun, count) in count_all(&mut tx, &counters, call.caller.tenant_id, name).await? {
        match noun {
            "sources" => reply.sources = count,
            "datasets" => reply.datasets = count,
            "buckets" => reply.buckets = count,
            "integrations" => reply.integrations = count,
            "dashboards" => reply.dashboards = count,
            _ => {}
        }
    }
    Reply::ok(reply)
}
