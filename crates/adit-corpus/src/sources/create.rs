//! `PUT /api/v1/sources/{owner}/{source_name}`
//!
//! Creates a source. A second time is a conflict.

use adit_http::{Address, AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result, catalogue, names};
use http::Method;

use super::rules;
use super::store::{self, Source};
use super::wire::{SourceRequest, SourceResponse};
use crate::usage::admit_source;

pub(super) static OPERATION: Operation = Operation {
    id: "create_source",
    method: Method::PUT,
    path: "/api/v1/sources/{owner}/{source_name}",
    needs: Needs::In(AddressKind::Source, &[Permission::SOURCES_ADMIN]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let request: SourceRequest = call.json()?;
    let address = call.address()?;
    // An id is given out, never chosen: what has one exists already.
    let Address::Name { owner, name } = &address else { return Err(catalogue::source_exists(&address.to_string())) };
    names::check_resource(name, "source name")?;
    let now = call.env.now();
    let mut source = Source {
        id: call.env.random.id(),
        tenant_id: call.caller.tenant_id,
        owner: owner.clone(),
        name: name.clone(),
        kind: "unknown".into(),
        title: String::new(),
        description: String::new(),
        language: "en".into(),
        should_translate: false,
        sensitive_properties: Vec::new(),
        bucket_id: None,
        email_transform_tag: None,
        email_transform_version: None,
        created_at: now,
        updated_at: now,
        last_modified: now,
    };
    rules::apply(request.source, &mut source, true)?;
    let mut tx = call.env.begin().await?;
    if store::source_at(&mut tx, call.caller.tenant_id, &address).await?.is_some() {
        return Err(catalogue::source_exists(&address.to_string()));
    }
    store::check_bucket(&mut tx, &source).await?;
    admit_source(&mut tx, source.tenant_id).await?;
    store::insert(&mut tx, &source).await?;
    tx.commit().await?;
    Reply::ok(SourceResponse { source: source.into() })
}
