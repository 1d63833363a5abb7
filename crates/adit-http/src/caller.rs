//! Who is calling, and the directory that knows.

use std::collections::{BTreeMap, BTreeSet};

use adit_kernel::{Error, Id, Permission, Result, catalogue};
use adit_store::Env;
use async_trait::async_trait;

use crate::Address;

/// An authenticated caller with everything it may do, implications included.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user.
    pub user_id: Id,
    /// The tenant whose data the caller sees.
    pub tenant_id: Id,
    /// Expanded global permissions.
    pub global: BTreeSet<String>,
    /// Expanded permissions by project name.
    pub projects: BTreeMap<String, BTreeSet<String>>,
}

impl Caller {
    /// Whether the caller administers the whole tenant, which includes every project.
    pub fn is_tenant_admin(&self) -> bool {
        self.has_global(Permission::TENANT_ADMIN)
    }

    /// Whether the caller holds a global permission.
    pub fn has_global(&self, permission: Permission) -> bool {
        self.global.contains(permission.0) || self.global.contains(Permission::ROOT.0)
    }

    /// Whether the caller holds `permission` in `project`.
    pub fn may(&self, permission: Permission, project: &str) -> bool {
        self.is_tenant_admin() || self.projects.get(project).is_some_and(|held| held.contains(permission.0))
    }

    /// Whether the caller holds anything at all in `project`.
    pub fn sees_project(&self, project: &str) -> bool {
        self.is_tenant_admin() || self.projects.get(project).is_some_and(|held| !held.is_empty())
    }

    /// Fails with 403 unless the caller holds `permission` in `project`.
    pub fn require(&self, permission: Permission, project: &str) -> Result<()> {
        if self.may(permission, project) { Ok(()) } else { Err(catalogue::forbidden_in(permission.0, project)) }
    }
}

/// Which collection an address points into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `sources`.
    Source,
    /// `datasets`.
    Dataset,
    /// `buckets`.
    Bucket,
}

/// Answers the questions that come before a handler. Implemented where the areas are wired together.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The tenant a request is for: by name, or the default one.
    async fn tenant(&self, env: &Env, name: Option<&str>) -> Result<Id>;

    /// The caller behind a bearer token; `None` when the token names nobody.
    async fn caller(&self, env: &Env, tenant: Id, token: &str) -> Result<Option<Caller>>;

    /// Whether a project exists.
    async fn has_project(&self, env: &Env, tenant: Id, name: &str) -> Result<bool>;

    /// The project of a resource addressed by id; `None` when there is no such resource.
    async fn project_of(&self, env: &Env, tenant: Id, kind: Kind, id: Id) -> Result<Option<String>>;
}

/// The error for an absent resource of `kind`.
pub(crate) fn absent(kind: Kind, address: &Address) -> Error {
    match kind {
        Kind::Source => catalogue::no_source(&address.to_string()),
        Kind::Dataset => catalogue::no_dataset(&address.to_string()),
        Kind::Bucket => Error::missing(format!("No such bucket: `{address}`.")),
    }
}
