//! Crate edges: who may import whom, as the house's table says.

use super::Finding;
use super::tree::SourceFile;

/// Rooms every area stands on.
const GROUND: [&str; 4] = ["adit-kernel", "adit-store", "adit-jobs", "adit-http"];

/// What a crate may name under `[dependencies]`.
enum Allowed {
    /// Nothing of ours but these.
    Only(&'static [&'static str]),
    /// The ground rooms and these.
    Area(&'static [&'static str]),
    /// Everything but what serves tests only.
    Product,
    /// Everything.
    Everything,
}

fn allowed(name: &str) -> Option<Allowed> {
    Some(match name {
        "adit-kernel" => Allowed::Only(&[]),
        "adit-ml" | "adit-mail" | "adit-store" => Allowed::Only(&["adit-kernel"]),
        "adit-jobs" => Allowed::Only(&["adit-kernel", "adit-store"]),
        "adit-http" => Allowed::Only(&["adit-kernel", "adit-store", "adit-jobs"]),
        "adit-web" => Allowed::Only(&["adit-kernel", "adit-http"]),
        "adit-testing" => Allowed::Only(&GROUND),
        "adit-tenancy" => Allowed::Area(&[]),
        "adit-identity" => Allowed::Area(&["adit-tenancy"]),
        "adit-corpus" => Allowed::Area(&["adit-tenancy", "adit-mail"]),
        "adit-datasets" => Allowed::Area(&["adit-tenancy", "adit-corpus"]),
        "adit-models" => Allowed::Area(&["adit-tenancy", "adit-corpus", "adit-datasets", "adit-ml"]),
        "adit-generative" => Allowed::Area(&["adit-tenancy", "adit-corpus", "adit-datasets", "adit-models"]),
        "adit-streams" | "adit-insight" => {
            Allowed::Area(&["adit-tenancy", "adit-corpus", "adit-datasets", "adit-models", "adit-generative"])
        }
        "adit-ixp" => Allowed::Area(&["adit-tenancy", "adit-corpus", "adit-datasets", "adit-models", "adit-ml", "adit-mail"]),
        "adit" => Allowed::Product,
        "adit-conformance" => Allowed::Everything,
        "xtask" => Allowed::Only(&[]),
        _ => return None,
    })
}

fn may_import(rule: &Allowed, dependency: &str) -> bool {
    match rule {
        Allowed::Only(list) => list.contains(&dependency),
        Allowed::Area(lower) => GROUND.contains(&dependency) || lower.contains(&dependency),
        Allowed::Product => !["adit-testing", "adit-conformance"].contains(&dependency),
        Allowed::Everything => true,
    }
}

/// Compares a manifest with the table.
pub(super) fn check(file: &SourceFile, text: &str) -> Vec<Finding> {
    let is_xtask = file.relative.starts_with("xtask");
    let Some(name) = file.crate_name().or(is_xtask.then_some("xtask")) else { return Vec::new() };
    let Some(rule) = allowed(name) else {
        return vec![Finding::new(&file.relative, 1, format!("`{name}` is not in the table of crate edges; add it to tidy"))];
    };
    let forbidden = dependencies(text).filter(|(_, dependency)| !may_import(&rule, dependency));
    forbidden
        .map(|(line, dependency)| Finding::new(&file.relative, line, format!("`{name}` must not depend on `{dependency}`")))
        .collect()
}

/// Our crates under `[dependencies]`, with their lines.
fn dependencies(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_inside = false;
    text.lines().enumerate().filter_map(move |(idx, line)| {
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            is_inside = section == "dependencies";
            let name = section.strip_prefix("dependencies.")?;
            return is_ours(name).then_some((idx + 1, name));
        }
        let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
        (is_inside && is_ours(name)).then_some((idx + 1, name))
    })
}

fn is_ours(name: &str) -> bool {
    name.starts_with("adit-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_manifest(file: &str, text: &str, expected: &[&str]) {
        let found: Vec<String> = check(&SourceFile::named(file), text).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn upward_edges_are_found() {
        let text = "[dependencies]\nadit-kernel.workspace = true\nadit-models = { workspace = true }\nserde = \"1\"\n";
        let file = "crates/adit-corpus/Cargo.toml";
        check_manifest(file, text, &["crates/adit-corpus/Cargo.toml:3: `adit-corpus` must not depend on `adit-models`"]);
    }

    #[test]
    fn own_tables_count_and_dev_dependencies_do_not() {
        let text = "[dependencies.adit-http]\nworkspace = true\n[dev-dependencies]\nadit-testing.workspace = true\n";
        check_manifest(
            "crates/adit-ml/Cargo.toml",
            text,
            &["crates/adit-ml/Cargo.toml:1: `adit-ml` must not depend on `adit-http`"],
        );
    }

    #[test]
    fn an_unknown_crate_must_be_added_to_the_table() {
        assert_eq!(check(&SourceFile::named("crates/adit-new/Cargo.toml"), "").len(), 1);
        assert!(check(&SourceFile::named("Cargo.toml"), "").is_empty());
    }

    #[test]
    fn the_product_never_ships_test_support() {
        assert!(!may_import(&Allowed::Product, "adit-testing"));
        assert!(may_import(&Allowed::Product, "adit-models"));
    }
}
