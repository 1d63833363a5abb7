//! Brings the search index up to the comments of a source, and takes out what was deleted.
//!
//! Enqueued when comments are written or deleted. Run twice it finds nothing to do; never run, new comments are not
//! found by their words.

use std::collections::HashSet;

use adit_jobs::{Job, JobCtx};
use adit_kernel::{Error, Id, Result};
use adit_models::Engine;
use serde::{Deserialize, Serialize};

use super::store::{self, Indexed};
use super::terms::{Language, index_terms};

/// Comments looked at, and written, in one go.
const PAGE: usize = 2_000;
const CHUNK: usize = 250;

/// The job.
#[derive(Debug, Serialize, Deserialize)]
pub struct IndexSource {
    /// The source.
    pub source_id: Id,
}

impl Job for IndexSource {
    const NAME: &'static str = "index_source";
    const STEPS_BACK: bool = true;

    fn key(&self) -> String {
        format!("index_source:{}", self.source_id)
    }

    async fn run(self, ctx: JobCtx) -> Result<()> {
        let mut after = 0;
        loop {
            let mut tx = ctx.read().await?;
            let page = adit_corpus::versions(&mut tx, &[self.source_id], after, PAGE).await?;
            let (Some((first, _)), Some((last, _))) = (page.first(), page.last()) else { break };
            let known = store::versions(&mut tx, *first, *last).await?;
            drop(tx);
            after = *last;
            let stale: Vec<i64> =
                page.iter().filter(|(seq, version)| known.get(seq) != Some(version)).map(|(seq, _)| *seq).collect();
            for chunk in stale.chunks(CHUNK) {
                ctx.service::<Engine>()?.make_way().await;
                self.index(&ctx, chunk).await?;
                if ctx.is_cancelled() {
                    return Err(Error::internal("the job was asked to stop"));
                }
            }
        }
        loop {
            let mut tx = ctx.begin().await?;
            let orphans = store::orphans(&mut tx, CHUNK as i64).await?;
            if orphans.is_empty() {
                return Ok(());
            }
            ctx.fence(&mut tx).await?;
            store::forget(&mut tx, &orphans).await?;
            tx.commit().await?;
        }
    }
}

impl IndexSource {
    async fn index(&self, ctx: &JobCtx, seqs: &[i64]) -> Result<()> {
        let mut tx = ctx.read().await?;
        let comments = adit_corpus::comments_by_seqs(&mut tx, seqs).await?;
        let language = adit_corpus::language_of(&mut tx, self.source_id).await?;
        drop(tx);
        let language = Language::of_tag(&language.unwrap_or_default());
        let indexed = comments.iter().map(|comment| Indexed {
            seq: comment.seq,
            version: comment.version,
            terms: index_terms(comment, language),
        });
        let indexed: Vec<Indexed> = indexed.collect();
        let mut tx = ctx.begin().await?;
        ctx.fence(&mut tx).await?;
        // A comment deleted since it was read must not stay behind.
        let alive: HashSet<i64> = adit_corpus::comments_by_seqs(&mut tx, seqs).await?.iter().map(|comment| comment.seq).collect();
        let alive: Vec<Indexed> = indexed.into_iter().filter(|one| alive.contains(&one.seq)).collect();
        store::put(&mut tx, &alive).await?;
        tx.commit().await
    }
}
