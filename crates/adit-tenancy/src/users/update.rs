//! `POST /api/_private/users/{user_id}`
//!
//! Replaces what a user holds: in all projects whose users the caller manages, in the whole tenant, or both. A section that is left out stays.

use std::collections::BTreeMap;

use adit_http::{Call, Caller, Needs, Operation, Reply};
use adit_kernel::{Error, Id, Permission, Result};
use adit_store::Tx;
use http::Method;

use super::{admins, member, rules, store, view, wire};
use crate::projects;
use crate::roles::{self, Scoped};

pub(super) static OPERATION: Operation = Operation {
    id: "update_user",
    method: Method::POST,
    path: "/api/_private/users/{user_id}",
    needs: Needs::Somewhere(Permission::USERS_WRITE),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let id: Id = call.param("user_id")?.parse()?;
    let body: wire::UpdateUserRequest = call.json()?;
    let (in_projects, global) = (body.user.organisation_permissions, body.user.global_permissions);
    rules::check_held(in_projects.as_ref(), global.as_deref())?;
    let tenant = call.caller.tenant_id;
    let mut tx = call.env.begin().await?;
    store::lock(&mut tx, tenant).await?;
    // Whoever manages the users of a project must be able to name one who is not in it yet, in order to let it in.
    let (user, is_support) = member(&mut tx, tenant, id).await?.ok_or_else(|| view::no_user(&id.to_string()))?;
    let roles = roles::scoped(&mut tx, tenant).await?;
    if let Some(global) = global {
        rules::check_global(&call.caller, &user.global_permissions, &global, &roles)?;
        if is_support {
            store::set_support_global(&mut tx, tenant, id, &global).await?;
        } else {
            store::set_global(&mut tx, tenant, id, &global).await?;
            admins::check_one_is_left(&mut tx, tenant, &user).await?;
        }
    }
    if let Some(in_projects) = in_projects {
        replace(&mut tx, &call.caller, id, &in_projects, &roles).await?;
    }
    let seen = view::whole(&mut tx, tenant, id).await?;
    tx.commit().await?;
    let seen = seen.ok_or_else(|| view::no_user(&id.to_string()))?;
    Reply::ok(wire::UserResponse { user: view::narrowed(&call.caller, seen) })
}

/// The map stands for all that the caller may change: a project it leaves out is taken away.
async fn replace(tx: &mut Tx, caller: &Caller, user: Id, wanted: &BTreeMap<String, Vec<String>>, roles: &Scoped) -> Result<()> {
    let tenant = caller.tenant_id;
    let held = store::permissions_of(tx, tenant, user).await?;
    for (project, permissions) in wanted {
        if !caller.sees_project(project) || !projects::exists(tx, tenant, project).await? {
            return Err(Error::unprocessable(format!("`organisation_permissions`: No such project: `{project}`.")));
        }
        let before = held.get(project).map(Vec::as_slice).unwrap_or_default();
        rules::check_project(caller, project, before, permissions, roles)?;
        if before != permissions.as_slice() {
            store::set_in_project(tx, tenant, user, project, permissions).await?;
        }
    }
    for project in held.keys().filter(|project| !wanted.contains_key(*project)) {
        if caller.may(Permission::USERS_WRITE, project) {
            store::set_in_project(tx, tenant, user, project, &[]).await?;
        }
    }
    Ok(())
}
