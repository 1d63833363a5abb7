//! The job that sends one mail. Run twice after a crash, the mail may arrive twice; it is never lost.

use adit_jobs::{Job, JobCtx};
use adit_kernel::{Error, Id, Result};
use serde::{Deserialize, Serialize};

use super::{Outlet, store};

/// Sends one queued mail; enqueued with it.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendMail {
    /// The mail.
    pub mail: Id,
}

impl Job for SendMail {
    const NAME: &'static str = "send_mail";

    fn key(&self) -> String {
        format!("send_mail:{}", self.mail)
    }

    async fn run(self, ctx: JobCtx) -> Result<()> {
        let outlet = ctx.service::<Outlet>()?;
        // Without a server the mail goes on waiting; `resume` takes it up again.
        let Some(post) = &outlet.post else { return Ok(()) };
        let mut tx = ctx.read().await?;
        let Some(letter) = store::unsent(&mut tx, &ctx, self.mail).await? else { return Ok(()) };
        drop(tx);
        let delivered = post.deliver(&letter).await;
        let mut tx = ctx.begin().await?;
        ctx.fence(&mut tx).await?;
        let failure = delivered.err().map(|error| error.detail().unwrap_or_else(|| error.message().to_owned()));
        store::tried(&mut tx, self.mail, failure.as_deref(), ctx.now()).await?;
        tx.commit().await?;
        match failure {
            None => Ok(()),
            Some(failure) => Err(Error::internal(format!("the mail {} was not delivered: {failure}", self.mail))),
        }
    }
}
