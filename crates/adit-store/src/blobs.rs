//! Large bytes, addressed by their SHA-256, in a folder or any other object store.

use std::path::Path as FilePath;
use std::sync::Arc;

use adit_kernel::{Error, Result};
use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem, memory::InMemory, path::Path};
use sha2::{Digest, Sha256};

/// The blob store. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
}

impl Blobs {
    /// Blobs in the folder `root`, which is created.
    pub fn in_folder(root: &FilePath) -> Result<Self> {
        std::fs::create_dir_all(root).map_err(|e| Error::wrap("cannot create the blob folder", e))?;
        let store = LocalFileSystem::new_with_prefix(root).map_err(|e| Error::wrap("cannot open the blob folder", e))?;
        Ok(Self { store: Arc::new(store.with_fsync(true)) })
    }

    /// Blobs in memory, for tests.
    pub fn in_memory() -> Self {
        Self { store: Arc::new(InMemory::new()) }
    }

    /// Stores `bytes` and returns their digest (64 hex digits). Storing the same bytes twice is one blob.
    pub async fn put(&self, bytes: Vec<u8>) -> Result<String> {
        let digest = hex::encode(Sha256::digest(&bytes));
        let path = path_of(&digest);
        if self.store.head(&path).await.is_ok() {
            return Ok(digest);
        }
        self.store.put(&path, Bytes::from(bytes).into()).await.map_err(|e| Error::wrap("cannot store a blob", e))?;
        Ok(digest)
    }

    /// The bytes behind a digest, checked against it; `None` when there is no such blob.
    pub async fn get(&self, digest: &str) -> Result<Option<Vec<u8>>> {
        let found = match self.store.get(&path_of(digest)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(e) => return Err(Error::wrap("cannot read a blob", e)),
        };
        let bytes = found.bytes().await.map_err(|e| Error::wrap("cannot read a blob", e))?.to_vec();
        if hex::encode(Sha256::digest(&bytes)) != digest {
            return Err(Error::internal(format!("blob {digest} is damaged")));
        }
        Ok(Some(bytes))
    }

    /// Removes a blob; an absent one is fine.
    pub async fn delete(&self, digest: &str) -> Result<()> {
        match self.store.delete(&path_of(digest)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(Error::wrap("cannot delete a blob", e)),
        }
    }
}

fn path_of(digest: &str) -> Path {
    Path::from(format!("{}/{digest}", digest.get(..2).unwrap_or("xx")))
}
