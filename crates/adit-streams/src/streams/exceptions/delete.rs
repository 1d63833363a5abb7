//! `DELETE /api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}/exceptions`
//!
//! Removes the exceptions of the comments named by `uid`. Comments without one are passed over, so that
//! repeating the request succeeds.

use adit_http::{AddressKind, Call, Needs, Operation, Query, Reply};
use adit_kernel::{Error, Permission, Result, catalogue};
use http::Method;

use super::store;
use crate::streams::access;
use crate::streams::spelling::Spelling;

const NEEDS: Needs = Needs::In(AddressKind::Dataset, &[Permission::STREAMS_CONSUME, Permission::SOURCES_READ]);

/// The most comments of a request; the contract names no limit.
const MAX_UIDS: usize = 4096;

pub(in crate::streams) static STREAM: Operation = Operation {
    id: "delete_exception",
    method: Method::DELETE,
    path: "/api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}/exceptions",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Stream)),
};

pub(in crate::streams) static TRIGGER: Operation = Operation {
    id: "delete_trigger_exception",
    method: Method::DELETE,
    path: "/api/v1/datasets/{owner}/{dataset_name}/triggers/{trigger_name}/exceptions",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Trigger)),
};

async fn handle(call: Call, spelling: Spelling) -> Result<Reply> {
    let mut uids = call.query.list("uid", "uids");
    if uids.is_empty() {
        return Err(Error::invalid("'uid' is a required parameter: name the comments as `uid=…&uid=…`."));
    }
    if uids.iter().any(|uid| uid.contains('\0')) {
        return Err(Error::invalid("`uid` must not contain the NUL character."));
    }
    // A single value with commas is either one uid or a list that a client joined; both readings are looked up.
    uids.extend(Query::split_joined(&uids).unwrap_or_default());
    if uids.len() > MAX_UIDS {
        return Err(catalogue::too_many("uid", MAX_UIDS));
    }

    let mut tx = call.env.begin().await?;
    let dataset = access::dataset(&call, &mut tx).await?;
    let stream = access::stream(&call, &mut tx, &dataset, spelling).await?;
    access::readable_sources(&call, &mut tx, &dataset).await?;
    let comments = adit_corpus::comments_by_uids(&mut tx, call.caller.tenant_id, &uids).await?;
    let seqs: Vec<i64> = comments.values().map(|comment| comment.seq).collect();
    store::remove(&mut tx, stream.id, &seqs).await?;
    tx.commit().await?;
    Reply::done()
}
