//! Requests to the identity provider: few, small, with a time limit, never over plain HTTP but to this machine.

use std::time::Duration;

use adit_kernel::{Error, Kind, Result};
use serde_json::Value;
use url::{Host, Url};

const PATIENCE: Duration = Duration::from_secs(10);
const LARGEST_ANSWER: u64 = 1 << 20;

/// What is asked.
pub(super) enum Ask {
    Get,
    /// A form, and the `Authorization` header if the client has a secret.
    Form(String, Option<String>),
}

/// The provider's JSON answer.
///
/// # Errors
/// Unavailable when it does not answer as it should; the cause goes to the log.
pub(super) async fn json(address: &str, ask: Ask) -> Result<Value> {
    check(address)?;
    let address = address.to_owned();
    let answered = tokio::task::spawn_blocking(move || blocking(&address, ask)).await;
    match answered.map_err(|e| Error::wrap("a request to the identity provider", e))? {
        Ok(value) => Ok(value),
        Err(cause) => {
            tracing::warn!(error = %cause, "the identity provider did not answer as it should");
            Err(Error::new(Kind::Unavailable, "The identity provider does not answer as it should."))
        }
    }
}

fn blocking(address: &str, ask: Ask) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    let agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).max_redirects(0).build().new_agent();
    let mut answer = match ask {
        Ask::Get => agent.get(address).header("accept", "application/json").call()?,
        Ask::Form(form, authorization) => {
            let request = agent.post(address).header("content-type", "application/x-www-form-urlencoded");
            let request = request.header("accept", "application/json");
            match authorization {
                Some(value) => request.header("authorization", value).send(form)?,
                None => request.send(form)?,
            }
        }
    };
    let bytes = answer.body_mut().with_config().limit(LARGEST_ANSWER).read_to_vec()?;
    Ok(serde_json::from_slice(&bytes)?)
}

fn check(address: &str) -> Result<()> {
    let is_loopback = |url: &Url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let is_good = Url::parse(address).is_ok_and(|url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)));
    if is_good { Ok(()) } else { Err(Error::internal("the identity provider's addresses must begin with https://")) }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for good in ["https://login.example/x", "http://127.0.0.1:9/x", "http://[::1]:9/", "http://localhost/"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["http://login.example/", "http://169.254.169.254/", "file:///etc/passwd", "login.example", ""] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
