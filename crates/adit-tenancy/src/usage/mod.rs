//! What a tenant used, by month: what a hosted platform would charge for, counted here for whoever wants to know.

mod meter;
mod store;

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Env, Tx};

pub use meter::Meter;
pub use store::{UsageRow, all};

use crate::quotas::{self, Kind};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Used {
    /// Comments that were new.
    CommentsCreated,
    /// Comments whose text changed.
    CommentsTextChanged,
    /// Documents in requests to predict.
    PredictDocuments,
    /// Documents in requests to predict extractions.
    ExtractionPredictions,
    /// New comments, and ones whose text changed, in requests with `no_charge`.
    CommentsNotCharged,
}

impl Used {
    const fn name(self) -> &'static str {
        match self {
            Self::CommentsCreated => "comments_created",
            Self::CommentsTextChanged => "comments_text_changed",
            Self::PredictDocuments => "predict_documents",
            Self::ExtractionPredictions => "extraction_predictions",
            Self::CommentsNotCharged => "comments_not_charged",
        }
    }
}

/// How many predictions of extractions one process can have counted without having written them, and more.
const NEAR: i64 = 1_000_000;

/// Counts documents whose extractions are about to be predicted. Far from the limit that waits for no disk; near it each
/// request writes its own, one after the other, so that the quota is filled exactly.
///
/// # Errors
/// When the quota `extraction_predictions` has no room for so many: then nothing is counted.
pub async fn admit_extractions(env: &Env, tenant: Id, n_documents: i64) -> Result<()> {
    let (kind, used) = (Kind::ExtractionPredictions, Used::ExtractionPredictions);
    let mut tx = env.read().await?;
    let in_use = total(&mut tx, tenant, used).await?;
    let is_near = quotas::is_near(&mut tx, tenant, kind, in_use, NEAR).await?;
    drop(tx);
    if !is_near {
        env.service::<Meter>()?.count(env, tenant, used, n_documents);
        return Ok(());
    }
    let mut tx = env.begin().await?;
    quotas::hold(&mut tx, tenant, kind).await?;
    let in_use = total(&mut tx, tenant, used).await?;
    quotas::admit(&mut tx, tenant, kind, in_use + n_documents, n_documents).await?;
    add(&mut tx, tenant, used, n_documents, env.now()).await?;
    tx.commit().await
}

/// How much a tenant has used of something, in all months together.
pub async fn total(tx: &mut Tx, tenant: Id, used: Used) -> Result<i64> {
    store::total(tx, tenant, used.name()).await
}

/// Counts in the transaction of what is counted.
pub async fn add(tx: &mut Tx, tenant: Id, used: Used, amount: i64, now: Timestamp) -> Result<()> {
    if amount == 0 {
        return Ok(());
    }
    // `2024-03`: the first seven characters of an RFC 3339 time.
    let month: String = now.to_string().chars().take(7).collect();
    store::add(tx, tenant, &month, used.name(), amount).await
}
