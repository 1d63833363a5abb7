//! JSON shapes of users.

use std::collections::BTreeMap;

use adit_kernel::{Id, Result, Timestamp};
use serde::{Deserialize, Serialize};

use super::check_permission_names;

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

/// `UserV1`.
#[derive(Debug, Serialize)]
pub(super) struct UserV1 {
    pub(super) email: String,
    pub(super) last_login_at: Option<Timestamp>,
    pub(super) username: String,
}

/// A reply with one user.
#[derive(Debug, Serialize)]
pub(super) struct UserResponse {
    pub(super) user: User,
}

/// A reply with users.
#[derive(Debug, Serialize)]
pub(super) struct UsersResponse<T> {
    pub(super) users: Vec<T>,
}

/// `UserNew`.
#[derive(Debug, Deserialize)]
pub(super) struct UserNew {
    pub(super) username: String,
    pub(super) email: String,
    pub(super) organisation_permissions: Option<BTreeMap<String, Vec<String>>>,
    pub(super) global_permissions: Option<Vec<String>>,
}

/// `CreateUserRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct CreateUserRequest {
    pub(super) user: UserNew,
}

/// `UserUpdate`: a section that is absent stays, one that is there replaces.
#[derive(Debug, Deserialize)]
pub(super) struct UserUpdate {
    pub(super) organisation_permissions: Option<BTreeMap<String, Vec<String>>>,
    pub(super) global_permissions: Option<Vec<String>>,
}

/// `UpdateUserRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct UpdateUserRequest {
    pub(super) user: UserUpdate,
}

/// `AddSupportTenantRequest`, `RemoveSupportTenantRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct SupportTenantRequest {
    pub(super) email: String,
    pub(super) user_tenant: String,
}

/// `GetDerivedPermissionsRequest`, `GetReducedPermissionsRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct PermissionSets {
    global_permissions: Option<Vec<String>>,
    organisation_permissions: Option<Vec<String>>,
}

impl PermissionSets {
    pub(super) fn global(&self) -> &[String] {
        self.global_permissions.as_deref().unwrap_or_default()
    }

    pub(super) fn in_project(&self) -> &[String] {
        self.organisation_permissions.as_deref().unwrap_or_default()
    }

    pub(super) fn check(&self) -> Result<()> {
        check_permission_names(self.global(), "global_permissions")?;
        check_permission_names(self.in_project(), "organisation_permissions")
    }
}

/// `GetDerivedPermissionResponse`, `GetReducedPermissionsResponse`: `permissions` is both lists in one.
#[derive(Debug, Serialize)]
pub(super) struct PermissionsResponse {
    global_permissions: Vec<String>,
    organisation_permissions: Vec<String>,
    permissions: Vec<String>,
}

impl PermissionsResponse {
    pub(super) fn new(global_permissions: Vec<String>, organisation_permissions: Vec<String>) -> Self {
        let permissions = global_permissions.iter().chain(&organisation_permissions).cloned().collect();
        Self { global_permissions, organisation_permissions, permissions }
    }
}

/// `RefreshUserPermissionsResponse`.
#[derive(Debug, Serialize)]
pub(super) struct RefreshUserPermissionsResponse {
    pub(super) permissions_refreshed: bool,
}
