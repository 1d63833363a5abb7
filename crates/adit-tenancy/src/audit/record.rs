//! Writing events.

use adit_http::{Asked, Caller};
use adit_kernel::{Error, Id, Random, Result, Timestamp};
use adit_store::{Env, Noun, Subject, Tx};
use serde_json::{Map, Value, json};

use super::changes::Account;
use super::recorder::found;
use super::{Target, store};
use crate::{tenants, users};

/// Stands in the place of a user for whoever works at the command line.
pub const OPERATOR: Id = Id::new(0);
/// Stands in the place of a user for whom nobody knows.
pub const STRANGER: Id = Caller::NOBODY;

/// Something that happened, to be written to the log.
#[derive(Debug, Clone)]
pub struct Event {
    /// What happened.
    pub event_type: &'static str,
    /// Where.
    pub tenant: Id,
    /// Who did it; [`OPERATOR`] for the command line, [`STRANGER`] for nobody known.
    pub actor: Id,
    /// What it is about.
    pub subjects: Vec<Subject>,
    /// What else is worth keeping: never a secret.
    pub details: Map<String, Value>,
}

/// Writes an event to the log of its tenant, and of every other tenant it is about.
///
/// # Errors
/// When it cannot be written; the transaction must then not commit.
pub async fn record(tx: &mut Tx, random: &dyn Random, now: Timestamp, event: Event) -> Result<()> {
    let mut account = Account { subjects: event.subjects, details: event.details };
    if let Some(actor) = actor(tx, event.tenant, event.actor).await? {
        account.add(actor);
    }
    write(tx, random, now, (event.tenant, event.actor), event.event_type, account).await
}

/// Writes an event that says everything already, but for the tenant it happened in.
pub(super) async fn write(
    tx: &mut Tx,
    random: &dyn Random,
    now: Timestamp,
    (tenant, actor): (Id, Id),
    event_type: &'static str,
    mut account: Account,
) -> Result<()> {
    if let Some(row) = tenants::find(tx, &tenant.to_string()).await? {
        account.add(tenants::subject(&row));
    }
    let event = store::NewEvent { id: random.id(), event_type, at: now, actor, actor_tenant: tenant };
    let mut logs = vec![tenant];
    logs.extend(account.subjects.iter().filter(|subject| subject.noun == Noun::Tenant).map(|subject| subject.id));
    logs.sort_unstable();
    logs.dedup();
    for log in logs {
        store::insert(tx, log, &event, &account.subjects, &account.details).await?;
    }
    Ok(())
}

/// The actor as it is to be named later.
pub(super) async fn actor(tx: &mut Tx, tenant: Id, actor: Id) -> Result<Option<Subject>> {
    let (name, title) = match actor {
        OPERATOR => ("operator", "operator@localhost"),
        STRANGER => ("unknown", "unknown@people.invalid"),
        _ => return users::subject(tx, tenant, actor).await,
    };
    let (name, title) = (name.to_owned(), title.to_owned());
    Ok(Some(Subject { noun: Noun::User, id: actor, name, title, parent: Some(tenant), state: Value::Null }))
}

/// Writes that a request was refused.
pub async fn refused(env: &Env, asked: &Asked<'_>, error: &Error) -> Result<()> {
    let target = Target { tenant: asked.caller.tenant_id, operation: asked.operation, parameters: asked.parameters.to_vec() };
    let mut tx = env.begin().await?;
    let mut subjects = found(&mut tx, env, &target).await?;
    // A refusal belongs to the log of the tenant that refused, and tells no other about the attempt.
    subjects.retain(|subject| subject.noun != Noun::Tenant || subject.id == target.tenant);
    let mut details = Map::new();
    details.insert("operation".into(), json!(asked.operation.id));
    details.insert("message".into(), json!(error.message()));
    details.insert("client".into(), json!(asked.client));
    details.insert("request_id".into(), json!(asked.request_id));
    let event = Event { event_type: "access_refused", tenant: target.tenant, actor: asked.caller.user_id, subjects, details };
    record(&mut tx, env.random.as_ref(), env.now(), event).await?;
    tx.commit().await
}
