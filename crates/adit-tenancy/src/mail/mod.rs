//! Mails: queued in the transaction that causes them, sent by a job, visible while they wait.

mod send;
mod smtp;
mod store;

use std::sync::Arc;

use adit_jobs::Registry;
use adit_kernel::{Id, Result};
use adit_store::{Env, Tx};
use async_trait::async_trait;

pub use send::SendMail;
pub use smtp::Smtp;
pub(crate) use store::TEXT;
pub use store::{MailRow, waiting};

/// A mail to be sent.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The address.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
}

/// Delivers mails.
#[async_trait]
pub trait Post: Send + Sync {
    /// Hands one mail to whoever carries it on.
    async fn deliver(&self, letter: &Letter) -> Result<()>;
}

/// How mails leave. A service of the environment.
#[derive(Clone, Default)]
pub struct Outlet {
    /// The mail server; without one mails wait in the queue.
    pub post: Option<Arc<dyn Post>>,
    /// The address under which people reach this server, without a slash at the end; links in mails begin with it.
    pub link_base: Option<String>,
}

/// The jobs of this room.
pub(crate) fn jobs() -> Registry {
    Registry::default().job::<SendMail>()
}

/// Queues a mail. It is sent after the transaction has committed, and never when it has not.
pub async fn queue(tx: &mut Tx, env: &Env, tenant: Id, letter: &Letter) -> Result<()> {
    let id = env.random.id();
    store::insert(tx, env, tenant, id, letter).await?;
    if env.service::<Outlet>()?.post.is_some() {
        adit_jobs::enqueue(tx, &SendMail { mail: id }, env.now()).await?;
    }
    Ok(())
}

/// Seals what older versions left open; asked for when the schema changes.
pub async fn seal_older(env: &Env) -> Result<()> {
    let mut tx = env.begin().await?;
    store::seal_older(&mut tx, env).await?;
    tx.commit().await
}

/// Sends what was queued while there was no mail server; asked for at the start.
pub async fn resume(env: &Env) -> Result<usize> {
    if env.service::<Outlet>()?.post.is_none() {
        return Ok(0);
    }
    let mut tx = env.begin().await?;
    let waiting = store::waiting(&mut tx, env).await?;
    for mail in &waiting {
        adit_jobs::enqueue(&mut tx, &SendMail { mail: mail.id }, env.now()).await?;
    }
    tx.commit().await?;
    Ok(waiting.len())
}
