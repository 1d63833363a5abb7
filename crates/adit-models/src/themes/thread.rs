//! `POST /api/preview/datasets/{owner}/{dataset_name}/thread-themes`
//!
//! What a conversation is about: its comments, oldest first, in groups of alike ones.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Kind, Permission, Result, catalogue};
use adit_ml::clustering::topics;
use http::Method;

use super::wire;
use crate::engine::Engine;
use crate::precedence::off_thread;
use crate::predictions::embeddings;

pub(super) static OPERATION: Operation = Operation {
    id: "get_thread_themes",
    method: Method::POST,
    path: "/api/preview/datasets/{owner}/{dataset_name}/thread-themes",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

/// The comments of a conversation that are looked at, from its beginning.
const MAX_COMMENTS: usize = 500;

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::GetThreadThemesRequest = call.json()?;
    let mut tx = call.env.read().await?;
    let dataset = adit_datasets::dataset_at(&mut tx, call.caller.tenant_id, &call.address()?).await?;
    let dataset = dataset.ok_or_else(|| call.no_dataset())?;
    let source = adit_corpus::source_by_id(&mut tx, call.caller.tenant_id, body.source_id).await?;
    let source = source
        .filter(|source| dataset.source_ids.contains(&source.id) && call.caller.may(Permission::SOURCES_READ, &source.owner));
    let source = source.ok_or_else(|| catalogue::no_source(&body.source_id.to_string()))?;
    let mut comments = adit_corpus::comments_of_threads(&mut tx, source.id, &[&body.thread_id]).await?;
    drop(tx);
    if comments.is_empty() {
        let thread = &body.thread_id;
        return Err(Error::new(Kind::Missing, format!("No such thread: the source has no comment in thread `{thread}`.")));
    }
    comments.truncate(MAX_COMMENTS);
    let encoder = call.env.service::<Engine>()?.encoder_of(&dataset);
    let vectors = embeddings::of_comments(&call.env, &encoder, &comments).await?;
    let texts: Vec<String> = comments.iter().map(|comment| comment.model_text()).collect();
    let found = off_thread(move || {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let vectors: Vec<&[f32]> = vectors.iter().map(Vec::as_slice).collect();
        topics(&texts, &vectors)
    })
    .await?;
    let thread_themes =
        found.into_iter().map(|topic| wire::ThreadTheme { description: topic.name, comment_indices: topic.items }).collect();
    Reply::ok(wire::GetThreadThemesResponse { thread_themes })
}
