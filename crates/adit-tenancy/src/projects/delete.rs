//! `DELETE /api/_private/projects/{name}`
//!
//! Deletes a project. With anything inside it only when `force=true`, which deletes that too.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result, catalogue};
use http::Method;
use serde_json::{Map, Value};

use super::{ResourceCounters, count_all, store};

pub(super) static OPERATION: Operation = Operation {
    id: "delete_project",
    method: Method::DELETE,
    path: "/api/_private/projects/{name}",
    needs: Needs::Global(Permission::TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let name = call.param("name")?;
    let is_forced = call.query.flag("force")?;
    let counters = call.env.service::<ResourceCounters>()?;
    let tenant = call.caller.tenant_id;
    let mut tx = call.env.begin().await?;
    if !store::exists(&mut tx, tenant, name).await? {
        return Err(catalogue::no_project(name));
    }
    let mut inside = count_all(&mut tx, &counters, tenant, name).await?;
    inside.retain(|(_, count)| *count > 0);
    if !inside.is_empty() && !is_forced {
        return Err(still_holds(&inside));
    }
    store::delete(&mut tx, tenant, name).await?;
    tx.commit().await?;
    Reply::done()
}

/// Clients assert this text up to the JSON object of counts at its end.
fn still_holds(inside: &[(&'static str, i64)]) -> Error {
    let counts: Map<String, Value> = inside.iter().map(|(noun, count)| ((*noun).to_owned(), Value::from(*count))).collect();
    let shown = Value::Object(counts).to_string().replace(':', ": ").replace(',', ", ");
    Error::conflict(format!("Project contains child resources but force deletion was not requested: {shown}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_refusal_ends_with_the_counts_as_clients_expect_them() {
        let message = super::still_holds(&[("sources", 1), ("datasets", 2)]);
        assert!(message.message().ends_with("not requested: {\"datasets\": 2, \"sources\": 1}"), "{message}");
    }
}
