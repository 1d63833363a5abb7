//! What the operator decides about identity.

use std::sync::Arc;

use adit_http::Rates;
use http::request::Parts;

use crate::Provider;

/// The settings; a service of the environment.
pub struct Settings {
    /// The address under which the server is known outside, without a slash at the end; else each request's own.
    pub public_url: Option<String>,
    /// The address that links in mails begin with: the public one, or that on which the server listens.
    pub link_base: String,
    /// Whether clients come by HTTPS: then cookies are bound to it.
    pub is_https: bool,
    /// Who else may vouch for people.
    pub oidc: Option<Provider>,
    /// How often one address may try.
    pub rates: Arc<Rates>,
}

impl Settings {
    /// The address under which the server is known outside.
    pub(crate) fn base_url(&self, head: &Parts) -> String {
        if let Some(url) = &self.public_url {
            return url.trim_end_matches('/').to_owned();
        }
        let scheme = if self.is_https { "https" } else { "http" };
        let host = head.headers.get("host").and_then(|value| value.to_str().ok()).or_else(|| head.uri.host());
        format!("{scheme}://{}", host.filter(|host| is_plain(host)).unwrap_or("localhost"))
    }
}

/// Whether a host header may be repeated in an address: it is chosen by the client.
fn is_plain(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'))
}
