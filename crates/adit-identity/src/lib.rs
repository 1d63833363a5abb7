//! Proof of identity: access tokens of applications, sign-in of people, sessions, and the routes for all of them.

mod applications;
mod authenticate;
mod keys;
mod oauth;
mod principals;
mod settings;
mod site;

use adit_store::Migration;
use adit_store::seal::Sealed;

pub use applications::{
    API_ACCESS, ApplicationRow, Registered, SCOPES, SecretRow, USER, USER_READ, delete_application, list_applications,
    register_application, rotate_secret,
};
pub use authenticate::{api_caller, session_caller};
pub use settings::Settings;
pub use site::IdentitySite;

/// The tables of this area.
pub fn migrations() -> Vec<Migration> {
    vec![Migration { number: 160, name: "applications", sql: include_str!("../migrations/0160_applications.sql") }]
}

/// The columns whose values are sealed.
pub fn sealed_columns() -> Vec<Sealed> {
    vec![keys::PRIVATE_KEY]
}
