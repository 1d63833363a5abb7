//! The operation registry, the request path, and the one envelope every reply leaves in.
//!
//! An area offers a list of [`Operation`]s; [`Router`] folds them, adds what the contract names and nobody
//! serves yet, and answers every request in the platform's envelope.

mod body;
mod call;
mod caller;
pub mod contract;
mod credentials;
mod identity;
mod network;
mod operation;
mod path;
mod query;
mod rates;
mod registry;
mod reply;
mod schema;
mod serve;
mod site;

pub use call::{Address, Call, address_in};
pub use caller::{Asked, Caller, Directory, Kind as AddressKind, Place};
pub use credentials::{CSRF_HEADER, Credentials, HOST_COOKIE, PLAIN_COOKIE, SessionCredentials, cookie, is_same_origin};
pub use identity::{Identity, Owner, TurnedAway, Unproven};
pub use network::Network;
pub use operation::{Needs, Operation};
pub use query::Query;
pub use rates::{Budget, Budgets, RateClass, Rates, neighborhood};
pub use registry::Registry;
pub use reply::{Reply, error_reply};
pub use serve::{Limits, Router, ServeOptions};
pub use site::{Site, SiteRequest, SiteRoute};
