//! Every Rust file begins by saying what it is.

use super::Finding;
use super::tree::SourceFile;

/// The first line must be a module comment.
pub(super) fn check(file: &SourceFile, text: &str) -> Option<Finding> {
    let is_good = text.starts_with("//! ") && text.lines().next().is_some_and(|line| line.len() > 4);
    (!is_good).then(|| Finding::new(&file.relative, 1, "begin with `//!` and one line that says what this file is"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_header_is_found() {
        let file = SourceFile::named("a.rs");
        assert!(check(&file, "//! What it is.\n").is_none());
        assert!(check(&file, "use std::fs;\n").is_some());
        assert!(check(&file, "//! \n").is_some());
        assert!(check(&file, "").is_some());
    }
}
