//! A new key for everything that is sealed, while servers go on sealing.
//!
//! Who seals shares a lock with all others who seal, until its transaction ends; who rotates has that lock alone. So a
//! value is either committed before everything is sealed anew, and found, or sealed afterwards, with the key that is
//! the newest by then.

use adit_kernel::{Error, Random, Result};

use super::{Keyring, Sealed};
use crate::{Database, Tx, args};

impl Keyring {
    /// Puts a new key first where the keys are from a file, seals every value of `columns` anew, and drops the old keys
    /// if asked. Stopped at any point, every value still opens. Returns how many values there are.
    ///
    /// # Errors
    /// When a value does not open: then none is changed. When old keys are to be dropped and a value is still sealed
    /// with one of them, or the keys are not from a file: then all keys stay.
    pub async fn rotate(&self, db: &Database, random: &dyn Random, columns: &[Sealed], drops_old: bool) -> Result<usize> {
        if drops_old {
            self.own_file()?;
        }
        let mut tx = db.begin().await?;
        // Of two who rotate at the same time the second finds the first one's key in the file.
        tx.lock_seals(true).await?;
        if self.file.is_some() {
            self.add_key(random)?;
        }
        let n_sealed = self.reseal(&mut tx, random, columns).await?;
        tx.commit().await?;
        if drops_old {
            self.drop_unused(db, columns).await?;
        }
        Ok(n_sealed)
    }

    /// Seals every value of `columns` anew with the newest key. Returns how many.
    ///
    /// # Errors
    /// When a value does not open: then nothing may be committed.
    pub async fn reseal(&self, tx: &mut Tx, random: &dyn Random, columns: &[Sealed]) -> Result<usize> {
        tx.lock_seals(true).await?;
        let mut n_sealed = 0;
        for column in columns {
            let Sealed { table, column: name, id } = column;
            let rows = tx.all(&format!("SELECT {id}, {name} FROM {table} WHERE {name} IS NOT NULL"), vec![]).await?;
            for row in rows {
                let (row, sealed) = (row.id(0)?, row.blob(1)?);
                let fresh = self.seal(tx, random, column, row, &self.open(column, row, &sealed)?).await?;
                tx.execute(&format!("UPDATE {table} SET {name} = $2 WHERE {id} = $1"), args![row, fresh]).await?;
                n_sealed += 1;
            }
        }
        Ok(n_sealed)
    }

    /// Drops all keys of the file but the newest, while nobody can seal and unless a value needs one of them: a server
    /// that reads another file, or its environment, would still seal with them.
    async fn drop_unused(&self, db: &Database, columns: &[Sealed]) -> Result<()> {
        let mut tx = db.begin().await?;
        tx.lock_seals(true).await?;
        self.reload()?;
        for column in columns {
            let Sealed { table, column: name, .. } = column;
            for row in tx.all(&format!("SELECT {name} FROM {table} WHERE {name} IS NOT NULL"), vec![]).await? {
                if !self.is_newest(&row.blob(0)?)? {
                    return Err(Error::conflict(format!(
                        "The old keys stay: `{table}.{name}` holds a value that was sealed with one of them meanwhile. \
                         Does every server read this key file?"
                    )));
                }
            }
        }
        self.drop_old_keys()?;
        tx.commit().await
    }
}
