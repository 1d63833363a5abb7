//! Buckets as they stand on the wire.

use adit_kernel::{Id, Timestamp};
use serde::{Deserialize, Serialize};

use super::store;

/// `CreateBucketRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct CreateBucketRequest {
    pub(super) bucket: BucketNew,
}

/// `BucketNew`; the only type of bucket is `emails`, which the contract's model already demands.
#[derive(Debug, Deserialize)]
pub(super) struct BucketNew {
    pub(super) title: Option<String>,
}

/// `UpdateBucketRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct UpdateBucketRequest {
    pub(super) bucket: BucketUpdate,
}

/// `BucketUpdate`; what is absent keeps its value.
#[derive(Debug, Deserialize)]
pub(super) struct BucketUpdate {
    pub(super) title: Option<String>,
    pub(super) last_updated_by: Option<BucketUpdatedBy>,
}

/// `BucketUpdatedBy`: which shard of which appliance configuration fills the bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BucketUpdatedBy {
    pub(super) config_owner: String,
    pub(super) config_key: String,
    pub(super) shard_index: i64,
    pub(super) num_shards: i64,
}

/// `Bucket`.
#[derive(Debug, Serialize)]
pub(super) struct Bucket {
    id: Id,
    owner: String,
    name: String,
    title: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated_by: Option<BucketUpdatedBy>,
}

impl From<store::Bucket> for Bucket {
    fn from(bucket: store::Bucket) -> Self {
        Self {
            id: bucket.id,
            owner: bucket.owner,
            name: bucket.name,
            title: bucket.title,
            created_at: bucket.created_at,
            updated_at: bucket.updated_at,
            last_updated_by: bucket.updated_by,
        }
    }
}

/// The reply that holds one bucket.
#[derive(Debug, Serialize)]
pub(super) struct BucketResponse {
    pub(super) bucket: Bucket,
}

/// The reply that holds many.
#[derive(Debug, Serialize)]
pub(super) struct BucketsResponse {
    pub(super) buckets: Vec<Bucket>,
}
