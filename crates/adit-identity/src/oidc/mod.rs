//! Sign-in through an OpenID Connect provider: authorization code, PKCE, nonce and state.
//!
//! Nothing is kept between leaving and coming back: state, nonce and verifier follow from a cookie that only the
//! browser which left can bring back.

mod callback;
mod fetch;
mod id_token;
mod known;
mod people;
mod provider;
mod start;
mod store;

pub(crate) use known::Known;
pub use provider::{Mapping, Provider};

use crate::site::Route;

/// The routes.
pub(crate) fn routes() -> Vec<&'static Route> {
    vec![&start::ROUTE, &callback::ROUTE]
}
