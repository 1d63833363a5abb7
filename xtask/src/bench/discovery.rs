//! `cargo xtask bench discovery`: themes, doubtful annotations and the learning loop, by the example of `adit-ml`.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use super::machine;
use crate::build;
use crate::paths;

const FILE: &str = "docs/reference/discovery.md";

/// What the example prints: names with numbers.
type Figures = BTreeMap<String, f64>;

/// Measures, prints the table and keeps it in the reference.
pub(super) fn run() -> Result<()> {
    let mut figures = Figures::new();
    for part in ["themes", "errors", "loop"] {
        eprintln!("Measuring {part} …");
        figures.extend(measured(part)?);
    }
    let page = page(&machine::describe(), &figures)?;
    println!("{page}");
    fs::write(paths::root().join(FILE), page).with_context(|| format!("cannot write `{FILE}`"))?;
    eprintln!("Written to {FILE}");
    Ok(())
}

fn measured(part: &str) -> Result<Figures> {
    let mut command = build::cargo();
    command.args(["run", "--release", "--package", "adit-ml", "--example", "discovery", "--", part]);
    let output = command.stderr(Stdio::inherit()).output().context("cannot start cargo; install Rust with rustup")?;
    if !output.status.success() {
        bail!("the benchmark failed; its messages are above");
    }
    Ok(parse(&String::from_utf8_lossy(&output.stdout)))
}

fn parse(text: &str) -> Figures {
    let pair = |line: &str| {
        let (name, value) = line.trim().split_once(' ')?;
        Some((name.to_owned(), value.parse().ok()?))
    };
    text.lines().filter_map(pair).collect()
}

fn page(machine: &str, figures: &Figures) -> Result<String> {
    let value = |name: &str| figures.get(name).copied().with_context(|| format!("the benchmark printed no `{name}`"));
    let percent = |name: &str| Ok::<String, anyhow::Error>(format!("{:.1} %", 100.0 * value(name)?));
    let mut out = String::from("# Discovery on BANKING77\n\n");
    out.push_str("Written by `cargo xtask bench discovery`; do not edit by hand.\n");
    out.push_str(&format!("Machine: {machine}.\n"));
    out.push_str("10 003 training questions with 77 intents, the default encoder, the code that serves.\n");
    out.push_str(
        "In each round somebody says the truth about the 30 times 12 comments shown, then the themes are computed anew.\n\n",
    );
    out.push_str("| Measure | Figure | Bar |\n|---|--:|---|\n");
    out.push_str(&format!("| purity of the themes, three rounds | {} | ≥ 70 % |\n", percent("purity")?));
    out.push_str(&format!("| intents met in three rounds | {} | ≥ 60 % |\n", percent("intents_met")?));
    for (name, of) in [("all", "10 003 reviewed"), ("quarter", "2 501 reviewed")] {
        for (kind, by) in [("check", "check"), ("missed", "missed"), ("either", "either")] {
            let found = percent(&format!("errors_{name}_by_{kind}"))?;
            out.push_str(&format!(
                "| of 5 % wrong annotations, found by {by} in its first 20 a label, {of} | {found} | ≥ 50 % |\n"
            ));
        }
    }
    out.push_str("\nLearning by the product's own loop: a quarter at most from themes, three comments of each, a fifth in random order, the rest by teach, page by page, low confidence at the end.\n");
    out.push_str("Accuracy on the 3 080 test questions, mean of three seeds, against random comments; the bar is as good with six tenths of them.\n\n");
    out.push_str("| Random | Accuracy | Loop | Accuracy | Bar met |\n|--:|--:|--:|--:|---|\n");
    let mut claims = String::new();
    for n in [1_000, 1_500, 2_000] {
        let n_own = n * 6 / 10;
        let (random, own) = (mean(figures, &format!("random_{n}_seed_"))?, mean(figures, &format!("loop_{n_own}_seed_"))?);
        let is_met = if own >= random { "yes" } else { "no" };
        out.push_str(&format!("| {n} | {random:.1} | {n_own} | {own:.1} | {is_met} |\n"));
        for (how, name) in [("at random", format!("random_{n}")), ("the loop", format!("loop_{n_own}"))] {
            let of = |what: &str| mean(figures, &format!("{what}_{name}_seed_"));
            let (claimed, true_map) = (of("claimed")?, of("true")?);
            let n = if how == "the loop" { n_own } else { n };
            claims.push_str(&format!("| {n} | {how} | {claimed:.3} | {true_map:.3} | {:+.3} |\n", claimed - true_map));
        }
    }
    out.push_str(
        "\nWhat the validation claims then, against the truth: mean average precision over the same labels, mean of three seeds.\n\n| Comments | Found by | Claimed | On the test questions | Difference |\n|--:|---|--:|--:|--:|\n",
    );
    out.push_str(&claims);
    Ok(out)
}

fn mean(figures: &Figures, prefix: &str) -> Result<f64> {
    let values: Vec<f64> = figures.iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, value)| *value).collect();
    if values.is_empty() {
        bail!("the benchmark printed no `{prefix}…`");
    }
    Ok(values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_become_a_page_and_a_missing_one_is_named() {
        let mut text = String::from("  Card | x 3/12\npurity 0.9\nintents_met 0.93\n");
        for name in ["all", "quarter"] {
            for kind in ["check", "missed", "either"] {
                text.push_str(&format!("errors_{name}_by_{kind} 0.5\n"));
            }
        }
        for n in [1_000, 1_500, 2_000] {
            let n_own = n * 6 / 10;
            text.push_str(&format!("random_{n}_seed_0 80.0\nrandom_{n}_seed_1 82\nloop_{n_own}_seed_0 81.5\n"));
            for name in [format!("random_{n}"), format!("loop_{n_own}")] {
                text.push_str(&format!("claimed_{name}_seed_0 0.8\ntrue_{name}_seed_0 0.85\n"));
            }
        }
        let figures = parse(&text);
        let page = page("A machine", &figures).unwrap();
        assert!(
            page.contains("| purity of the themes, three rounds | 90.0 % |")
                && page.contains("| 1000 | 81.0 | 600 | 81.5 | yes |")
                && page.contains("| 600 | the loop | 0.800 | 0.850 | -0.050 |")
        );
        let error = super::page("A machine", &Figures::new()).unwrap_err();
        assert!(error.to_string().contains("purity"), "{error}");
    }
}
