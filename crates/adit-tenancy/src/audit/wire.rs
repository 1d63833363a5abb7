//! JSON shapes of the audit log.

use adit_kernel::{Id, Timestamp};
use adit_store::{Noun, Subject};
use serde::{Deserialize, Serialize};

use super::store::EventRow;

/// `TimestampRangeFilter`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Range {
    pub(super) minimum: Option<Timestamp>,
    pub(super) maximum: Option<Timestamp>,
}

/// `QueryAuditEventsFilter`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Filter {
    pub(super) timestamp: Option<Range>,
}

/// `QueryAuditEventsRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct QueryRequest {
    pub(super) limit: Option<i64>,
    pub(super) continuation: Option<String>,
    pub(super) filter: Option<Filter>,
}

/// `AuditEvent`.
#[derive(Debug, Serialize)]
pub(super) struct AuditEvent {
    event_id: Id,
    event_type: String,
    timestamp: Timestamp,
    actor_user_id: Id,
    actor_tenant_id: Id,
    tenant_ids: Vec<Id>,
    user_ids: Vec<Id>,
    source_ids: Vec<Id>,
    dataset_ids: Vec<Id>,
    trigger_ids: Vec<Id>,
    project_ids: Vec<Id>,
}

impl From<&EventRow> for AuditEvent {
    fn from(row: &EventRow) -> Self {
        let ids = |noun| row.subjects.iter().filter(|s| s.noun == noun).map(|s| s.id).collect();
        Self {
            event_id: row.id,
            event_type: row.event_type.clone(),
            timestamp: row.at,
            actor_user_id: row.actor,
            actor_tenant_id: row.actor_tenant,
            tenant_ids: ids(Noun::Tenant),
            user_ids: ids(Noun::User),
            source_ids: ids(Noun::Source),
            dataset_ids: ids(Noun::Dataset),
            trigger_ids: ids(Noun::Stream),
            project_ids: ids(Noun::Project),
        }
    }
}

/// `AuditEventsTenant`.
#[derive(Debug, Serialize)]
pub(super) struct Tenant {
    id: Id,
    name: String,
}

/// `AuditEventsUser`.
#[derive(Debug, Serialize)]
pub(super) struct User {
    id: Id,
    tenant_id: Id,
    username: String,
    email: String,
    display_name: String,
}

/// `AuditEventsSource`, `AuditEventsDataset`.
#[derive(Debug, Serialize)]
pub(super) struct InProject {
    id: Id,
    name: String,
    title: String,
    project_id: Id,
}

/// `AuditEventsTrigger`.
#[derive(Debug, Serialize)]
pub(super) struct Trigger {
    id: Id,
    dataset_id: Id,
    name: String,
    title: String,
}

/// `AuditEventsProject`.
#[derive(Debug, Serialize)]
pub(super) struct Project {
    id: Id,
    tenant_id: Id,
    name: String,
}

/// `QueryAuditEventsResponse`. Every list is there, also when it is empty: a client ends without them.
#[derive(Debug, Default, Serialize)]
pub(super) struct QueryResponse {
    audit_events: Vec<AuditEvent>,
    tenants: Vec<Tenant>,
    users: Vec<User>,
    sources: Vec<InProject>,
    datasets: Vec<InProject>,
    triggers: Vec<Trigger>,
    projects: Vec<Project>,
    #[serde(skip_serializing_if = "Option::is_none")]
    continuation: Option<String>,
}

impl QueryResponse {
    /// A page, newest first; every id in it is resolved by the newest name the page knows.
    pub(super) fn of(rows: &[EventRow], continuation: Option<String>) -> Self {
        let mut reply = Self { audit_events: rows.iter().map(AuditEvent::from).collect(), continuation, ..Self::default() };
        let mut known: Vec<(Noun, Id)> = Vec::new();
        for subject in rows.iter().flat_map(|row| &row.subjects) {
            if !known.contains(&(subject.noun, subject.id)) {
                known.push((subject.noun, subject.id));
                reply.name(subject.clone());
            }
        }
        reply
    }

    fn name(&mut self, subject: Subject) {
        let Subject { noun, id, name, title, parent, .. } = subject;
        // What has no parent is a tenant; nothing else is written without one.
        let parent = parent.unwrap_or(Id::new(0));
        match noun {
            Noun::Tenant => self.tenants.push(Tenant { id, name }),
            Noun::User => {
                self.users.push(User { id, tenant_id: parent, display_name: name.clone(), username: name, email: title });
            }
            Noun::Project => self.projects.push(Project { id, tenant_id: parent, name }),
            Noun::Source => self.sources.push(InProject { id, name, title, project_id: parent }),
            Noun::Dataset => self.datasets.push(InProject { id, name, title, project_id: parent }),
            Noun::Stream => self.triggers.push(Trigger { id, dataset_id: parent, name, title }),
        }
    }
}
