//! `adit admin rotate-key`: all secrets in the database under a new key.

use adit_store::seal::Keyring;

use crate::cli::RotateKey;
use crate::wiring::{self, described};

/// A new key in the file first, then everything sealed anew in one transaction, then the old keys away if asked.
/// Killed in between, nothing is lost: the file holds every key that the database needs.
pub(super) async fn rotate(options: RotateKey) -> anyhow::Result<()> {
    let env = wiring::open_current(&options.store).await?;
    let keyring = env.service::<Keyring>().map_err(described)?;
    let is_from_file = options.store.secret_keys.is_none();
    if is_from_file {
        keyring.add_key(env.random.as_ref()).map_err(described)?;
    }
    let mut tx = env.begin().await.map_err(described)?;
    let columns = wiring::all_sealed_columns();
    let n_sealed = keyring.reseal(&mut tx, env.random.as_ref(), &columns).await.map_err(described)?;
    tx.commit().await.map_err(described)?;
    if options.drop_old {
        keyring.drop_old_keys().map_err(described)?;
    }
    println!("{n_sealed} secrets are sealed with the newest key");
    Ok(())
}
