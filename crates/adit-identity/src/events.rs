//! What this area writes to the audit log: sign-ins, tokens, secrets. Never a secret itself.

use std::net::IpAddr;
use std::sync::Arc;

use adit_http::{Owner, TurnedAway, neighborhood};
use adit_kernel::{Error, Id, Kind, Result};
use adit_store::{Env, Noun, Subject, Tx};
use adit_tenancy::audit::{Event, STRANGER, record};
use adit_tenancy::users;
use serde_json::{Map, Value, json};

use crate::passwords;
use crate::site::Visit;
use crate::strangers::{Class, Strangers};

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

/// Where somebody was refused, for an event that is written beside the request: the time of the answer must not tell
/// whether there was anything to write.
struct Scene {
    env: Env,
    strangers: Arc<Strangers>,
    tenant: Id,
    client: Option<IpAddr>,
}

impl Scene {
    fn of(visit: &Visit) -> Self {
        Self { env: visit.env.clone(), strangers: visit.strangers.clone(), tenant: visit.tenant, client: visit.client }
    }

    async fn write(self, event_type: &'static str, actor: Id, details: Value) {
        let mut details = if let Value::Object(details) = details { details } else { Map::new() };
        details.insert("client".into(), json!(self.client));
        let event = Event { event_type, tenant: self.tenant, actor, subjects: Vec::new(), details };
        let written = async {
            let mut tx = self.env.begin().await?;
            record(&mut tx, self.env.random.as_ref(), self.env.now(), event).await?;
            tx.commit().await
        };
        if let Err(error) = written.await {
            tracing::error!(event_type, error = %error, "an event could not be recorded");
        }
    }

    /// Unless there were too many lately.
    async fn write_stranger(self, event_type: &'static str, reason: String) {
        let address = self.client.map(neighborhood).unwrap_or_default();
        let Some(told) = self.strangers.attempt(self.tenant, Class::Stranger, &address, self.env.now()) else { return };
        let details = json!({"reason": reason, "attempts": told.attempts, "attempts_left_out": told.left_out});
        self.write(event_type, STRANGER, details).await;
    }
}

/// Writes beside the request that somebody known to a tenant was refused.
pub(crate) fn note_beside(visit: &Visit, tenant: Id, event_type: &'static str, actor: Id, reason: &'static str) {
    let scene = Scene { tenant, ..Scene::of(visit) };
    tokio::spawn(scene.write(event_type, actor, json!({ "reason": reason })));
}

/// Writes beside the request that somebody unknown was refused, to the log of the tenant that the address means.
pub(crate) fn note_stranger(visit: &Visit, event_type: &'static str, reason: impl Into<String>) {
    tokio::spawn(Scene::of(visit).write_stranger(event_type, reason.into()));
}

/// Writes beside the request that a sign-in was refused for want of an account: the user is disabled, or nobody known.
pub(crate) fn note_no_account(visit: &Visit, name: String) {
    let scene = Scene::of(visit);
    tokio::spawn(async move {
        let found = async { passwords::find_disabled(&mut scene.env.read().await?, scene.tenant, &name).await };
        match found.await {
            Ok(Some(user)) => scene.write("sign_in_refused", user, json!({"reason": "disabled"})).await,
            _ => scene.write_stranger("sign_in_refused", "unknown user".into()).await,
        }
    });
}

/// Writes beside the request that it was refused before its caller was known, unless there were too many lately.
pub fn turned_away(env: &Env, away: TurnedAway) {
    match env.service::<Strangers>() {
        Ok(strangers) => turn_away(env, &strangers, away),
        Err(error) => tracing::error!(error = %error, "a refusal could not be recorded"),
    }
}

/// The same with the memory at hand.
pub(crate) fn turn_away(env: &Env, strangers: &Strangers, away: TurnedAway) {
    let TurnedAway { tenant, operation, client, request_id, message, unproven } = away;
    let class = match (&unproven.owner, unproven.is_routine) {
        (_, true) => Class::Routine,
        (Some(_), false) => Class::Owner,
        (None, false) => Class::Stranger,
    };
    let who = match &unproven.owner {
        Some(owner) => owner.user_id.to_string(),
        None => client.map(neighborhood).unwrap_or_default(),
    };
    let Some(told) = strangers.attempt(tenant, class, &who, env.now()) else { return };
    let details = json!({
        "operation": operation, "message": message, "reason": unproven.reason, "attempts": told.attempts,
        "attempts_left_out": told.left_out, "client": client, "request_id": request_id,
    });
    let (env, details) = (env.clone(), if let Value::Object(details) = details { details } else { Map::new() });
    tokio::spawn(async move {
        if let Err(error) = write_refusal(&env, tenant, unproven.owner, details).await {
            tracing::error!(operation, error = %error, "a refusal could not be recorded");
        }
    });
}

async fn write_refusal(env: &Env, tenant: Id, owner: Option<Owner>, details: Map<String, Value>) -> Result<()> {
    let mut tx = env.begin().await?;
    let actor = owner.as_ref().map_or(STRANGER, |owner| owner.user_id);
    let mut subjects = Vec::new();
    // Who is gone has no name but the one that came with the credentials.
    if let Some(Owner { user_id, username, email }) = owner
        && users::subject(&mut tx, tenant, user_id).await?.is_none()
    {
        let (noun, parent) = (Noun::User, Some(tenant));
        subjects.push(Subject { noun, id: user_id, name: username, title: email, parent, state: Value::Null });
    }
    let event = Event { event_type: "access_refused", tenant, actor, subjects, details };
    record(&mut tx, env.random.as_ref(), env.now(), event).await?;
    tx.commit().await
}
