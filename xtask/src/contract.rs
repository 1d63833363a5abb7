//! `cargo xtask contract report`: what of the frozen surface is served.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::paths;

/// Questions about the contract.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Count served and pending operations by area.
    Report,
}

/// The part of a contract entry the automation needs.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Route {
    /// The operation's id.
    pub(crate) operation_id: String,
    /// Its heading.
    pub(crate) area: String,
}

/// Every operation, in the order of the contract.
pub(crate) fn routes() -> Result<Vec<Route>> {
    let text = fs::read_to_string(paths::root().join("contract/routes.json")).context("cannot read `contract/routes.json`")?;
    serde_json::from_str(&text).context("`contract/routes.json` does not parse")
}

/// Operation ids on the pending list; comments and blank lines are left out.
pub(crate) fn pending_ids(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(idx, line)| (idx + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// Runs the question.
pub(crate) fn run(command: &Command) -> Result<()> {
    match command {
        Command::Report => {
            let pending = fs::read_to_string(paths::root().join("contract/pending.txt")).unwrap_or_default();
            print!("{}", report(&routes()?, &pending));
        }
    }
    Ok(())
}

fn report(routes: &[Route], pending: &str) -> String {
    let pending: BTreeSet<&str> = pending_ids(pending).map(|(_, id)| id).collect();
    let mut areas: Vec<(&str, usize, usize)> = Vec::new();
    for route in routes {
        let idx = areas.iter().position(|(area, ..)| *area == route.area).unwrap_or_else(|| {
            areas.push((&route.area, 0, 0));
            areas.len() - 1
        });
        let Some((_, served, waiting)) = areas.get_mut(idx) else { continue };
        let count = if pending.contains(route.operation_id.as_str()) { waiting } else { served };
        *count += 1;
    }
    let n_served: usize = areas.iter().map(|(_, served, _)| served).sum();
    let n_pending: usize = areas.iter().map(|(_, _, waiting)| waiting).sum();
    areas.push(("Total", n_served, n_pending));
    let mut out = format!("{:<34} {:>6} {:>7}\n", "Area", "served", "pending");
    for (area, served, waiting) in areas {
        out.push_str(&format!("{area:<34} {served:>6} {waiting:>7}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_counts_by_area() {
        let route = |id: &str, area: &str| Route { operation_id: id.to_owned(), area: area.to_owned() };
        let routes = [route("a", "X"), route("b", "X"), route("c", "Y")];
        let report = report(&routes, "# note\nb\n\nc\n");
        let rows: Vec<Vec<&str>> = report.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows[1..], [vec!["X", "1", "1"], vec!["Y", "0", "1"], vec!["Total", "1", "2"]]);
    }

    #[test]
    fn the_repository_contract_has_218_operations() {
        assert_eq!(routes().unwrap().len(), 218);
    }
}
