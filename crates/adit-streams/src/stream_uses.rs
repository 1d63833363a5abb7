//! Tells the area of models which versions streams hold on to.

use std::sync::Arc;

use adit_kernel::{Id, Result};
use adit_models::{StreamUse, StreamUses};
use adit_store::Tx;
use async_trait::async_trait;

use crate::streams::streams_using_version;

struct FromTheTable;

#[async_trait]
impl StreamUse for FromTheTable {
    async fn streams_using(&self, tx: &mut Tx, dataset: Id, version: u32) -> Result<Vec<String>> {
        streams_using_version(tx, dataset, version).await
    }
}

/// The service that models ask before a version is unpinned; the binary puts it into the environment.
pub fn stream_uses() -> StreamUses {
    StreamUses(Arc::new(FromTheTable))
}
