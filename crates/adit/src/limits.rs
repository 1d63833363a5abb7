//! What a client may take: bytes, time and requests.

use std::time::Duration;

use adit_http::Limits;
use clap::Args;

/// Flags that bound what one client can take from the others.
#[derive(Debug, Clone, Args)]
pub(crate) struct LimitOptions {
    /// Largest request body, in bytes.
    #[arg(long, env = "ADIT_MAX_BODY_BYTES", default_value_t = 64 << 20)]
    pub(crate) max_body_bytes: usize,
    /// Seconds a client has for the TLS handshake, and for the head of a request; an idle connection is closed after them.
    #[arg(long, env = "ADIT_HEADER_TIMEOUT_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    header_timeout_seconds: u64,
    /// Longest silence within a request body, in seconds.
    #[arg(long, env = "ADIT_BODY_TIMEOUT_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    body_timeout_seconds: u64,
    /// Seconds a client may take none of a reply.
    #[arg(long, env = "ADIT_WRITE_TIMEOUT_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    write_timeout_seconds: u64,
}

impl LimitOptions {
    /// The limits of a request.
    pub(crate) fn of_requests(&self) -> Limits {
        Limits {
            body_bytes: self.max_body_bytes,
            body_pause: Duration::from_secs(self.body_timeout_seconds),
            ..Limits::default()
        }
    }

    /// The time for a handshake and for the head of a request.
    pub(crate) fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_timeout_seconds)
    }

    /// The longest time in which a client takes none of a reply.
    pub(crate) fn write_timeout(&self) -> Duration {
        Duration::from_secs(self.write_timeout_seconds)
    }
}
