//! Signing in with a password and, where one is set up, a second factor.

mod password;
mod store;
pub(crate) mod throttle;

use crate::site::Route;

/// The routes.
pub(crate) fn routes() -> Vec<&'static Route> {
    vec![&password::ROUTE]
}
