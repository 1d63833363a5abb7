//! SQL on the audit log: rows are added and read, never changed or removed.

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Row, Subject, Tx, args};
use serde_json::{Map, Value};

/// An event to be written.
pub(super) struct NewEvent {
    pub(super) id: Id,
    pub(super) event_type: &'static str,
    pub(super) at: Timestamp,
    pub(super) actor: Id,
    pub(super) actor_tenant: Id,
}

/// An event as stored.
#[derive(Debug)]
pub(super) struct EventRow {
    pub(super) seq: i64,
    pub(super) id: Id,
    pub(super) tenant: Id,
    pub(super) event_type: String,
    pub(super) at: Timestamp,
    pub(super) actor: Id,
    pub(super) actor_tenant: Id,
    pub(super) subjects: Vec<Subject>,
    pub(super) details: Map<String, Value>,
}

const COLUMNS: &str = "seq, event_id, tenant_id, event_type, at_us, actor_user_id, actor_tenant_id, subjects, details";

fn event_of(row: &Row) -> Result<EventRow> {
    Ok(EventRow {
        seq: row.int(0)?,
        id: row.id(1)?,
        tenant: row.id(2)?,
        event_type: row.text(3)?,
        at: row.time(4)?,
        actor: row.id(5)?,
        actor_tenant: row.id(6)?,
        subjects: row.json(7)?,
        details: row.json(8)?,
    })
}

pub(super) async fn insert(
    tx: &mut Tx,
    log: Id,
    event: &NewEvent,
    subjects: &[Subject],
    details: &Map<String, Value>,
) -> Result<()> {
    let sql = "INSERT INTO audit_events
        (event_id, tenant_id, event_type, at_us, actor_user_id, actor_tenant_id, subjects, details)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let (subjects, details) = (serde_json::to_string(subjects)?, serde_json::to_string(details)?);
    let values = args![event.id, log, event.event_type, event.at, event.actor, event.actor_tenant, subjects, details];
    tx.execute(sql, values).await?;
    Ok(())
}

/// Which events of a log are asked for: from one instant to another, before a place in the order.
pub(super) struct Page {
    pub(super) minimum: i64,
    pub(super) maximum: i64,
    pub(super) before: (i64, i64),
    pub(super) size: i64,
}

/// The newest events of a tenant's log that fit.
pub(super) async fn newest(tx: &mut Tx, tenant: Id, page: &Page) -> Result<Vec<EventRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM audit_events WHERE tenant_id = $1 AND at_us >= $2 AND at_us <= $3 AND (at_us, seq) < ($4, $5)
         ORDER BY at_us DESC, seq DESC LIMIT $6"
    );
    let values = args![tenant, page.minimum, page.maximum, page.before.0, page.before.1, page.size];
    tx.all(&sql, values).await?.iter().map(event_of).collect()
}

/// Events in the order they were written, after a place in it.
pub(super) async fn oldest(tx: &mut Tx, tenant: Id, after: i64, size: i64) -> Result<Vec<EventRow>> {
    let sql = format!("SELECT {COLUMNS} FROM audit_events WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3");
    tx.all(&sql, args![tenant, after, size]).await?.iter().map(event_of).collect()
}
