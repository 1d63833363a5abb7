//! OAuth 2.0 client credentials (RFC 6749 §4.4), the keys to check its tokens with, and the document that says so.

mod credentials;
mod discovery;
mod error;
mod jwks;
mod token;

use crate::site::Route;

/// Whom our access tokens are for.
pub(crate) const AUDIENCE: &str = "adit";

/// The routes.
pub(crate) fn routes() -> Vec<&'static Route> {
    vec![&token::ROUTE, &jwks::ROUTE, &discovery::ROUTE]
}
