//! `PUT /api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}/exceptions`
//!
//! Tags comments with a type of exception, in place of the one they had in this stream.

use std::collections::BTreeMap;

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result, catalogue, names};
use http::Method;

use super::store;
use super::wire::{ExceptionModel, StoreExceptionRequest};
use crate::streams::access;
use crate::streams::spelling::Spelling;

const NEEDS: Needs = Needs::In(AddressKind::Dataset, &[Permission::STREAMS_CONSUME, Permission::SOURCES_READ]);

/// The most exceptions of a request, and the longest type; the contract names neither.
const MAX_EXCEPTIONS: usize = 4096;
const MAX_TYPE: usize = 1024;
/// A source id, a dot and the longest comment id.
const MAX_UID: usize = 16 + 1 + 1024;

pub(in crate::streams) static STREAM: Operation = Operation {
    id: "store_exception",
    method: Method::PUT,
    path: "/api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}/exceptions",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Stream)),
};

pub(in crate::streams) static TRIGGER: Operation = Operation {
    id: "store_trigger_exception",
    method: Method::PUT,
    path: "/api/v1/datasets/{owner}/{dataset_name}/triggers/{trigger_name}/exceptions",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Trigger)),
};

async fn handle(call: Call, spelling: Spelling) -> Result<Reply> {
    let exceptions = call.json::<StoreExceptionRequest>()?.exceptions;
    check(&exceptions)?;
    let uids: Vec<String> = exceptions.iter().map(|exception| exception.uid.clone()).collect();

    let mut tx = call.env.begin().await?;
    let dataset = access::dataset(&call, &mut tx).await?;
    let stream = access::stream(&call, &mut tx, &dataset, spelling).await?;
    access::readable_sources(&call, &mut tx, &dataset).await?;
    let comments = adit_corpus::comments_by_uids(&mut tx, call.caller.tenant_id, &uids).await?;
    let mut types = BTreeMap::new();
    for exception in exceptions {
        let comment = comments.get(&exception.uid).filter(|comment| dataset.source_ids.contains(&comment.source_id));
        let comment = comment.ok_or_else(|| catalogue::comment_not_in_dataset(&exception.uid))?;
        types.insert(comment.seq, exception.metadata.type_);
    }
    store::put(&mut tx, stream.id, types, call.env.now()).await?;
    tx.commit().await?;
    Reply::done()
}

fn check(exceptions: &[ExceptionModel]) -> Result<()> {
    if exceptions.len() > MAX_EXCEPTIONS {
        return Err(catalogue::too_many("exceptions", MAX_EXCEPTIONS));
    }
    exceptions.iter().try_for_each(|exception| {
        names::check_text(&exception.uid, "uid", MAX_UID)?;
        names::check_text(&exception.metadata.type_, "type", MAX_TYPE)
    })
}
