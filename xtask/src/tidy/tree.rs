//! The files of the checkout that people wrote.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Folders that hold products, data or other people's work.
const SKIPPED: [&str; 6] = ["target", "data", "assets", "node_modules", "dist", "snapshots"];

/// One file, by its place in the repository.
pub(crate) struct SourceFile {
    /// Relative to the root.
    pub(crate) relative: PathBuf,
    absolute: PathBuf,
}

impl SourceFile {
    /// The text, or `None` for a binary or vanished file.
    pub(crate) fn text(&self) -> Option<String> {
        String::from_utf8(fs::read(&self.absolute).ok()?).ok()
    }

    /// The file's name.
    pub(crate) fn name(&self) -> &str {
        self.relative.file_name().and_then(OsStr::to_str).unwrap_or_default()
    }

    /// The file's extension, empty if it has none.
    pub(crate) fn extension(&self) -> &str {
        self.relative.extension().and_then(OsStr::to_str).unwrap_or_default()
    }

    /// The crate's folder name for a file under `crates/`.
    pub(crate) fn crate_name(&self) -> Option<&str> {
        let mut parts = self.relative.iter();
        (parts.next()? == "crates").then(|| parts.next()?.to_str()).flatten()
    }

    #[cfg(test)]
    pub(crate) fn named(relative: &str) -> Self {
        Self { relative: PathBuf::from(relative), absolute: PathBuf::from(relative) }
    }
}

/// Every file below the root that could be tracked, in no particular order.
/// In a second work tree `.git` is a file, and its own business.
pub(crate) fn files(root: &Path) -> Result<Vec<SourceFile>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            let kind = entry.file_type()?;
            if kind.is_dir() {
                if !is_skipped(&path) {
                    folders.push(path);
                }
            } else if kind.is_file() && entry.file_name() != ".git" {
                let relative = path.strip_prefix(root).unwrap_or(&path).to_path_buf();
                found.push(SourceFile { relative, absolute: path });
            }
        }
    }
    Ok(found)
}

fn is_skipped(folder: &Path) -> bool {
    let name = folder.file_name().and_then(OsStr::to_str).unwrap_or_default();
    SKIPPED.contains(&name) || name == ".git" || name == "adit-data" || name.starts_with("adit-data-") || name == "__pycache__"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_knows_its_crate() {
        assert_eq!(SourceFile::named("crates/adit-ml/src/lib.rs").crate_name(), Some("adit-ml"));
        assert_eq!(SourceFile::named("xtask/src/main.rs").crate_name(), None);
    }

    #[test]
    fn products_and_data_are_skipped() {
        assert!(is_skipped(Path::new("a/target")));
        assert!(is_skipped(Path::new("adit-data-2")));
        assert!(!is_skipped(Path::new("crates/adit")));
        assert!(!is_skipped(Path::new("crates/adit-datasets")));
    }
}
