//! One's own API token, managed from a session: a token must not be able to prolong itself.

mod get;
mod regenerate;
mod revoke;

use adit_kernel::Timestamp;
use adit_tenancy::tokens::TokenRow;
use serde::Serialize;

use crate::site::Route;

/// The routes on one's own token.
pub(crate) fn routes() -> Vec<&'static Route> {
    vec![&get::ROUTE, &regenerate::ROUTE, &revoke::ROUTE]
}

/// What may be shown of a token.
#[derive(Serialize)]
struct ApiToken {
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
}

impl From<TokenRow> for ApiToken {
    fn from(row: TokenRow) -> Self {
        Self { created_at: row.created, expires_at: row.expires, last_used_at: row.last_used }
    }
}
