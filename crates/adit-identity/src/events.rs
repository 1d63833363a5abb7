//! What this area writes to the audit log: sign-ins, tokens, secrets. Never a secret itself.

use adit_kernel::{Id, Result};
use adit_store::Tx;
use adit_tenancy::audit::{Event, record};
use serde_json::{Map, Value};

use crate::site::Visit;

/// Writes an event of a request, in the transaction of what happened.
pub(crate) async fn note(tx: &mut Tx, visit: &Visit, event_type: &'static str, actor: Id, details: Value) -> Result<()> {
    let mut details = if let Value::Object(details) = details { details } else { Map::new() };
    details.insert("client".into(), serde_json::json!(visit.client));
    let event = Event { event_type, tenant: visit.tenant, actor, subjects: Vec::new(), details };
    record(tx, visit.env.random.as_ref(), visit.env.now(), event).await
}

/// Writes an event beside the request: the time of the answer must not tell whether there was anything to write.
pub(crate) fn note_beside(visit: &Visit, event_type: &'static str, actor: Id, reason: &'static str) {
    let (env, tenant, client) = (visit.env.clone(), visit.tenant, visit.client);
    tokio::spawn(async move {
        let written = async {
            let details = Map::from_iter([("reason".into(), reason.into()), ("client".into(), serde_json::json!(client))]);
            let event = Event { event_type, tenant, actor, subjects: Vec::new(), details };
            let mut tx = env.begin().await?;
            record(&mut tx, env.random.as_ref(), env.now(), event).await?;
            tx.commit().await
        };
        if let Err(error) = written.await {
            tracing::error!(event_type, error = %error, "an event could not be recorded");
        }
    });
}
