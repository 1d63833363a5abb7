//! JSON shapes of users.

use std::collections::BTreeMap;

use adit_kernel::{Id, Timestamp};
use serde::Serialize;

/// `User`.
#[derive(Debug, Serialize)]
pub(super) struct User {
    pub(super) id: Id,
    pub(super) created: Timestamp,
    pub(super) username: String,
    pub(super) email: String,
    pub(super) verified: bool,
    pub(super) organisation_permissions: BTreeMap<String, Vec<String>>,
    pub(super) derived_organisation_permissions: BTreeMap<String, Vec<String>>,
    pub(super) global_permissions: Vec<String>,
    pub(super) sso_global_permissions: Vec<String>,
    pub(super) derived_user_global_permissions: Vec<String>,
    pub(super) derived_global_permissions: Vec<String>,
    pub(super) last_login_at: Option<Timestamp>,
    pub(super) is_support_user: bool,
}

/// `GetCurrentUserResponse`.
#[derive(Debug, Serialize)]
pub(super) struct GetCurrentUserResponse {
    pub(super) user: User,
}

/// `RefreshUserPermissionsResponse`.
#[derive(Debug, Serialize)]
pub(super) struct RefreshUserPermissionsResponse {
    pub(super) permissions_refreshed: bool,
}
