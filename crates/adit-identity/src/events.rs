//! What this area writes to the audit log: sign-ins, tokens, secrets. Never a secret itself.

use std::net::IpAddr;

use adit_kernel::{Error, Id, Kind, Result};
use adit_store::{Env, Tx};
use adit_tenancy::audit::{Event, record};
use serde_json::{Map, Value, json};

use crate::site::Visit;

/// Writes an event of a request, in the transaction of what happened.
pub(crate) async fn note(tx: &mut Tx, visit: &Visit, event_type: &'static str, actor: Id, details: Value) -> Result<()> {
    let mut details = if let Value::Object(details) = details { details } else { Map::new() };
    details.insert("client".into(), serde_json::json!(visit.client));
    let event = Event { event_type, tenant: visit.tenant, actor, subjects: Vec::new(), details };
    record(tx, visit.env.random.as_ref(), visit.env.now(), event).await
}

/// Writes that somebody known was refused; other errors leave no event.
pub(crate) async fn refused(env: &Env, tenant: Id, actor: Id, client: Option<IpAddr>, what: &str, error: &Error) {
    if error.kind() != Kind::Forbidden {
        return;
    }
    let details = Map::from_iter([
        ("operation".to_owned(), json!(what)),
        ("message".to_owned(), json!(error.message())),
        ("client".to_owned(), json!(client)),
    ]);
    let event = Event { event_type: "access_refused", tenant, actor, subjects: Vec::new(), details };
    let written = async {
        let mut tx = env.begin().await?;
        record(&mut tx, env.random.as_ref(), env.now(), event).await?;
        tx.commit().await
    };
    // A refusal that cannot be recorded is still a refusal.
    if let Err(error) = written.await {
        tracing::error!(operation = what, error = %error, "a refusal could not be recorded");
    }
}

/// Writes an event of a tenant beside the request: the time of the answer must not tell whether there was anything to write.
pub(crate) fn note_beside(visit: &Visit, tenant: Id, event_type: &'static str, actor: Id, reason: &'static str) {
    let (env, client) = (visit.env.clone(), visit.client);
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
