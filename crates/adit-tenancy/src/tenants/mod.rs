//! A tenant is the top container: users, projects and all data belong to exactly one.

mod store;

pub use store::{create_default, named_or_default};

/// The project every tenant starts with, open to all its users; clients mean it by a bare name.
pub const DEFAULT_PROJECT: &str = "DefaultProject";
