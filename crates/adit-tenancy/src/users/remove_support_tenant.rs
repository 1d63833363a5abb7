//! `POST /api/_private/users/support-tenants/remove`
//!
//! Ends the access of a user of another tenant; where it has none nothing happens.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use adit_store::Note;
use http::Method;

use super::{store, subject, support, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "remove_support_tenant",
    method: Method::POST,
    path: "/api/_private/users/support-tenants/remove",
    needs: Needs::Global(Permission::SUPPORT_USERS_WRITE),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::SupportTenantRequest = call.json()?;
    let tenant = call.caller.tenant_id;
    let mut tx = call.env.begin().await?;
    let user = support::named(&mut tx, tenant, &body).await?;
    if let Some(subject) = subject(&mut tx, tenant, user).await? {
        tx.note(Note::About(subject));
    }
    store::remove_support(&mut tx, tenant, user).await?;
    tx.commit().await?;
    Reply::done()
}
