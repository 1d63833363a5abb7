//! `DELETE /api/v1/sources/id:{source_id}`
//!
//! Deletes a source with all its comments, for good.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_jobs::emit;
use adit_kernel::{Permission, Result};
use http::Method;

use super::store;
use crate::events::SourceDeleted;

pub(super) static OPERATION: Operation = Operation {
    id: "delete_source",
    method: Method::DELETE,
    path: "/api/v1/sources/id:{source_id}",
    needs: Needs::In(AddressKind::Source, &[Permission::SOURCES_ADMIN]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let tenant_id = call.caller.tenant_id;
    let mut tx = call.env.begin().await?;
    let source = store::source_at(&mut tx, tenant_id, &call.address()?).await?.ok_or_else(|| call.no_source())?;
    if !store::delete(&mut tx, tenant_id, source.id).await? {
        return Err(call.no_source());
    }
    emit(&mut tx, &SourceDeleted { tenant_id, owner: source.owner, source_id: source.id }, call.env.now()).await?;
    tx.commit().await?;
    Reply::done()
}
