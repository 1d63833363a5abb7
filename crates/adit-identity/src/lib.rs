//! Proof of identity: access tokens of applications, sign-in of people, sessions, and the routes for all of them.

mod api_token;
mod applications;
mod authenticate;
mod devices;
mod events;
mod keys;
mod links;
mod login_location;
mod oauth;
mod oidc;
mod pages;
mod passwords;
mod principals;
mod second_factor;
mod secret;
mod sessions;
mod settings;
mod sign_in;
mod site;
mod strangers;

use adit_http::Operation;
use adit_store::Migration;
use adit_store::seal::Sealed;

pub use applications::{
    API_ACCESS, ApplicationRow, Registered, SCOPES, SecretRow, USER, USER_READ, delete_application, list_applications,
    register_application, rotate_secret,
};
pub use authenticate::{api_caller, session_caller};
pub use events::turned_away;
pub use links::{FIRST_SECONDS, first as first_link, issue as issue_link, make as make_link};
pub use login_location::SingleSignOn;
pub use oidc::{Mapping, Provider};
pub use second_factor::reset as reset_second_factor;
pub use settings::Settings;
pub use site::IdentitySite;
pub use strangers::Strangers;

/// The operations of the contract that this area serves; its own routes are a [`IdentitySite`].
pub fn operations() -> Vec<&'static Operation> {
    vec![&login_location::OPERATION]
}

/// The tables of this area.
pub fn migrations() -> Vec<Migration> {
    vec![
        Migration { number: 160, name: "applications", sql: include_str!("../migrations/0160_applications.sql") },
        Migration { number: 161, name: "sign in", sql: include_str!("../migrations/0161_sign_in.sql") },
        Migration { number: 162, name: "oidc", sql: include_str!("../migrations/0162_oidc.sql") },
        Migration { number: 165, name: "known devices", sql: include_str!("../migrations/0165_known_devices.sql") },
        Migration { number: 180, name: "attempt budgets", sql: include_str!("../migrations/0180_attempt_budgets.sql") },
    ]
}

/// The jobs of this area.
pub fn jobs() -> adit_jobs::Registry {
    passwords::jobs()
}

/// The columns whose values are sealed.
pub fn sealed_columns() -> Vec<Sealed> {
    vec![keys::PRIVATE_KEY, second_factor::SECRET]
}
