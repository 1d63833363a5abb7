//! `docs/security.md` names only tests that exist, and at least one for every point of the OWASP list.

use std::path::{Path, PathBuf};

const DOCUMENT: &str = include_str!("../../../../docs/security.md");

/// Every Rust file below a folder.
fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

/// What stands in backticks and is a path of Rust names: `module::name`.
fn names(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    quoted.filter(|word| word.contains("::") && word.split("::").all(is_name)).collect()
}

/// Whether a line is a row of the OWASP list: `| API7 …`.
fn is_point(line: &str) -> bool {
    line.strip_prefix("| API").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The texts of files that belong to a module: `x.rs`, and all files of a folder `x`.
fn of_module<'a>(files: &'a [(PathBuf, String)], module: &str) -> Vec<&'a str> {
    let belongs = |path: &Path| {
        path.file_stem().is_some_and(|stem| stem == module) || path.parent().is_some_and(|folder| folder.ends_with(module))
    };
    files.iter().filter(|(path, _)| belongs(path)).map(|(_, text)| text.as_str()).collect()
}

#[test]
fn every_claim_about_security_names_something_that_exists() {
    let mut paths = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut paths);
    let files: Vec<(PathBuf, String)> = paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path, text)
        })
        .collect();
    let is_test = |name: &str| {
        let (module, function) = name.rsplit_once("::").unwrap();
        let module = module.rsplit("::").next().unwrap();
        let head = format!("fn {function}(");
        // The attribute stands at most two lines above.
        let marked = |text: &str| {
            text.match_indices(&head)
                .any(|(at, _)| text[..at].lines().rev().take(3).any(|line| line.contains("test]") || line.contains("::test(")))
        };
        of_module(&files, module).into_iter().any(marked)
    };
    let exists = |name: &str| {
        let (module, last) = name.rsplit_once("::").unwrap();
        let module = module.rsplit("::").next().unwrap();
        let head = format!("fn {last}(");
        of_module(&files, module).iter().any(|text| text.contains(&head) || text.contains(&format!("mod {last};")))
    };
    let unknown: Vec<&str> = names(DOCUMENT).into_iter().filter(|name| !exists(name)).collect();
    assert!(unknown.is_empty(), "docs/security.md names what does not exist: {unknown:#?}");
    let rows: Vec<&str> = DOCUMENT.lines().filter(|line| is_point(line)).collect();
    assert_eq!(rows.len(), 10, "the OWASP list has ten points");
    for row in rows {
        let tests: Vec<&str> = names(row).into_iter().filter(|name| is_test(name)).collect();
        assert!(!tests.is_empty(), "no test is named in: {row}");
    }
}

#[test]
fn names_are_found_among_other_words() {
    assert_eq!(names("as `a::b_1` and `fuzz` and `Type::x` show, `c::d::e`"), ["a::b_1", "c::d::e"]);
}
