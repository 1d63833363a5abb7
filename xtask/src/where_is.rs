//! `cargo xtask where <noun>`: every file of a noun, wherever it lives.

use std::path::Path;

use anyhow::{Result, bail};

use crate::paths;
use crate::tidy::tree;

/// Prints the files of the noun, one a line.
pub(crate) fn run(noun: &str) -> Result<()> {
    let noun = noun.to_lowercase().replace('-', "_");
    let root = paths::root();
    let mut found: Vec<_> = tree::files(&root)?.into_iter().filter(|file| belongs(&file.relative, &noun)).collect();
    found.sort_by(|a, b| a.relative.cmp(&b.relative));
    if found.is_empty() {
        bail!("no file belongs to `{noun}`; nouns are spelled as in `contract/`, in the plural");
    }
    for file in found {
        println!("{}", file.relative.display());
    }
    Ok(())
}

/// A folder of that name, a file of that name, or a migration of that noun.
fn belongs(path: &Path, noun: &str) -> bool {
    path.iter().any(|part| {
        let part = part.to_string_lossy().to_lowercase().replace('-', "_");
        let stem = part.split('.').next().unwrap_or_default();
        let is_migration = part.ends_with(".sql") && stem.split_once('_').is_some_and(|(_, rest)| starts_with_noun(rest, noun));
        stem == noun || is_migration
    })
}

fn starts_with_noun(text: &str, noun: &str) -> bool {
    text.strip_prefix(noun).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noun_owns_its_folder_its_file_and_its_migrations() {
        let check = |path: &str| belongs(Path::new(path), "streams");
        assert!(check("crates/adit-streams/src/streams/fetch.rs"));
        assert!(check("docs/reference/streams.md"));
        assert!(check("crates/adit-streams/migrations/0031_streams_create.sql"));
        assert!(check("crates/adit-streams/migrations/0031_streams.sqlite.sql"));
        assert!(!check("crates/adit-streams/src/lib.rs"));
        assert!(!check("crates/adit-corpus/migrations/0002_streamsets.sql"));
    }
}
