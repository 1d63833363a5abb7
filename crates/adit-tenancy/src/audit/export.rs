//! The whole log as JSON lines, for whoever keeps it elsewhere.

use adit_kernel::{Id, Result};
use adit_store::Env;
use serde_json::json;

use super::store;

/// Events read at once.
const CHUNK: i64 = 1000;

/// Gives every event of the tenant to `line`, oldest first, each as one JSON object; returns how many there were.
pub async fn export(env: &Env, tenant: Id, mut line: impl FnMut(String) -> Result<()>) -> Result<u64> {
    let (mut after, mut n_events) = (i64::MIN, 0);
    loop {
        let mut tx = env.read().await?;
        let rows = store::oldest(&mut tx, tenant, after, CHUNK).await?;
        drop(tx);
        let Some(last) = rows.last() else { return Ok(n_events) };
        after = last.seq;
        for row in rows {
            n_events += 1;
            let event = json!({
                "event_id": row.id, "event_type": row.event_type, "timestamp": row.at, "tenant_id": row.tenant,
                "actor_user_id": row.actor, "actor_tenant_id": row.actor_tenant, "subjects": row.subjects, "details": row.details,
            });
            line(event.to_string())?;
        }
    }
}
