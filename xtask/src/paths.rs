//! Where things lie: the repository, its crates, a user's cache, temporary folders.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The root of the checkout this program was built from.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// Where a build in CI keeps its products, so that a fresh checkout finds them again.
pub(crate) fn ci_target_dir() -> Option<PathBuf> {
    cache_dir_of_user().map(|cache| cache.join("adit/target"))
}

/// Where the user's programs keep what they can get again.
pub(crate) fn cache_dir_of_user() -> Option<PathBuf> {
    cache_dir(env::var_os("XDG_CACHE_HOME"), env::var_os("HOME"))
}

fn cache_dir(xdg: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let given = xdg.map(PathBuf::from).filter(|path| path.is_absolute());
    given.or_else(|| home.filter(|home| !home.is_empty()).map(|home| PathBuf::from(home).join(".cache")))
}

/// The first program of that name on the `PATH`.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// A folder of our own that disappears with this value.
pub(crate) struct TempFolder(PathBuf);

impl TempFolder {
    /// Creates an empty folder whose name starts with `adit-<purpose>`.
    pub(crate) fn new(purpose: &str) -> io::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("adit-{purpose}-{}-{n}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        // A leftover in the temporary folder is not worth a failure.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_xdg_then_home_then_nothing() {
        let xdg = Some(OsString::from("/x"));
        let home = Some(OsString::from("/h"));
        assert_eq!(cache_dir(xdg, home.clone()), Some(PathBuf::from("/x")));
        assert_eq!(cache_dir(Some(OsString::from("relative")), home.clone()), Some(PathBuf::from("/h/.cache")));
        assert_eq!(cache_dir(None, home), Some(PathBuf::from("/h/.cache")));
        assert_eq!(cache_dir(None, None), None);
    }

    #[test]
    fn a_temporary_folder_goes_with_its_value() {
        let folder = TempFolder::new("paths-test").unwrap();
        let path = folder.path().to_path_buf();
        fs::write(path.join("x"), "x").unwrap();
        drop(folder);
        assert!(!path.exists());
    }
}
