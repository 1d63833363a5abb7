//! Signing in with a password and, where one is set up, a second factor.

pub(crate) mod budget;
mod password;
mod store;
pub(crate) mod throttle;

pub(crate) use store::note_sign_in;

use crate::site::Route;

/// The routes.
pub(crate) fn routes() -> Vec<&'static Route> {
    vec![&password::ROUTE]
}
