//! The witness of a request: finds what the request is about when its transaction begins and again before it commits,
//! and writes the event in that same transaction.

use std::sync::{Arc, Mutex, PoisonError};

use adit_http::Asked;
use adit_kernel::{Clock, Id, Random, Result};
use adit_store::{Env, Subject, Tx, Witness};
use async_trait::async_trait;
use serde_json::json;

use super::changes::Account;
use super::record::{OPERATOR, actor, write};
use super::{SubjectFinders, Target, event_type};
use crate::{projects, tenants, users};

struct Recorder {
    random: Arc<dyn Random>,
    clock: Arc<dyn Clock>,
    finders: Arc<SubjectFinders>,
    tenant: Id,
    user: Id,
    event_type: &'static str,
    target: Option<Target>,
    client: serde_json::Value,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    before: Vec<Subject>,
    actor: Option<Subject>,
    is_written: bool,
}

/// The witness of a permitted request; `None` for an operation that leaves no event.
pub fn for_request(env: &Env, asked: &Asked<'_>) -> Option<Arc<dyn Witness>> {
    let event_type = event_type(asked.operation)?;
    let tenant = asked.caller.tenant_id;
    let target = Target { tenant, operation: asked.operation, parameters: asked.parameters.to_vec() };
    let client = json!({"address": asked.client, "request_id": asked.request_id});
    Some(Arc::new(Recorder::new(env, tenant, asked.caller.user_id, event_type, Some(target), client)))
}

/// The environment of an operator's command, whose transaction leaves an event.
pub fn for_operator(env: &Env, tenant: Id, event_type: &'static str) -> Env {
    let recorder = Recorder::new(env, tenant, OPERATOR, event_type, None, json!({"address": "command line"}));
    env.clone().with_witness(Arc::new(recorder))
}

impl Recorder {
    fn new(env: &Env, tenant: Id, user: Id, event_type: &'static str, target: Option<Target>, client: serde_json::Value) -> Self {
        Self {
            random: env.random.clone(),
            clock: env.clock.clone(),
            finders: env.service::<SubjectFinders>().unwrap_or_default(),
            tenant,
            user,
            event_type,
            target,
            client,
            seen: Mutex::default(),
        }
    }

    async fn find(&self, tx: &mut Tx) -> Result<Vec<Subject>> {
        match &self.target {
            Some(target) => find(tx, &self.finders, target).await,
            None => Ok(Vec::new()),
        }
    }
}

#[async_trait]
impl Witness for Recorder {
    async fn begun(&self, tx: &mut Tx) -> Result<()> {
        let before = self.find(tx).await?;
        let actor = actor(tx, self.tenant, self.user).await?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.before = before;
        seen.actor = actor;
        Ok(())
    }

    async fn committing(&self, tx: &mut Tx) -> Result<()> {
        let notes = tx.take_notes();
        let after = self.find(tx).await?;
        let (before, actor, is_written) = {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            (std::mem::take(&mut seen.before), seen.actor.take(), std::mem::replace(&mut seen.is_written, true))
        };
        let mut account = Account::of(before, after, notes);
        // A request that writes in several steps is one event, unless a later step has something to add.
        if is_written && account.details.is_empty() {
            return Ok(());
        }
        if let Some(actor) = actor {
            account.add(actor);
        }
        account.details.insert("client".into(), self.client.clone());
        write(tx, self.random.as_ref(), self.clock.now(), (self.tenant, self.user), self.event_type, account).await
    }
}

/// Everything that is there of what a request addresses.
pub(super) async fn found(tx: &mut Tx, env: &Env, target: &Target) -> Result<Vec<Subject>> {
    find(tx, env.service::<SubjectFinders>().unwrap_or_default().as_ref(), target).await
}

async fn find(tx: &mut Tx, finders: &SubjectFinders, target: &Target) -> Result<Vec<Subject>> {
    let mut subjects = own(tx, target).await?;
    for finder in &finders.0 {
        subjects.extend(finder(tx, target).await?);
    }
    Ok(subjects)
}

/// Tenants, users and projects that a path names.
async fn own(tx: &mut Tx, target: &Target) -> Result<Vec<Subject>> {
    let mut subjects = Vec::new();
    let path = target.operation.path;
    let tenant = match path {
        _ if path.starts_with("/api/_private/tenants/") => target.parameter("name"),
        _ if path.starts_with("/api/tenantserviceinstances/") => target.parameter("tenant_id"),
        _ => target.parameter("target_tenant_id"),
    };
    if let Some(row) = match tenant {
        Some(name) => tenants::find(tx, name).await?,
        None => None,
    } {
        subjects.push(tenants::subject(&row));
    }
    if let Some(id) = target.parameter("user_id").and_then(|id| id.parse().ok()) {
        subjects.extend(users::subject(tx, target.tenant, id).await?);
    }
    let is_project = path.starts_with("/api/_private/projects/");
    if let Some(name) = target.parameter("owner").or_else(|| target.parameter("name").filter(|_| is_project)) {
        subjects.extend(projects::subject(tx, target.tenant, name).await?);
    }
    Ok(subjects)
}
