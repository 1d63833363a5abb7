//! Secrets at rest: sealed with a key that is not in the database, so that a copy of the database opens nothing.
//!
//! ChaCha20-Poly1305; a sealed value names its key and is bound to the row and column it belongs to.

mod rotation;

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::{fs, io};

use adit_kernel::{Error, Id, Random, Result};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

use crate::Tx;

const FORMAT: u8 = 1;
const KEY_BYTES: usize = 32;
const KEY_ID_BYTES: usize = 4;
const HEADER_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_LEN;

/// A column of sealed values, keyed by a `BIGINT` column.
#[derive(Debug, Clone, Copy)]
pub struct Sealed {
    /// The table.
    pub table: &'static str,
    /// The column with the sealed value.
    pub column: &'static str,
    /// The column that identifies the row.
    pub id: &'static str,
}

impl Sealed {
    /// What a value of this column is bound to: moved to another row it does not open.
    fn place(&self, row: Id) -> String {
        format!("{}.{}:{row}", self.table, self.column)
    }
}

struct Key {
    id: [u8; KEY_ID_BYTES],
    aead: LessSafeKey,
}

/// The keys that seal and open: the first seals, all open.
pub struct Keyring {
    file: Option<PathBuf>,
    keys: RwLock<Vec<Key>>,
}

impl Keyring {
    /// Keys written as 64 hexadecimal digits each, the newest first, separated by white space or commas.
    ///
    /// # Errors
    /// When there is none or one is malformed.
    pub fn parse(text: &str) -> Result<Self> {
        Ok(Self { file: None, keys: RwLock::new(parse_keys(text)?) })
    }

    /// The keys of a file; a new one, readable by its owner only, when there is no file.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds no key.
    pub fn in_file(file: &Path, random: &dyn Random) -> Result<Self> {
        if !file.exists() {
            write_private(file, &new_key(random)).map_err(|e| Error::wrap("cannot write the key file", e))?;
        }
        let keys = RwLock::new(read_keys(file)?);
        Ok(Self { file: Some(file.to_owned()), keys })
    }

    /// Seals a value of one row with the newest key. It must be written in `tx`: until that ends, nobody rotates the keys.
    ///
    /// # Errors
    /// Internal, only if the key file cannot be read or the cipher itself refuses.
    pub async fn seal(&self, tx: &mut Tx, random: &dyn Random, column: &Sealed, row: Id, secret: &[u8]) -> Result<Vec<u8>> {
        tx.lock_seals(false).await?;
        // Another process may have rotated the keys.
        self.reload()?;
        self.seal_with_newest(random, column, row, secret)
    }

    fn seal_with_newest(&self, random: &dyn Random, column: &Sealed, row: Id, secret: &[u8]) -> Result<Vec<u8>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.first().ok_or_else(|| Error::internal("there is no key to seal with"))?;
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut body = secret.to_vec();
        let place = column.place(row);
        key.aead
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place.as_bytes()), &mut body)
            .map_err(|_| Error::internal("a secret cannot be sealed"))?;
        let mut sealed = Vec::with_capacity(HEADER_BYTES + body.len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(&key.id);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    /// Opens a value of one row.
    ///
    /// # Errors
    /// Internal when the value was sealed with a key that is not here, for another row, or was changed.
    pub fn open(&self, column: &Sealed, row: Id, sealed: &[u8]) -> Result<Vec<u8>> {
        let key_id = key_of(sealed)?;
        if !self.has(key_id) {
            self.reload()?;
        }
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.iter().find(|key| key.id == *key_id).ok_or_else(|| {
            Error::internal(format!("`{}.{}` is sealed with a key that is not in the key file", column.table, column.column))
        })?;
        let (head, body) = sealed.split_at(HEADER_BYTES);
        let nonce = Nonce::try_assume_unique_for_key(&head[1 + KEY_ID_BYTES..]).map_err(|_| Error::internal("a bad nonce"))?;
        let mut body = body.to_vec();
        let place = column.place(row);
        let opened = key.aead.open_in_place(nonce, Aad::from(place.as_bytes()), &mut body);
        opened
            .map(|plain| plain.to_vec())
            .map_err(|_| Error::internal(format!("`{place}` does not open: it was changed or moved")))
    }

    /// Whether a value is sealed with the newest key.
    fn is_newest(&self, sealed: &[u8]) -> Result<bool> {
        let key_id = key_of(sealed)?;
        Ok(self.keys.read().unwrap_or_else(PoisonError::into_inner).first().is_some_and(|key| key.id == *key_id))
    }

    fn has(&self, id: &[u8]) -> bool {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).iter().any(|key| key.id == id)
    }

    fn reload(&self) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let fresh = read_keys(file)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Puts a new key before the others of the file; they still open what they sealed.
    ///
    /// # Errors
    /// When the keys are not from a file, or it cannot be written.
    fn add_key(&self, random: &dyn Random) -> Result<()> {
        let file = self.own_file()?;
        let text = fs::read_to_string(file).map_err(|e| Error::wrap("cannot read the key file", e))?;
        write_private(file, &format!("{}{text}", new_key(random))).map_err(|e| Error::wrap("cannot write the key file", e))?;
        self.reload()
    }

    /// Drops all keys of the file but the newest.
    ///
    /// # Errors
    /// When the keys are not from a file, or it cannot be written.
    fn drop_old_keys(&self) -> Result<()> {
        let file = self.own_file()?;
        let text = fs::read_to_string(file).map_err(|e| Error::wrap("cannot read the key file", e))?;
        let newest = words(&text).next().ok_or_else(|| Error::internal("the key file holds no key"))?;
        write_private(file, &format!("{newest}\n")).map_err(|e| Error::wrap("cannot write the key file", e))?;
        self.reload()
    }

    fn own_file(&self) -> Result<&Path> {
        let no_file = || Error::invalid("The keys come from the environment: change them there, the newest first.");
        self.file.as_deref().ok_or_else(no_file)
    }
}

