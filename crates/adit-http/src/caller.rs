//! Who is calling, and the directory that knows.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use adit_kernel::{Error, Id, Permission, Result, catalogue};
use adit_store::{Env, Witness};
use async_trait::async_trait;
use ipnet::IpNet;

use crate::{Address, Identity, Operation, SessionCredentials, TurnedAway, Unproven};

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
    /// Stands in the place of a user for somebody unknown.
    pub const NOBODY: Id = Id::new(1);

    /// Somebody unknown, who may do nothing.
    pub(crate) fn nobody(tenant_id: Id) -> Self {
        Self { user_id: Self::NOBODY, tenant_id, global: BTreeSet::new(), projects: BTreeMap::new() }
    }

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

    /// Whether the caller holds `permission` in at least one project.
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        self.is_tenant_admin() || self.projects.values().any(|held| held.contains(permission.0))
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

/// The tenant that a request is for, and whom it lets in.
#[derive(Debug, Clone)]
pub struct Place {
    /// The tenant.
    pub tenant_id: Id,
    /// Its name.
    pub name: String,
    /// Whether it serves at all.
    pub is_enabled: bool,
    /// The networks it may be used from; from everywhere when empty.
    pub client_subnets: Vec<IpNet>,
}

impl Place {
    /// Fails with 403 unless the tenant serves requests from `client`.
    pub fn admit(&self, client: Option<IpAddr>) -> Result<()> {
        if !self.is_enabled {
            return Err(catalogue::tenant_disabled(&self.name));
        }
        let is_inside = |address: IpAddr| self.client_subnets.iter().any(|net| net.contains(&address));
        if self.client_subnets.is_empty() || client.is_some_and(is_inside) {
            return Ok(());
        }
        Err(catalogue::client_not_allowed(&client.map_or_else(|| "an unknown address".to_owned(), |c| c.to_string()), &self.name))
    }
}

/// What was asked, for whoever keeps a record of it.
pub struct Asked<'a> {
    /// The operation.
    pub operation: &'static Operation,
    /// Names and values of the path's parameters.
    pub parameters: &'a [(&'static str, String)],
    /// Who asks.
    pub caller: &'a Caller,
    /// From where.
    pub client: Option<IpAddr>,
    /// The request's id.
    pub request_id: &'a str,
}

/// Answers the questions that come before a handler. Implemented where the areas are wired together.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The tenant a request is for: by name, or the default one.
    async fn tenant(&self, env: &Env, name: Option<&str>) -> Result<Id>;

    /// The tenant a request is for, with whom it lets in. `organization` and `name` come from the path, `name` also
    /// from the host; both may be UUIDs.
    ///
    /// # Errors
    /// 404 for an unknown tenant.
    async fn place(&self, env: &Env, _organization: Option<&str>, name: Option<&str>) -> Result<Place> {
        let tenant_id = self.tenant(env, name).await?;
        Ok(Place { tenant_id, name: String::new(), is_enabled: true, client_subnets: Vec::new() })
    }

    /// The tenant of that name, id or UUID, if there is one.
    async fn tenant_named(&self, _env: &Env, _name: &str) -> Result<Option<Id>> {
        Ok(None)
    }

    /// Who watches the transactions of a permitted request; nobody for one that only reads.
    fn witness(&self, _env: &Env, _asked: &Asked<'_>) -> Option<Arc<dyn Witness>> {
        None
    }

    /// Told of every request that was refused although its caller is known.
    async fn refused(&self, _env: &Env, _asked: &Asked<'_>, _error: &Error) -> Result<()> {
        Ok(())
    }

    /// Told of every request that was refused before its caller was known, once the address has had its budget of them
    /// charged. What takes time goes on beside the request: the answer does not wait.
    fn turned_away(&self, _env: &Env, _away: TurnedAway) {}

    /// Who is behind a bearer token.
    async fn caller(&self, env: &Env, tenant: Id, token: &str) -> Result<Identity>;

    /// Who is behind a session cookie.
    async fn session(&self, _env: &Env, _tenant: Id, _session: &SessionCredentials<'_>) -> Result<Identity> {
        Ok(Identity::Refused(catalogue::bad_token(), Unproven::routine("session unknown")))
    }

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
        Kind::Bucket => catalogue::no_bucket(&address.to_string()),
    }
}
