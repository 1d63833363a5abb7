//! Quotas: how much of everything a tenant may have, held against every creation.

mod get;
mod get_for_tenant;
mod kinds;
mod reset;
mod set;
mod set_for_tenant;
mod store;
mod view;
mod wire;

use adit_http::Operation;
use adit_kernel::{Error, Id, Kind as ErrorKind, Result};
use adit_store::{Migration, Tx};
use futures_util::future::BoxFuture;

pub use kinds::Kind;
pub(crate) use store::forget_tenant;

use crate::{projects, usage, users};

/// Tells how much a tenant has of some kinds; for kinds that are counted per thing, how much the fullest thing has.
pub type Usage = for<'a> fn(&'a mut Tx, Id) -> BoxFuture<'a, Result<Vec<(Kind, i64)>>>;

/// How the areas tell what is in use. A service of the environment.
#[derive(Clone, Default)]
pub struct Usages(pub Vec<Usage>);

/// The operations on quotas.
pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![&get::OPERATION, &set::OPERATION, &get_for_tenant::OPERATION, &set_for_tenant::OPERATION, &reset::OPERATION]
}

/// The tables of quotas and usage; they refer to no other, so that areas can be tested with them alone.
pub fn migrations() -> [Migration; 2] {
    [
        Migration { number: 105, name: "quotas", sql: include_str!("../../migrations/0105_quotas.sql") },
        Migration { number: 111, name: "quota locks", sql: include_str!("../../migrations/0111_quota_locks.sql") },
    ]
}

/// What is in use of the kinds that belong to this area.
pub async fn own_usage(tx: &mut Tx, tenant: Id) -> Result<Vec<(Kind, i64)>> {
    Ok(vec![
        (Kind::Projects, projects::count(tx, tenant).await?),
        (Kind::Users, users::count(tx, tenant).await?),
        (Kind::ExtractionPredictions, usage::total(tx, tenant, usage::Used::ExtractionPredictions).await?),
    ])
}

/// Makes others that create something of the kind in the tenant wait until this transaction ends: to be called before
/// what is in use is counted, so that two at the same time do not both find room for one.
pub async fn hold(tx: &mut Tx, tenant: Id, kind: Kind) -> Result<()> {
    store::lock(tx, tenant, kind).await
}

/// Like [`hold`], but only when fewer than `distance` are left below the limit: for what is created often and by many.
/// `distance` must be more than what all requests at the same time can add.
pub async fn hold_near(tx: &mut Tx, tenant: Id, kind: Kind, used: i64, distance: i64) -> Result<bool> {
    let is_near = is_near(tx, tenant, kind, used, distance).await?;
    if is_near {
        store::lock(tx, tenant, kind).await?;
    }
    Ok(is_near)
}

/// Whether fewer than `distance` are left below the limit.
pub(crate) async fn is_near(tx: &mut Tx, tenant: Id, kind: Kind, used: i64, distance: i64) -> Result<bool> {
    let limit = store::limit(tx, tenant, kind).await?.map_or(kind.default_limit(), |limit| limit.hard);
    Ok(used.saturating_add(distance) > limit)
}

/// Fails unless `used`, which includes what is about to be added, is within the tenant's limit. `added` says how much
/// of it is new: who is above a limit that was lowered may keep, but not add.
///
/// # Errors
/// 403 that names the quota, the limit and what is in use.
pub async fn admit(tx: &mut Tx, tenant: Id, kind: Kind, used: i64, added: i64) -> Result<()> {
    if added <= 0 {
        return Ok(());
    }
    let limit = store::limit(tx, tenant, kind).await?.map_or(kind.default_limit(), |limit| limit.hard);
    if used <= limit {
        return Ok(());
    }
    let before = used - added;
    Err(Error::new(
        ErrorKind::Forbidden,
        format!("Quota `{}` exceeded: the limit is {limit}, {before} are in use and {added} would be added.", kind.name()),
    ))
}
