//! An operation file's first line and its `OPERATION` say the same method and path.

use super::Finding;
use super::tree::SourceFile;

const MARK: &str = "OPERATION: Operation";

/// Compares the header with the constant.
pub(super) fn check(file: &SourceFile, text: &str) -> Option<Finding> {
    file.crate_name()?;
    let (before, constant) = text.split_once(MARK)?;
    let line = before.lines().count();
    let Some(expected) = header_of(constant) else {
        return Some(Finding::new(
            &file.relative,
            line,
            "`OPERATION` must state `method: Method::X` and `path: \"…\"` literally",
        ));
    };
    let header = text.lines().next().unwrap_or_default();
    (header != expected).then(|| Finding::new(&file.relative, 1, format!("the first line must be {expected}")))
}

fn header_of(constant: &str) -> Option<String> {
    let constant = constant.split_once("};").map_or(constant, |(constant, _)| constant);
    let (_, method) = constant.split_once("method: Method::")?;
    let method: String = method.chars().take_while(char::is_ascii_alphabetic).collect();
    let (_, path) = constant.split_once("path: \"")?;
    let (path, _) = path.split_once('"')?;
    Some(format!("//! `{} {path}`", method.to_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "pub const OPERATION: Operation = Operation { method: Method::POST, path: \"/api/v1/x/{y}\", serve };\n";

    fn check_text(header: &str) -> Option<Finding> {
        check(&SourceFile::named("crates/adit-x/src/a.rs"), &format!("{header}\n{BODY}"))
    }

    #[test]
    fn the_header_equals_the_constant() {
        assert_eq!(check_text("//! `POST /api/v1/x/{y}`"), None);
        assert!(check_text("//! `PUT /api/v1/x/{y}`").is_some());
        assert!(check_text("//! Creates an x.").is_some());
    }

    #[test]
    fn files_without_an_operation_are_left_alone() {
        assert_eq!(check(&SourceFile::named("crates/adit-x/src/a.rs"), "//! Rules.\n"), None);
    }
}
