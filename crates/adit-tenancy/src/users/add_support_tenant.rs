//! `POST /api/_private/users/support-tenants/add`
//!
//! Lets a user of another tenant into this one, with its own token. What it may do here is granted like to any user.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use adit_store::Note;
use http::Method;

use super::{store, subject, support, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "add_support_tenant",
    method: Method::POST,
    path: "/api/_private/users/support-tenants/add",
    needs: Needs::Global(Permission::SUPPORT_USERS_WRITE),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::SupportTenantRequest = call.json()?;
    let tenant = call.caller.tenant_id;
    let mut tx = call.env.begin().await?;
    let user = support::named(&mut tx, tenant, &body).await?;
    store::add_support(&mut tx, tenant, user, call.env.now()).await?;
    if let Some(subject) = subject(&mut tx, tenant, user).await? {
        tx.note(Note::About(subject));
    }
    tx.commit().await?;
    Reply::done()
}
