//! One operation of the contract: its method, path and permission are written here and nowhere else.

use adit_kernel::{Permission, Result};
use futures_util::future::BoxFuture;
use http::Method;

use crate::caller::Kind;
use crate::{Call, Reply};

/// What a caller must hold; checked before the handler runs.
#[derive(Debug, Clone, Copy)]
pub enum Needs {
    /// Nothing, not even credentials: whoever asks is nobody yet. Each address may ask only as often as it may try to sign in.
    Nothing,
    /// Any valid credentials; what is shown depends on the caller's rights.
    SignedIn,
    /// A permission of the whole tenant.
    Global(Permission),
    /// A permission of the whole deployment; for the caller's own tenant, named by the path parameter, one of these
    /// suffices.
    Tenant(&'static str, Permission, &'static [Permission]),
    /// A permission in at least one project, or of the whole tenant; the handler looks at each thing it touches.
    Somewhere(Permission),
    /// The same, or the second permission, which is of the whole tenant.
    SomewhereOr(Permission, Permission),
    /// Permissions in the project named by the path parameter.
    Project(&'static str, &'static [Permission]),
    /// Being able to see the project named by the path parameter.
    SeesProject(&'static str),
    /// Permissions in the project of the resource the path addresses.
    In(Kind, &'static [Permission]),
    /// Not served yet: the answer is 501 for everybody with credentials.
    Pending,
}

/// An operation. Serves when registered; otherwise it is on the pending list.
pub struct Operation {
    /// The contract's id.
    pub id: &'static str,
    /// The verb.
    pub method: Method,
    /// The path with `{parameters}`, from `/api` or `/auth` on.
    pub path: &'static str,
    /// What the caller must hold.
    pub needs: Needs,
    /// The handler.
    pub serve: fn(Call) -> BoxFuture<'static, Result<Reply>>,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {} {:?}", self.id, self.method, self.path, self.needs)
    }
}
