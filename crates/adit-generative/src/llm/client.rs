//! One exchange with the endpoint: send, wait and retry what may pass, and say why when it does not work.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use adit_kernel::{Error, Random, Result};
use llm_client::header::{CONTENT_TYPE, RETRY_AFTER};
use llm_client::redirect::Policy;
use llm_client::{Response, StatusCode};
use url::Url;

use super::dialect::{Ask, Dialect};
use super::wire::{ChatReply, Complaint};
use crate::errors;
use crate::options::{Options, completions_url, is_loopback};

/// How often a request is sent again when the endpoint is overloaded or down.
const MAX_RETRIES: u32 = 3;
/// How many parameters a server may turn down before it is given up.
const MAX_LESSONS: u32 = 4;
/// The longest wait that an endpoint can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The longest reply that is read.
const MAX_REPLY_BYTES: usize = 4 << 20;

/// Talks to one endpoint.
pub(crate) struct Client {
    http: llm_client::Client,
    url: Url,
    options: Options,
    dialect: Mutex<Dialect>,
}

/// What the model wrote, and what it cost.
#[derive(Debug)]
pub(crate) struct Completion {
    pub(crate) text: String,
    pub(crate) tokens: Option<i64>,
}

/// Why there is no completion.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Down or overloaded, still so after retries; nothing was paid for.
    Unavailable,
    /// Turned down for a reason that stays.
    Refused(u16, Option<String>),
    /// The model declined; the tokens are spent.
    Declined(Option<i64>),
    /// A reply that is none, or that was cut off; the tokens are spent.
    Unusable(&'static str, Option<i64>),
}

impl Failure {
    /// Tokens that were spent nevertheless; `None` when the endpoint did not say.
    pub(crate) fn tokens(&self) -> Option<i64> {
        match self {
            Self::Unavailable | Self::Refused(..) => Some(0),
            Self::Declined(tokens) | Self::Unusable(_, tokens) => *tokens,
        }
    }

    /// Its name in logs and metrics.
    pub(crate) fn tag(&self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Refused(..) => "refused",
            Self::Declined(_) => "declined",
            Self::Unusable(..) => "unusable",
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unavailable => errors::unavailable(),
            Failure::Refused(status, code) => errors::refused(status, code.as_deref()),
            Failure::Declined(_) => errors::declined(),
            Failure::Unusable(rule, _) => errors::unusable(rule),
        }
    }
}

/// What one attempt led to.
enum Attempt {
    Done(Completion),
    Retry(Option<Duration>),
    Lesson,
    Failed(Failure),
}

impl Client {
    /// A client for the endpoint of `options`.
    ///
    /// # Errors
    /// When TLS cannot be set up, for example because the machine trusts no authority.
    pub(crate) fn new(options: &Options) -> Result<Self> {
        // Another part of the process may have chosen the provider already; there is only one to choose.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = llm_client::Client::builder()
            // A redirect could carry messages to an address that nobody configured.
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .user_agent(concat!("adit/", env!("CARGO_PKG_VERSION")));
        // What is on this machine needs no proxy, whatever the environment says.
        let builder = if is_loopback(&options.url) { builder.no_proxy() } else { builder };
        let http = builder.build().map_err(|e| Error::wrap("cannot set up the language model's client", e))?;
        Ok(Self { http, url: completions_url(&options.url), options: options.clone(), dialect: Mutex::default() })
    }

    /// Asks once, patiently.
    pub(crate) async fn complete(&self, ask: &Ask<'_>, random: &dyn Random) -> Result<Completion, Failure> {
        let (mut n_retries, mut n_lessons) = (0, 0);
        loop {
            match self.attempt(ask).await {
                Attempt::Done(completion) => return Ok(completion),
                Attempt::Failed(failure) => return Err(failure),
                Attempt::Lesson if n_lessons < MAX_LESSONS => n_lessons += 1,
                Attempt::Retry(wait) if n_retries < MAX_RETRIES => {
                    tokio::time::sleep(wait.unwrap_or_else(|| self.back_off(n_retries, random))).await;
                    n_retries += 1;
                }
                Attempt::Lesson | Attempt::Retry(_) => return Err(Failure::Unavailable),
            }
        }
    }

    async fn attempt(&self, ask: &Ask<'_>) -> Attempt {
        let dialect = *self.dialect.lock().unwrap_or_else(PoisonError::into_inner);
        let body = dialect.body(ask).to_string();
        let mut request = self.http.post(self.url.clone()).header(CONTENT_TYPE, "application/json").body(body);
        if let Some(key) = &self.options.key {
            request = request.bearer_auth(key.reveal());
        }
        let Ok(response) = request.send().await else { return Attempt::Retry(None) };
        let status = response.status();
        let wait = retry_after(&response);
        let Some(body) = body_of(response).await else { return Attempt::Retry(None) };
        if status.is_success() {
            return completed(&body);
        }
        let complaint = Complaint::read(&body);
        match status.as_u16() {
            // No credit is not a matter of waiting.
            429 if complaint.code.as_deref() == Some("insufficient_quota") => {}
            429 | 500 | 502 | 503 | 504 => return Attempt::Retry(wait),
            400 | 422 if self.dialect.lock().unwrap_or_else(PoisonError::into_inner).learn(&complaint) => return Attempt::Lesson,
            _ => {}
        }
        Attempt::Failed(Failure::Refused(status.as_u16(), complaint.code))
    }

    /// Twice as long each time, and a little at random so that not everybody comes back at once.
    fn back_off(&self, n_retries: u32, random: &dyn Random) -> Duration {
        let mut byte = [0];
        random.fill(&mut byte);
        let wait = self.options.first_wait * 2u32.saturating_pow(n_retries);
        (wait + wait * u32::from(byte[0]) / 1024).min(LONGEST_WAIT)
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let is_early = matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    is_early.then(|| Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// The whole body; `None` when it breaks off or is too long to be an answer.
async fn body_of(mut response: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > MAX_REPLY_BYTES {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}

fn completed(body: &[u8]) -> Attempt {
    let Ok(reply) = serde_json::from_slice::<ChatReply>(body) else {
        return Attempt::Failed(Failure::Unusable("the endpoint's reply is not a chat completion", None));
    };
    let tokens = reply.usage.and_then(|usage| usage.total_tokens);
    let Some(choice) = reply.choices.into_iter().next() else {
        return Attempt::Failed(Failure::Unusable("the endpoint's reply holds no choice", tokens));
    };
    let is_declined = choice.message.refusal.is_some_and(|text| !text.is_empty());
    match (choice.finish_reason.as_deref(), choice.message.content) {
        (Some("content_filter"), _) => Attempt::Failed(Failure::Declined(tokens)),
        _ if is_declined => Attempt::Failed(Failure::Declined(tokens)),
        (Some("length"), _) => Attempt::Failed(Failure::Unusable("the answer was longer than allowed and broke off", tokens)),
        (_, Some(text)) => Attempt::Done(Completion { text, tokens }),
        (_, None) => Attempt::Failed(Failure::Unusable("the endpoint's reply holds no text", tokens)),
    }
}
