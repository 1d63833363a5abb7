//! `POST /api/v1/sources/{owner}/{source_name}`
//!
//! Updates a source; what is not sent keeps its value. `bucket_id: null` detaches the bucket.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::wire::{SourceRequest, SourceResponse};
use super::{rules, store};

pub(super) static OPERATION: Operation = Operation {
    id: "update_source",
    method: Method::POST,
    path: "/api/v1/sources/{owner}/{source_name}",
    needs: Needs::In(AddressKind::Source, &[Permission::SOURCES_ADMIN]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let request: SourceRequest = call.json()?;
    let now = call.env.now();
    let mut tx = call.env.begin().await?;
    let stored = store::source_at(&mut tx, call.caller.tenant_id, &call.address()?).await?.ok_or_else(|| call.no_source())?;
    let mut source = stored.clone();
    rules::apply(request.source, &mut source, false)?;
    if source != stored {
        source.updated_at = now;
        source.last_modified = now;
        store::check_bucket(&mut tx, &source).await?;
        store::update(&mut tx, &source).await?;
        tx.commit().await?;
    }
    Reply::ok(SourceResponse { source: source.into() })
}
