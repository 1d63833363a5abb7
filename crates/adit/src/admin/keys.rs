//! `adit admin rotate-key`: all secrets in the database under a new key.

use adit_store::seal::Keyring;

use crate::cli::RotateKey;
use crate::wiring::{self, described};

/// A new key in the file first, then everything sealed anew in one transaction, then the old keys away if asked.
/// Killed in between, nothing is lost: the file holds every key that the database needs.
pub(super) async fn rotate(options: RotateKey) -> anyhow::Result<()> {
    let env = wiring::open_current(&options.store).await?;
    let keyring = env.service::<Keyring>().map_err(described)?;
    let columns = wiring::all_sealed_columns();
    let n_sealed = keyring.rotate(&env.db, env.random.as_ref(), &columns, options.drop_old).await.map_err(described)?;
    println!("{n_sealed} secrets are sealed with the newest key");
    Ok(())
}
