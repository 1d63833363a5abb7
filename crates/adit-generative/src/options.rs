//! Which language model to ask, and how much.

use std::fmt;
use std::time::Duration;

use adit_kernel::{Error, Result};
use url::{Host, Url};

/// How an installation asks a language model.
#[derive(Debug, Clone)]
pub struct Options {
    /// The base address of an OpenAI-compatible API, up to and including its version: `https://host/v1`.
    pub url: Url,
    /// The model's name at that address.
    pub model: String,
    /// The key, sent as a bearer token; local servers often need none.
    pub key: Option<Secret>,
    /// The longest that one question may take, retries and repair included.
    pub timeout: Duration,
    /// Tokens that each tenant may use on one day (UTC); `None` lifts the limit.
    pub daily_token_budget: Option<i64>,
    /// Questions that this process asks at the same time.
    pub concurrency: usize,
    /// How long to wait before the first retry; each further wait is twice as long.
    pub first_wait: Duration,
}

/// The wait before the first retry when the endpoint does not say.
pub const FIRST_WAIT: Duration = Duration::from_millis(500);

/// A text that must not be printed.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The secret in `text`, without the line end that files have.
    ///
    /// # Errors
    /// When it is empty or cannot stand in a header.
    pub fn new(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::invalid("The key must be one line of visible ASCII characters."));
        }
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The base address in `text`, if it is one that messages and keys may be sent to.
///
/// # Errors
/// Not an address, credentials inside it, or plain HTTP to another machine unless `allow_plain` says so.
pub fn checked_url(text: &str, allow_plain: bool) -> Result<Url> {
    let mut url =
        Url::parse(text).map_err(|_| Error::invalid(format!("`{text}` is not an address: `https://host/v1` is expected.")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::invalid(
            "The address of the language model must not hold a name or password: give the key in a file.",
        ));
    }
    let is_safe = match url.scheme() {
        "https" => true,
        "http" => allow_plain || is_loopback(&url),
        _ => return Err(Error::invalid(format!("`{text}` must begin with `https://` or `http://`."))),
    };
    if !is_safe {
        return Err(Error::invalid(format!(
            "`{text}` would carry messages over the network in the clear: use `https://`, or allow it with `--llm-insecure-http`."
        )));
    }
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// Whether the address is on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The address of chat completions under a base address.
pub(crate) fn completions_url(base: &Url) -> Url {
    let mut url = base.clone();
    let path = url.path().trim_end_matches('/').to_owned();
    if !path.ends_with("/chat/completions") {
        url.set_path(&format!("{path}/chat/completions"));
    }
    url
}

#[cfg(test)]
mod tests {
    use super::{Secret, checked_url, completions_url};

    #[test]
    fn only_addresses_that_keep_messages_private_are_taken() {
        let message =
            |text: &str| checked_url(text, false).map_or_else(|e| e.message().to_owned(), |url| completions_url(&url).into());
        assert_eq!(message("https://llm.example/v1"), "https://llm.example/v1/chat/completions");
        assert_eq!(message("https://llm.example/v1/chat/completions"), "https://llm.example/v1/chat/completions");
        assert_eq!(message("http://127.0.0.1:8000/v1/"), "http://127.0.0.1:8000/v1/chat/completions");
        assert_eq!(message("http://[::1]:8000/v1"), "http://[::1]:8000/v1/chat/completions");
        assert!(message("http://llm.example/v1").contains("--llm-insecure-http"));
        assert!(checked_url("http://llm.example/v1", true).is_ok());
        assert!(message("https://name:word@llm.example/v1").contains("must not hold a name"));
        assert!(message("ftp://llm.example/v1").contains("must begin with"));
        assert!(message("llm").contains("is not an address"));
    }

    #[test]
    fn a_key_is_one_line_and_never_printed() {
        let key = Secret::new("sk-1\n").unwrap();
        assert_eq!((key.reveal(), format!("{key:?}").as_str()), ("sk-1", "***"));
        assert!(Secret::new(" \n").is_err());
        assert!(Secret::new("two lines\nhere").is_err());
    }
}
