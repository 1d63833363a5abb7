//! Delivery to an SMTP server.

use std::time::Duration;

use adit_kernel::{Error, Result};
use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::{Letter, Post};

/// Longest wait for the server's answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A mail server and the name mails come from.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Mailbox,
}

impl Smtp {
    /// A server by its address: `smtps://user:password@host` for TLS from the start, `smtp://host?tls=required` for
    /// STARTTLS, `smtp://127.0.0.1:25` for none.
    ///
    /// # Errors
    /// When the address or the sender cannot be read; the message does not repeat the address, which may hold a password.
    pub fn new(url: &str, sender: &str) -> Result<Self> {
        let sender = sender
            .parse()
            .map_err(|_| Error::invalid(format!("`{sender}` is not a sender such as `Adit <adit@acme.example>`.")))?;
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| Error::invalid("The address of the mail server must look like `smtps://user:password@host:465`."))?;
        Ok(Self { transport: builder.timeout(Some(PATIENCE)).build(), sender })
    }
}

#[async_trait]
impl Post for Smtp {
    async fn deliver(&self, letter: &Letter) -> Result<()> {
        let recipient: Mailbox = letter.recipient.parse().map_err(|e| Error::wrap("the recipient is not an address", e))?;
        let message = Message::builder()
            .from(self.sender.clone())
            .to(recipient)
            .subject(&letter.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.clone())
            .map_err(|e| Error::wrap("cannot write the mail", e))?;
        self.transport.send(message).await.map_err(|e| Error::wrap("the mail server refused", e))?;
        Ok(())
    }
}
