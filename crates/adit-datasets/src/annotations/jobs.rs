//! What annotations do later.

use adit_corpus::CommentsDeleted;
use adit_jobs::{Job, JobCtx, Registry, emit};
use adit_kernel::{Id, Result};
use serde::{Deserialize, Serialize};

use crate::AnnotationsChanged;
use crate::datasets::datasets_with_source;

/// Deleted comments take their annotations along; tells who learns from these.
///
/// Enqueued by [`CommentsDeleted`]. Running twice asks for the same learning twice, which is one; never running
/// leaves models that know comments that are gone, until the next annotation.
#[derive(Debug, Serialize, Deserialize)]
struct FollowDeletedComments {
    source_id: Id,
}

impl Job for FollowDeletedComments {
    const NAME: &'static str = "follow_deleted_comments";

    fn key(&self) -> String {
        format!("{}:{}", Self::NAME, self.source_id)
    }

    async fn run(self, ctx: JobCtx) -> Result<()> {
        let mut tx = ctx.begin().await?;
        for dataset_id in datasets_with_source(&mut tx, self.source_id).await? {
            emit(&mut tx, &AnnotationsChanged { dataset_id }, ctx.now()).await?;
        }
        ctx.fence(&mut tx).await?;
        tx.commit().await
    }
}

pub(crate) fn jobs() -> Registry {
    Registry::default()
        .job::<FollowDeletedComments>()
        .on::<CommentsDeleted, FollowDeletedComments>(|event| vec![FollowDeletedComments { source_id: event.source_id }])
}
