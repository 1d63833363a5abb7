//! How mails leave the process.

use std::sync::Arc;

use adit_tenancy::mail::{Outlet, Post, Smtp};
use anyhow::Context;
use clap::Args;

use crate::wiring::described;

/// Flags about mails.
#[derive(Debug, Clone, Args)]
pub(crate) struct MailOptions {
    /// Mail server: `smtps://user:password@host`, `smtp://host?tls=required`, or `smtp://127.0.0.1:25` without TLS. Without one mails wait; `adit admin mails` shows them.
    #[arg(long, env = "ADIT_SMTP_URL", hide_env_values = true)]
    smtp_url: Option<String>,
    /// Whom mails come from.
    #[arg(long, env = "ADIT_MAIL_FROM", default_value = "Adit <adit@localhost>")]
    mail_from: String,
    /// Address under which browsers and identity clients reach this server, such as `https://adit.example`.
    #[arg(long, env = "ADIT_PUBLIC_URL")]
    pub(crate) public_url: Option<String>,
}

impl MailOptions {
    /// The address under which people reach this server, without a slash at the end.
    pub(crate) fn public_base(&self) -> Option<String> {
        self.public_url.as_deref().map(|url| url.trim_end_matches('/').to_owned())
    }

    /// The way out for mails, and what links in them begin with.
    pub(crate) fn outlet(&self, link_base: Option<String>) -> anyhow::Result<Outlet> {
        let server = self.smtp_url.as_deref().map(|url| Smtp::new(url, &self.mail_from).map_err(described)).transpose();
        let post = server.context("cannot use the mail server")?.map(|smtp| Arc::new(smtp) as Arc<dyn Post>);
        Ok(Outlet { post, link_base })
    }
}
