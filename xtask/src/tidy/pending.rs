//! The pending list is sorted, holds each operation once, and names only real ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::Finding;
use crate::contract;

const FILE: &str = "contract/pending.txt";

/// Checks the list; without one, everything is served.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let Ok(text) = fs::read_to_string(root.join(FILE)) else { return Ok(Vec::new()) };
    let known: BTreeSet<String> = contract::routes()?.into_iter().map(|route| route.operation_id).collect();
    Ok(check_text(&text, &known))
}

fn check_text(text: &str, known: &BTreeSet<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut previous = "";
    for (line, id) in contract::pending_ids(text) {
        let file = Path::new(FILE);
        if !known.contains(id) {
            findings.push(Finding::new(file, line, format!("`{id}` is not an operation of the contract")));
        }
        if id == previous {
            findings.push(Finding::new(file, line, format!("`{id}` is listed twice")));
        } else if id < previous {
            findings.push(Finding::new(file, line, format!("`{id}` must stand before `{previous}`")));
        }
        previous = id;
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_repetition_and_unknown_ids_are_found() {
        let known: BTreeSet<String> = ["a", "b", "c"].into_iter().map(str::to_owned).collect();
        let lines = |text: &str| check_text(text, &known).iter().map(|finding| finding.line).collect::<Vec<_>>();
        assert_eq!(lines("a\nb\nc\n"), Vec::<usize>::new());
        assert_eq!(lines("b\na\n"), [2]);
        assert_eq!(lines("a\na\n"), [2]);
        assert_eq!(lines("a\nx\n"), [2]);
    }
}
