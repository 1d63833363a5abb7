//! `GET /auth/user`
//!
//! The caller, with held and derived permissions: the clients' "who am I" before every command.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Error, Result};
use http::Method;

use super::{store, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "get_current_user",
    method: Method::GET,
    path: "/auth/user",
    needs: Needs::SignedIn,
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let user = store::by_id(&mut tx, call.caller.tenant_id, call.caller.user_id).await?;
    let user = user.ok_or_else(|| Error::internal("the caller has no user row"))?;
    let held = store::permissions_of(&mut tx, user.id).await?;
    let sorted = |set: &std::collections::BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>();
    let derived = call.caller.projects.iter().map(|(project, set)| (project.clone(), sorted(set))).collect();
    let derived_global = sorted(&call.caller.global);
    Reply::ok(wire::GetCurrentUserResponse {
        user: wire::User {
            id: user.id,
            created: user.created,
            username: user.username,
            email: user.email,
            verified: true,
            organisation_permissions: held,
            derived_organisation_permissions: derived,
            global_permissions: user.global_permissions,
            sso_global_permissions: Vec::new(),
            derived_user_global_permissions: derived_global.clone(),
            derived_global_permissions: derived_global,
            last_login_at: user.last_login,
            is_support_user: false,
        },
    })
}
