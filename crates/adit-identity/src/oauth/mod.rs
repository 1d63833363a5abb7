//! OAuth 2.0 client credentials (RFC 6749 §4.4), the keys to check its tokens with, and the document that says so.

mod credentials;
mod discovery;
mod error;
mod jwks;
mod token;

use crate::site::{Route, Visit};

/// Whom our access tokens are for.
pub(crate) const AUDIENCE: &str = "adit";

/// Who issues our access tokens: below this address lies the document about it (RFC 8414, OpenID Connect Discovery).
fn issuer(visit: &Visit) -> String {
    format!("{}/identity_", visit.base_url())
}

/// The routes.
pub(crate) fn routes() -> Vec<&'static Route> {
    vec![&token::ROUTE, &jwks::ROUTE, &discovery::ROUTE, &discovery::METADATA_ROUTE]
}
