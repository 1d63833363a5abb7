//! `GET /api/v1/sources/id:{source_id}`
//!
//! One source, by its id.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::store;
use super::wire::SourceResponse;

pub(super) static OPERATION: Operation = Operation {
    id: "get_source_by_id",
    method: Method::GET,
    path: "/api/v1/sources/id:{source_id}",
    needs: Needs::In(AddressKind::Source, &[Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let source = store::source_at(&mut tx, call.caller.tenant_id, &call.address()?).await?;
    let source = source.ok_or_else(|| call.no_source())?;
    Reply::ok(SourceResponse { source: source.into() })
}
