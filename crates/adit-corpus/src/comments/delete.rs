//! `DELETE /api/v1/sources/{owner}/{source_name}/comments`
//!
//! Deletes comments for good, with everything said about them. Unknown ids are ignored.

use adit_http::{AddressKind, Call, Needs, Operation, Query, Reply};
use adit_jobs::emit;
use adit_kernel::{Error, Permission, Result, catalogue};
use http::Method;

use super::rules::MAX_DELETED;
use super::store::write;
use crate::events::CommentsDeleted;
use crate::sources::source_at;
use crate::usage::count_comments;

pub(super) static OPERATION: Operation = Operation {
    id: "delete_comment",
    method: Method::DELETE,
    path: "/api/v1/sources/{owner}/{source_name}/comments",
    needs: Needs::In(AddressKind::Source, &[Permission::SOURCES_ADD_COMMENTS]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut ids = call.query.list("id", "ids");
    if ids.is_empty() {
        return Err(Error::invalid("`id` is required: name the comments to delete."));
    }
    if ids.len() > MAX_DELETED {
        return Err(catalogue::too_many("id", MAX_DELETED));
    }
    let now = call.env.now();
    let mut tx = call.env.begin().await?;
    let source = source_at(&mut tx, call.caller.tenant_id, &call.address()?).await?.ok_or_else(|| call.no_source())?;
    if let Some(parts) = Query::split_joined(&ids) {
        // One value with a comma is an id if there is such a comment, and a joined list otherwise.
        let literal: Vec<&str> = ids.iter().map(String::as_str).collect();
        if write::existing(&mut tx, source.id, &literal).await?.is_empty() {
            ids = parts;
        }
    }
    if ids.len() > MAX_DELETED {
        return Err(catalogue::too_many("id", MAX_DELETED));
    }
    let wanted: Vec<&str> = ids.iter().map(String::as_str).collect();
    let n_deleted = write::delete(&mut tx, source.id, &wanted).await?;
    if n_deleted > 0 {
        count_comments(&mut tx, &source, -i64::try_from(n_deleted).unwrap_or(i64::MAX)).await?;
        write::touch_source(&mut tx, &source, now).await?;
        emit(&mut tx, &CommentsDeleted { source_id: source.id }, now).await?;
        tx.commit().await?;
    }
    Reply::done()
}
