//! What a client may take: bytes, time and requests.

use std::net::IpAddr;
use std::time::Duration;

use adit_http::{Budget, Budgets, Limits, Network};
use clap::Args;
use ipnet::IpNet;

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
    /// Reading calls one caller may make in a second; 0 means any number.
    #[arg(long, env = "ADIT_RATE_READS", default_value_t = 5000)]
    rate_reads: u32,
    /// Writing calls one caller may make in a second; 0 means any number.
    #[arg(long, env = "ADIT_RATE_WRITES", default_value_t = 5000)]
    rate_writes: u32,
    /// Attempts to sign in or to obtain a token that one address may make in a minute; 0 means any number.
    #[arg(long, env = "ADIT_RATE_SIGN_INS", default_value_t = 60)]
    rate_sign_ins: u32,
    /// Calls with wrong credentials that one address may make in a minute; 0 means any number.
    #[arg(long, env = "ADIT_RATE_REFUSED", default_value_t = 600)]
    rate_refused: u32,
    /// Proxies whose `X-Forwarded-For` is believed, as addresses or networks such as `10.0.0.0/8`, separated by commas.
    #[arg(long, env = "ADIT_TRUSTED_PROXIES", value_delimiter = ',', value_parser = network)]
    trusted_proxies: Vec<IpNet>,
    /// From where `/metrics` may be read besides this machine, as addresses or networks, separated by commas.
    #[arg(long, env = "ADIT_METRICS_FROM", value_delimiter = ',', value_parser = network)]
    metrics_from: Vec<IpNet>,
}

fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse::<IpAddr>().map(IpNet::from).or_else(|_| text.parse::<IpNet>());
    network.map_err(|_| format!("`{text}` is neither an address nor a network"))
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

    /// How often one caller may ask.
    pub(crate) fn budgets(&self) -> Budgets {
        let per = |calls, seconds| Budget { calls, per: Duration::from_secs(seconds) };
        Budgets {
            reads: per(self.rate_reads, 1),
            writes: per(self.rate_writes, 1),
            sign_ins: per(self.rate_sign_ins, 60),
            refused: per(self.rate_refused, 60),
        }
    }

    /// The network around the server.
    pub(crate) fn network(&self) -> Network {
        Network { trusted_proxies: self.trusted_proxies.clone(), metrics_from: self.metrics_from.clone(), ..Network::default() }
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
