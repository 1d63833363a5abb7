//! External applications: programs that authenticate with an id and a secret (OAuth 2.0 client credentials).
//!
//! An application is a user of the tenant, so that it is listed, given roles and named in the audit log like one.

mod delete;
mod list;
mod manage;
mod register;
mod rotate;
mod rules;
mod store;
mod wire;

pub use manage::{Registered, delete_application, list_applications, register_application, rotate_secret};
pub use rules::{API_ACCESS, SCOPES, USER, USER_READ};
pub use store::{ApplicationRow, SecretRow};

pub(crate) use manage::address_of;
pub(crate) use rules::digest_of;
pub(crate) use store::{by_client_id, by_user, secret_by_id, secrets_of, touch_secret};

use crate::site::Route;

/// The routes on applications.
pub(crate) fn routes() -> Vec<&'static Route> {
    vec![&list::ROUTE, &register::ROUTE, &rotate::ROUTE, &delete::ROUTE]
}
