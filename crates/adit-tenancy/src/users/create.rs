//! `PUT /api/_private/users`
//!
//! Creates a user. In projects open to all it gets what the tenant gives new users, unless the request says otherwise.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result};
use adit_store::Note;
use http::Method;

use super::{open_projects, rules, store, subject, view, wire};
use crate::{projects, roles};

pub(super) static OPERATION: Operation = Operation {
    id: "create_user",
    method: Method::PUT,
    path: "/api/_private/users",
    needs: Needs::Global(Permission::TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::CreateUserRequest = call.json()?;
    let new = body.user;
    rules::check_username(&new.username)?;
    rules::check_email(&new.email)?;
    let global = new.global_permissions.unwrap_or_default();
    let mut in_projects = new.organisation_permissions.unwrap_or_default();
    rules::check_held(Some(&in_projects), Some(&global))?;
    let tenant = call.caller.tenant_id;
    let mut tx = call.env.begin().await?;
    store::lock(&mut tx, tenant).await?;
    if store::by_username(&mut tx, tenant, &new.username).await?.is_some() {
        return Err(Error::conflict(format!("The user `{}` already exists.", new.username)));
    }
    if !store::by_email(&mut tx, tenant, &new.email).await?.is_empty() {
        return Err(Error::conflict(format!("There is a user with the address `{}` already.", new.email)));
    }
    super::admit(&mut tx, tenant).await?;
    let roles = roles::scoped(&mut tx, tenant).await?;
    rules::check_global(&call.caller, &[], &global, &roles)?;
    for (project, permissions) in &in_projects {
        if !projects::exists(&mut tx, tenant, project).await? {
            return Err(Error::unprocessable(format!("`organisation_permissions`: No such project: `{project}`.")));
        }
        rules::check_project(&call.caller, project, &[], permissions, &roles)?;
    }
    for (project, permissions) in open_projects(&mut tx, tenant).await? {
        in_projects.entry(project).or_insert(permissions);
    }
    let user = store::UserRow {
        id: call.env.random.id(),
        username: new.username,
        email: new.email,
        global_permissions: global,
        is_disabled: false,
        created: call.env.now(),
        last_login: None,
    };
    store::insert(&mut tx, tenant, &user).await?;
    for (project, permissions) in &in_projects {
        store::set_in_project(&mut tx, tenant, user.id, project, permissions).await?;
    }
    if let Some(subject) = subject(&mut tx, tenant, user.id).await? {
        tx.note(Note::About(subject));
    }
    let made = view::whole(&mut tx, tenant, user.id).await?;
    tx.commit().await?;
    Reply::ok(wire::UserResponse { user: made.ok_or_else(|| Error::internal("the new user is not there"))? })
}