fn key_of(sealed: &[u8]) -> Result<&[u8]> {
    if sealed.len() < HEADER_BYTES || sealed[0] != FORMAT {
        return Err(Error::internal("a sealed value is malformed"));
    }
    Ok(&sealed[1..=KEY_ID_BYTES])
}

fn new_key(random: &dyn Random) -> String {
    let mut key = [0; KEY_BYTES];
    random.fill(&mut key);
    format!("{}\n", hex::encode(key))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty())
}

fn parse_keys(text: &str) -> Result<Vec<Key>> {
    let keys: Vec<Key> = words(text).map(parse_key).collect::<Result<_>>()?;
    if keys.is_empty() {
        return Err(Error::invalid("There is no key: 64 hexadecimal digits are expected."));
    }
    Ok(keys)
}

fn parse_key(word: &str) -> Result<Key> {
    // The word itself is a secret and stays out of the message.
    let malformed = || Error::invalid("A key is malformed: 64 hexadecimal digits are expected.");
    let bytes = hex::decode(word).map_err(|_| malformed())?;
    if bytes.len() != KEY_BYTES {
        return Err(malformed());
    }
    let digest = Sha256::new().chain_update(b"adit key id").chain_update(&bytes).finalize();
    let mut id = [0; KEY_ID_BYTES];
    id.copy_from_slice(&digest[..KEY_ID_BYTES]);
    let unbound = UnboundKey::new(&CHACHA20_POLY1305, &bytes).map_err(|_| malformed())?;
    Ok(Key { id, aead: LessSafeKey::new(unbound) })
}

fn read_keys(file: &Path) -> Result<Vec<Key>> {
    let text = fs::read_to_string(file).map_err(|e| Error::wrap("cannot read the key file", e))?;
    parse_keys(&text)
}

/// Writes beside the file and renames, so that a crash leaves the old keys or the new ones, never half of them.
fn write_private(file: &Path, text: &str) -> io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let beside = file.with_extension("new");
    let mut out = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    fs::rename(&beside, file)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use adit_kernel::{Id, SeededRandom};

    use super::{Keyring, Sealed};

    const COLUMN: Sealed = Sealed { table: "t", column: "secret", id: "id" };

    #[test]
    fn a_sealed_value_opens_in_its_own_row_only_and_unchanged_only() {
        let random = SeededRandom::new(1);
        let ring = Keyring::parse(&"ab".repeat(32)).unwrap();
        let sealed = ring.seal_with_newest(&random, &COLUMN, Id::new(1), b"secret").unwrap();
        assert_eq!(ring.open(&COLUMN, Id::new(1), &sealed).unwrap(), b"secret");
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_ne!(sealed, ring.seal_with_newest(&random, &COLUMN, Id::new(1), b"secret").unwrap());
        assert!(ring.open(&COLUMN, Id::new(2), &sealed).is_err());
        assert!(ring.open(&Sealed { column: "other", ..COLUMN }, Id::new(1), &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(ring.open(&COLUMN, Id::new(1), &changed).is_err(), "byte {at}");
        }
        assert!(ring.open(&COLUMN, Id::new(1), b"").is_err());
        assert!(Keyring::parse(&"cd".repeat(32)).unwrap().open(&COLUMN, Id::new(1), &sealed).is_err());
    }

    #[test]
    fn malformed_keys_are_refused_without_repeating_them() {
        for text in ["", "  ", "abcd", &"zz".repeat(32)] {
            let error = Keyring::parse(text).err().unwrap();
            assert!(text.trim().is_empty() || !error.message().contains(text), "{error}");
        }
    }

    #[test]
    fn a_rotated_file_opens_old_values_until_its_old_keys_are_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        let random = SeededRandom::new(1);
        let ring = Keyring::in_file(&file, &random).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let old = ring.seal_with_newest(&random, &COLUMN, Id::new(1), b"secret").unwrap();
        // A process that was started before sees the keys of another's rotation.
        let other = Keyring::in_file(&file, &random).unwrap();
        ring.add_key(&random).unwrap();
        let new = ring.seal_with_newest(&random, &COLUMN, Id::new(1), b"secret").unwrap();
        assert_eq!(other.open(&COLUMN, Id::new(1), &new).unwrap(), b"secret");
        assert_eq!(ring.open(&COLUMN, Id::new(1), &old).unwrap(), b"secret");
        ring.drop_old_keys().unwrap();
        assert!(ring.open(&COLUMN, Id::new(1), &old).is_err());
        assert_eq!(ring.open(&COLUMN, Id::new(1), &new).unwrap(), b"secret");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
