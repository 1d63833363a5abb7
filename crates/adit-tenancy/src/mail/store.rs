//! SQL on mails.

use adit_kernel::{Error, Id, Result, Timestamp};
use adit_store::seal::{Keyring, Sealed};
use adit_store::{Env, Row, Tx, args};

use super::Letter;

/// Where the texts of mails lie sealed.
pub(crate) const TEXT: Sealed = Sealed { table: "mails", column: "sealed", id: "id" };

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

pub(super) async fn insert(tx: &mut Tx, env: &Env, tenant: Id, id: Id, letter: &Letter) -> Result<()> {
    let sealed = env.service::<Keyring>()?.seal(tx, env.random.as_ref(), &TEXT, id, letter.body.as_bytes()).await?;
    let sql =
        "INSERT INTO mails (id, tenant_id, recipient, subject, body, sealed, queued_us) VALUES ($1, $2, $3, $4, '', $5, $6)";
    tx.execute(sql, args![id, tenant, &letter.recipient, &letter.subject, sealed, env.now()]).await?;
    Ok(())
}

/// Seals the texts of mails that were queued before texts were sealed.
pub(super) async fn seal_older(tx: &mut Tx, env: &Env) -> Result<()> {
    let keyring = env.service::<Keyring>()?;
    for row in tx.all("SELECT id, body FROM mails WHERE sealed IS NULL AND body <> ''", vec![]).await? {
        let (id, body) = (row.id(0)?, row.text(1)?);
        let sealed = keyring.seal(tx, env.random.as_ref(), &TEXT, id, body.as_bytes()).await?;
        tx.execute("UPDATE mails SET sealed = $2, body = '' WHERE id = $1", args![id, sealed]).await?;
    }
    Ok(())
}

fn letter_of(row: &Row, env: &Env) -> Result<Letter> {
    let body = match row.opt_blob(3)? {
        Some(sealed) => env.service::<Keyring>()?.open(&TEXT, row.id(0)?, &sealed)?,
        None => Vec::new(),
    };
    let body = String::from_utf8(body).map_err(|e| Error::wrap("the text of a mail", e))?;
    Ok(Letter { recipient: row.text(1)?, subject: row.text(2)?, body })
}

pub(super) async fn unsent(tx: &mut Tx, env: &Env, id: Id) -> Result<Option<Letter>> {
    let row = tx.first("SELECT id, recipient, subject, sealed FROM mails WHERE id = $1 AND sent_us IS NULL", args![id]).await?;
    row.map(|row| letter_of(&row, env)).transpose()
}

/// Mails of all tenants that wait, oldest first.
pub async fn waiting(tx: &mut Tx, env: &Env) -> Result<Vec<MailRow>> {
    let sql = "SELECT id, recipient, subject, sealed, queued_us, n_tries, last_error FROM mails WHERE sent_us IS NULL
        ORDER BY queued_us, id LIMIT 10000";
    let rows = tx.all(sql, vec![]).await?;
    let mail = |row: &Row| {
        Ok(MailRow {
            id: row.id(0)?,
            letter: letter_of(row, env)?,
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
        sealed = CASE WHEN $3 IS NULL THEN sealed ELSE NULL END WHERE id = $1";
    tx.execute(sql, args![id, failure, sent]).await?;
    Ok(())
}
