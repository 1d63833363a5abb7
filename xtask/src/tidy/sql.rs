//! SQL lives in `store.rs` files, in the storage rooms and in tests; nowhere else.

use std::path::Path;

use super::Finding;
use super::tree::SourceFile;

/// How a statement begins; written apart so that this file is no finding.
const STATEMENTS: [&str; 4] =
    [concat!("SEL", "ECT "), concat!("INS", "ERT "), concat!("UPD", "ATE "), concat!("DEL", "ETE FROM")];
/// Crates whose business is storage.
const STORAGE_ROOMS: [&str; 2] = ["adit-store", "adit-jobs"];

/// Finds string literals that begin like a statement.
pub(super) fn check(file: &SourceFile, text: &str) -> Vec<Finding> {
    let Some(name) = file.crate_name() else { return Vec::new() };
    if STORAGE_ROOMS.contains(&name) || may_hold_sql(&file.relative) {
        return Vec::new();
    }
    let lines = literals(text).filter(|(_, literal)| STATEMENTS.iter().any(|statement| literal.starts_with(statement)));
    lines.map(|(line, _)| Finding::new(&file.relative, line, "SQL belongs in this noun's `store.rs`")).collect()
}

fn may_hold_sql(path: &Path) -> bool {
    path.iter().any(|part| {
        let part = part.to_string_lossy();
        let stem = part.split('.').next().unwrap_or_default();
        stem == "store" || stem == "tests" || stem.starts_with("tests_")
    })
}

/// What follows each quotation mark outside comment lines, with its line.
fn literals(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut line_begins = 0;
    let starts = text.split_inclusive('\n').enumerate().flat_map(move |(idx, line)| {
        let begins = line_begins;
        line_begins += line.len();
        let is_comment = line.trim_start().starts_with("//");
        let quotes = line.match_indices('"').map(move |(at, _)| (idx + 1, begins + at + 1));
        quotes.filter(move |_| !is_comment)
    });
    starts.filter_map(|(line, at)| Some((line, text.get(at..)?.trim_start_matches([' ', '\n', '\\', '\t']))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_text(file: &str, text: &str) -> Vec<usize> {
        check(&SourceFile::named(file), text).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn statements_are_found_in_any_kind_of_literal() {
        let query = STATEMENTS[0];
        let text = format!("let a = \"{query}1\";\n// \"{query}\nlet b = r#\"\n    {query}2\"#;\nlet c = \"{}\";", query.trim());
        assert_eq!(check_text("crates/adit-x/src/y/create.rs", &text), [1, 3]);
    }

    #[test]
    fn stores_and_tests_may_hold_sql() {
        let text = format!("\"{}x\"", STATEMENTS[3]);
        for file in ["y/store.rs", "y/store/page.rs", "y/tests.rs", "y/tests_store.rs", "y/tests/a.rs"] {
            assert!(check_text(&format!("crates/adit-x/src/{file}"), &text).is_empty(), "{file}");
        }
        assert!(check_text("crates/adit-store/src/migrate.rs", &text).is_empty());
        assert_eq!(check_text("crates/adit-x/src/storefront.rs", &text), [1]);
    }
}
