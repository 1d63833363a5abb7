//! What a tenant has of this area, for its quotas.

mod store;

use adit_kernel::{Id, Result};
use adit_store::Tx;
use adit_tenancy::quotas::{Kind, admit, hold, hold_near};

use crate::sources::Source;

/// More comments than all requests at the same time can add: so near to its limit a tenant's requests add one after the other.
const NEAR: i64 = 1_000_000;

/// How many sources, comments and buckets a tenant has.
pub async fn usage(tx: &mut Tx, tenant: Id) -> Result<Vec<(Kind, i64)>> {
    let counts = store::counts(tx, tenant).await?;
    Ok(vec![
        (Kind::Sources, counts.n_sources),
        (Kind::Comments, counts.n_comments),
        (Kind::CommentsPerSource, counts.n_comments_most),
        (Kind::Buckets, store::count_buckets(tx, tenant).await?),
    ])
}

/// Fails unless one more source may be created.
pub(crate) async fn admit_source(tx: &mut Tx, tenant: Id) -> Result<()> {
    hold(tx, tenant, Kind::Sources).await?;
    let used = store::counts(tx, tenant).await?.n_sources + 1;
    admit(tx, tenant, Kind::Sources, used, 1).await
}

/// Fails unless one more bucket may be created.
pub(crate) async fn admit_bucket(tx: &mut Tx, tenant: Id) -> Result<()> {
    hold(tx, tenant, Kind::Buckets).await?;
    let used = store::count_buckets(tx, tenant).await? + 1;
    admit(tx, tenant, Kind::Buckets, used, 1).await
}

/// Counts new comments, or with a negative number deleted ones; fails unless they fit.
pub(crate) async fn count_comments(tx: &mut Tx, source: &Source, added: i64) -> Result<()> {
    let tenant = source.tenant_id;
    let in_source = store::add_comments(tx, tenant, source.id, added).await?;
    if added > 0 {
        admit(tx, tenant, Kind::CommentsPerSource, in_source, added).await?;
        let mut in_tenant = store::counts(tx, tenant).await?.n_comments;
        if hold_near(tx, tenant, Kind::Comments, in_tenant, NEAR).await? {
            in_tenant = store::counts(tx, tenant).await?.n_comments;
        }
        admit(tx, tenant, Kind::Comments, in_tenant, added).await?;
    }
    Ok(())
}
