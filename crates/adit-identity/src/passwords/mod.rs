//! Local passwords: kept as Argon2id digests.

pub(crate) mod change;
mod forgot;
mod hash;
mod rules;
mod set;
mod store;

use adit_kernel::{Id, Result, Timestamp};
use adit_store::Tx;
use adit_tenancy::users::UserRow;

pub(crate) use hash::is_right;
pub(crate) use store::{find_account, find_disabled, hash_of};

use crate::site::Route;
use crate::{devices, links};

/// The routes on passwords.
pub(crate) fn routes() -> Vec<&'static Route> {
    vec![&change::ROUTE, &forgot::ROUTE, &set::ROUTE]
}

/// The jobs of this noun.
pub(crate) fn jobs() -> adit_jobs::Registry {
    adit_jobs::Registry::default().job::<forgot::SendResetLink>()
}

/// Gives a user a password that keeps the rules.
///
/// # Errors
/// Invalid for a password that is too short, too long or the user's own name.
async fn set_password(tx: &mut Tx, user: &UserRow, password: &str, salt: [u8; 16], now: Timestamp) -> Result<()> {
    rules::check(password, &user.username, &user.email)?;
    let hash = hash::make(password.to_owned(), salt).await?;
    store::set(tx, user.id, &hash, now).await?;
    // Who knew the old password keeps nothing of it, and no other link sets yet another one.
    links::end_all(tx, user.id).await?;
    devices::forget_all(tx, user.id).await
}

/// Whether `password` is the user's; takes as long for a user without one.
pub(crate) async fn check(tx: &mut Tx, user: Id, password: String) -> Result<bool> {
    let stored = hash_of(tx, user).await?;
    is_right(password, stored).await
}
