//! Relative links of Markdown files lead somewhere.

use std::path::Path;

use super::Finding;
use super::tree::SourceFile;

/// Follows every relative link outside code.
pub(super) fn check(root: &Path, file: &SourceFile, text: &str) -> Vec<Finding> {
    let folder = root.join(&file.relative).parent().map(Path::to_path_buf).unwrap_or_default();
    let dead = links(text).into_iter().filter(|(_, target)| !folder.join(target).exists());
    dead.map(|(line, target)| Finding::new(&file.relative, line, format!("the link `{target}` leads nowhere"))).collect()
}

/// Targets of relative links without their anchors, with their lines.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut is_code = false;
    let mut found = Vec::new();
    for (idx, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            let Some(target) = line.get(at + 2..).and_then(|rest| rest.split(')').next()) else { continue };
            let target = target.split('#').next().unwrap_or_default();
            let is_relative = !target.is_empty() && !target.contains(':') && !target.starts_with('/');
            let is_inline_code = line.get(..at).is_some_and(|before| before.matches('`').count() % 2 == 1);
            if is_relative && !is_inline_code {
                found.push((idx + 1, target));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_relative_links_outside_code_are_followed() {
        let text = "[a](b.md#c) and [x](https://x.test) [y](#here)\n```\n[z](z.md)\n```\n`[q](q.md)` [r](../r.md)\n";
        assert_eq!(links(text), [(1, "b.md"), (5, "../r.md")]);
    }
}
