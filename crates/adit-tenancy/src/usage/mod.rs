//! What a tenant used, by month: what a hosted platform would charge for, counted here for whoever wants to know.

mod meter;
mod store;

use adit_kernel::{Id, Result, Timestamp};
use adit_store::Tx;

pub use meter::Meter;
pub use store::{UsageRow, all};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Used {
    /// Comments that were new.
    CommentsCreated,
    /// Comments whose text changed.
    CommentsTextChanged,
    /// Documents in requests to predict.
    PredictDocuments,
    /// New comments, and ones whose text changed, in requests with `no_charge`.
    CommentsNotCharged,
}

impl Used {
    const fn name(self) -> &'static str {
        match self {
            Self::CommentsCreated => "comments_created",
            Self::CommentsTextChanged => "comments_text_changed",
            Self::PredictDocuments => "predict_documents",
            Self::CommentsNotCharged => "comments_not_charged",
        }
    }
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
