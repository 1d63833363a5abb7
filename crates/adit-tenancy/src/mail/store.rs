//! SQL on mails.

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Tx, args};

use super::Letter;

/// A mail that was not sent yet.
#[derive(Debug, Clone)]
pub struct MailRow {
    /// The id.
    pub id: Id,
    /// What is to be sent.
    pub letter: Letter,
    /// Since when it waits.
    pub queued: Timestamp,
    /// How often it was tried.
    pub n_tries: i64,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

pub(super) async fn insert(tx: &mut Tx, tenant: Id, id: Id, letter: &Letter, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO mails (id, tenant_id, recipient, subject, body, queued_us) VALUES ($1, $2, $3, $4, $5, $6)";
    tx.execute(sql, args![id, tenant, &letter.recipient, &letter.subject, &letter.body, now]).await?;
    Ok(())
}

pub(super) async fn unsent(tx: &mut Tx, id: Id) -> Result<Option<Letter>> {
    let row = tx.first("SELECT recipient, subject, body FROM mails WHERE id = $1 AND sent_us IS NULL", args![id]).await?;
    row.map(|row| Ok(Letter { recipient: row.text(0)?, subject: row.text(1)?, body: row.text(2)? })).transpose()
}

/// Mails of all tenants that wait, oldest first.
pub async fn waiting(tx: &mut Tx) -> Result<Vec<MailRow>> {
    let sql = "SELECT id, recipient, subject, body, queued_us, n_tries, last_error FROM mails WHERE sent_us IS NULL
        ORDER BY queued_us, id LIMIT 10000";
    let rows = tx.all(sql, vec![]).await?;
    let mail = |row: &adit_store::Row| {
        Ok(MailRow {
            id: row.id(0)?,
            letter: Letter { recipient: row.text(1)?, subject: row.text(2)?, body: row.text(3)? },
            queued: row.time(4)?,
            n_tries: row.int(5)?,
            last_error: row.opt_text(6)?,
        })
    };
    rows.iter().map(mail).collect()
}

/// Notes a try; a mail that was sent keeps no text, which nobody needs any more.
pub(super) async fn tried(tx: &mut Tx, id: Id, failure: Option<&str>, now: Timestamp) -> Result<()> {
    let sent = failure.is_none().then_some(now);
    let sql = "UPDATE mails SET n_tries = n_tries + 1, last_error = $2, sent_us = $3,
        body = CASE WHEN $3 IS NULL THEN body ELSE '' END WHERE id = $1";
    tx.execute(sql, args![id, failure, sent]).await?;
    Ok(())
}
