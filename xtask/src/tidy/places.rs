//! No file names a folder of somebody's machine.

use super::Finding;
use super::tree::SourceFile;

/// Beginnings of machine paths; written apart so that this file is no finding.
const MACHINE: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// Finds machine paths that stand on their own, not inside an address.
pub(super) fn check(file: &SourceFile, text: &str) -> Vec<Finding> {
    let lines = text.lines().enumerate();
    let mut findings = Vec::new();
    for (idx, line) in lines {
        if let Some(folder) = MACHINE.iter().find(|folder| names(line, folder)) {
            findings.push(Finding::new(&file.relative, idx + 1, format!("names a folder under `{folder}` of some machine")));
        }
    }
    findings
}

fn names(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| c.is_whitespace() || "\"'`(<=:,[".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_paths_are_found_and_routes_are_not() {
        let folder = MACHINE[2];
        assert!(names(&format!("see {folder}me/x"), folder));
        assert!(names(&format!("path={folder}me"), folder));
        assert!(!names(&format!("https://host{folder}x"), folder));
        assert!(!names("no path", folder));
    }
}
