//! The one error type that reaches callers.

use std::fmt;

pub mod catalogue;

/// What went wrong, as a closed list; `adit-http` maps each to a status code in one `match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request is malformed or breaks its schema (400).
    Invalid,
    /// No valid credentials (401).
    Unauthenticated,
    /// Authenticated, but the permission is missing (403).
    Forbidden,
    /// The thing does not exist, or the caller may not know that it does (404).
    Missing,
    /// The path exists, the method does not (405).
    MethodNotAllowed,
    /// The request took too long to arrive or to serve (408).
    Timeout,
    /// The request contradicts the current state (409).
    Conflict,
    /// The body is larger than allowed (413).
    TooLarge,
    /// Well-formed, but a value makes no sense here (422).
    Unprocessable,
    /// The caller asks too often (429).
    TooMany,
    /// A broken belief of ours (500).
    Internal,
    /// Part of the contract that this build does not serve yet (501).
    NotServed,
    /// Temporarily not available; worth a retry (503).
    Unavailable,
}

/// An error: a kind, a message that is safe to show, and a source that is only logged.
pub struct Error {
    kind: Kind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    retry_after: Option<u64>,
    is_lost_race: bool,
}

/// The result of almost everything.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind` with a message for the caller.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None, retry_after: None, is_lost_race: false }
    }

    /// The request is malformed (400).
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    /// A schema-valid value that makes no sense (422).
    pub fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unprocessable, message)
    }

    /// A contradiction with the current state (409).
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    /// An absent thing (404).
    pub fn missing(message: impl Into<String>) -> Self {
        Self::new(Kind::Missing, message)
    }

    /// A broken belief; `belief` goes to the log, the caller sees a fixed text.
    pub fn internal(belief: impl Into<String>) -> Self {
        Self { source: Some(belief.into().into()), ..Self::new(Kind::Internal, catalogue::INTERNAL) }
    }

    /// Wraps a lower error as internal; `doing` says what was being done.
    pub fn wrap(doing: &str, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { source: Some(format!("{doing}: {source}").into()), ..Self::new(Kind::Internal, catalogue::INTERNAL) }
    }

    /// The database gave one of several changes at the same time the lead and undid this one (409): the same again may
    /// succeed at once.
    pub fn lost_race(message: impl Into<String>) -> Self {
        Self { is_lost_race: true, ..Self::new(Kind::Conflict, message) }
    }

    /// Whether all that was wrong is another change at the same time.
    pub fn is_lost_race(&self) -> bool {
        self.is_lost_race
    }

    /// The same error, saying after how many seconds another try may succeed.
    #[must_use]
    pub fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Seconds after which another try may succeed.
    pub fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// Which kind of error this is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The text for the caller.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The detail for the log, if there is one.
    pub fn detail(&self) -> Option<String> {
        self.source.as_ref().map(ToString::to_string)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{} ({source})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Error {}

impl From<serde_json::Error> for Error {
    fn from(source: serde_json::Error) -> Self {
        Self::wrap("stored JSON", source)
    }
}
