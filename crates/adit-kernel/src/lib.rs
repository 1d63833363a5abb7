//! The vocabulary every other crate speaks: ids, names, time, errors, permissions, PATCH fields.
//!
//! Nothing here touches a database, a socket, a file or the environment.

mod error;
mod field;
mod id;
pub mod names;
mod permission;
mod time;

pub use error::{Error, Kind, Result, catalogue};
pub use field::Field;
pub use id::Id;
pub use permission::{
    GLOBAL_PERMISSIONS, PROJECT_PERMISSIONS, Permission, Roles, expand_permissions, expand_with, is_known_permission,
    reduce_permissions,
};
pub use time::{Clock, FixedClock, Random, SeededRandom, Timestamp};
