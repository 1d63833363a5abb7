//! `cargo xtask bench learn`: how fast the engine is, part by part, each beside the usual Python stack on the same rows.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::figures::thousands;
use super::{engine, machine, tables};
use crate::paths::{self, TempFolder};

const FILE: &str = "docs/reference/learning-speed.md";
const PEER: &str = "bench/peers/learn.py";

/// Flags of `cargo xtask bench learn`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct LearnOptions {
    /// Reviewed comments to train on, one run for each number.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000])]
    sizes: Vec<usize>,
    /// The Python that has sentence-transformers and scikit-learn; without these Adit is measured alone.
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Measure only this part, `encode`, `predict` or `fit-N`, and put its rows into the reference page beside the others.
    #[arg(long)]
    only: Option<String>,
}

/// Names with numbers, as both programs print them.
type Figures = BTreeMap<String, f64>;

/// Measures, prints the table and keeps it in the reference.
pub(super) fn run(options: &LearnOptions) -> Result<()> {
    let folder = TempFolder::new("learn").context("cannot make a temporary folder")?;
    let has_peer = has_packages(&options.python);
    if !has_peer {
        eprintln!("`{}` has no sentence-transformers and scikit-learn; only Adit is measured", options.python.display());
    }
    let mut parts = vec!["encode".to_owned()];
    parts.extend(options.sizes.iter().map(|n| format!("fit-{n}")));
    parts.push("predict".to_owned());
    if let Some(only) = &options.only {
        parts.retain(|part| part == only);
        ensure!(!parts.is_empty(), "`--only {only}` names no part; say `encode`, `predict` or `fit-N` with a size N");
    }
    let (mut own, mut peer) = (Figures::new(), Figures::new());
    for part in &parts {
        eprintln!("Measuring {part} …");
        let export = folder.path().display().to_string();
        let args = ["learn", "--part", part, "--export", &export].map(str::to_owned);
        own.extend(parse(&engine::measured(&args)?));
        if has_peer {
            peer.extend(parse(&of_peer(&options.python, folder.path(), part)?));
        }
    }
    let page = page(&machine::describe(), &parts, &own, &peer)?;
    println!("{page}");
    if options.only.is_none() {
        return engine::keep(FILE, &page);
    }
    let kept = fs::read_to_string(paths::root().join(FILE)).with_context(|| format!("cannot read `{FILE}`"))?;
    engine::keep(FILE, &tables::merged(&kept, &page))
}

fn has_packages(python: &Path) -> bool {
    let mut command = Command::new(python);
    command.args(["-c", "import sentence_transformers, sklearn"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn of_peer(python: &Path, folder: &Path, part: &str) -> Result<String> {
    let mut command = Command::new(python);
    // As many threads as the engine has.
    command.envs(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"].map(|name| (name, "2")));
    command.arg(paths::root().join(PEER)).arg(folder).arg(part);
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start `{}`", python.display()))?;
    if !output.status.success() {
        bail!("`{PEER}` failed; its messages are above");
    }
    String::from_utf8(output.stdout).context("the peer printed something that is not text")
}

fn parse(text: &str) -> Figures {
    let pair = |line: &str| {
        let (name, value) = line.trim().split_once(' ')?;
        Some((name.to_owned(), value.parse().ok()?))
    };
    text.lines().filter_map(pair).collect()
}

fn page(machine: &str, parts: &[String], own: &Figures, peer: &Figures) -> Result<String> {
    let mut out = String::from("# How fast Adit learns\n\n");
    out.push_str("Written by `cargo xtask bench learn`; do not edit by hand.\n");
    out.push_str(&format!("Machine: {machine}.\n\n"));
    out.push_str("Two threads, every part in a process of its own, Adit and Python one after the other on the same rows.\n");
    out.push_str("Python is sentence-transformers with the same weights in single precision, and scikit-learn's logistic regression over the vectors, or over the vectors beside TF-IDF.\n");
    out.push_str("Adit's training chooses settings, calibrates on held-out fifths, validates and fits all rows; Python fits four fifths, scores the last one, and fits all rows.\n");
    out.push_str("A refit begins at the fits of the training before, as in a server that goes on running.\n");
    out.push_str(
        "Rows are BANKING77; beyond its 10 003 the same again with other vectors near by. More labels than 77 split these.\n",
    );
    out.push_str("Parts may come from several runs (`--only PART`); the two of a row are of one.\n");
    out.push_str("The last column is how many times faster Adit is.\n\n");
    out.push_str("| Measure | Adit | Python | Times faster |\n|---|--:|--:|--:|\n");
    for part in parts {
        match part.strip_prefix("fit-").and_then(|n| n.parse().ok()) {
            Some(n) => fit_rows(&mut out, n, own, peer)?,
            None if part == "encode" => encode_rows(&mut out, own, peer)?,
            None => predict_rows(&mut out, own, peer)?,
        }
    }
    for part in parts {
        let what = match part.strip_prefix("fit-").and_then(|n| n.parse().ok()) {
            Some(n) => format!("train, {} reviewed", thousands(n)),
            None => part.clone(),
        };
        let key = format!("{part}_peak_mib");
        let mib = |value: f64| format!("{} MiB", thousands(value as u64));
        let other = peer.get(&key).map(|other| mib(*other));
        row(&mut out, &format!("largest memory: {what}"), &mib(find(own, &key)?), other, None);
    }
    Ok(out)
}

fn encode_rows(out: &mut String, own: &Figures, peer: &Figures) -> Result<()> {
    for (name, what) in [("short", "short texts"), ("long", "texts of about 128 tokens")] {
        for (kind, how) in [("single", "one at a time"), ("batch", "batches of 64")] {
            let key = format!("encode_{name}_{kind}");
            let value = find(own, &key)?;
            let rate = |value: f64| format!("{} texts/s", thousands(value.round() as u64));
            let other = peer.get(&key);
            let times = other.map(|other| value / other);
            row(out, &format!("encode {what}, {how}"), &rate(value), other.map(|other| rate(*other)), times);
        }
    }
    Ok(())
}

fn fit_rows(out: &mut String, n: u64, own: &Figures, peer: &Figures) -> Result<()> {
    for n_labels in [77, 200] {
        let title = format!("{} reviewed, {n_labels} labels", thousands(n));
        let (cold, warm) = (find(own, &format!("fit_{n}_{n_labels}_cold"))?, find(own, &format!("fit_{n}_{n_labels}_warm"))?);
        let mut compared = |what: &str, value: f64, kind: &str| {
            let other = peer.get(&format!("fit_{n}_{n_labels}_{kind}"));
            let times = other.map(|other| other / value);
            row(out, &format!("{what}, {title}"), &seconds(value), other.map(|other| seconds(*other)), times);
        };
        compared("train and validate, vectors and words", cold, "both");
        compared("the same against vectors alone", cold, "vectors");
        row(out, &format!("refit after 20 more, {title}"), &seconds(warm), None, None);
    }
    Ok(())
}

fn predict_rows(out: &mut String, own: &Figures, peer: &Figures) -> Result<()> {
    for (key, n, kind) in [("predict_once", "100 000", "predict_both"), ("predict_many", "1 000 000 (the same ten times)", "")] {
        let value = find(own, key)?;
        let other = peer.get(kind);
        let times = other.map(|other| other / value);
        row(out, &format!("predict {n} rows × 100 labels"), &seconds(value), other.map(|other| seconds(*other)), times);
    }
    Ok(())
}

fn find(figures: &Figures, name: &str) -> Result<f64> {
    figures.get(name).copied().with_context(|| format!("the benchmark printed no `{name}`"))
}

fn seconds(value: f64) -> String {
    format!("{value:.2} s")
}

fn row(out: &mut String, what: &str, own: &str, peer: Option<String>, times: Option<f64>) {
    let dash = || "–".to_owned();
    let times = times.map_or_else(dash, |times| format!("{times:.1}"));
    out.push_str(&format!("| {what} | {own} | {} | {times} |\n", peer.unwrap_or_else(dash)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_rows_and_a_ratio_where_both_were_measured() {
        let mut own =
            parse("encode_short_single 300.0\nencode_short_batch 1200\nencode_long_single 100\nencode_long_batch 200\n");
        own.extend(parse("fit_10_77_cold 2.0\nfit_10_77_warm 1.0\nfit_10_200_cold 4\nfit_10_200_warm 2\n"));
        own.extend(parse("predict_once 3.5\npredict_many 35\nencode_peak_mib 100\nfit-10_peak_mib 200\npredict_peak_mib 300\n"));
        let peer = parse("fit_10_77_both 8.0\n");
        let parts = ["encode", "fit-10", "predict"].map(str::to_owned);
        let page = page("a machine", &parts, &own, &peer).unwrap_or_default();
        assert!(
            page.contains("| train and validate, vectors and words, 10 reviewed, 77 labels | 2.00 s | 8.00 s | 4.0 |\n"),
            "{page}"
        );
        assert!(page.contains("| encode short texts, batches of 64 | 1 200 texts/s | – | – |\n"), "{page}");
        own.remove("predict_once");
        assert!(super::page("a machine", &parts, &own, &peer).is_err(), "a missing figure is an error");
        let alone = super::page("a machine", &parts[..1], &own, &peer).unwrap_or_default();
        assert!(
            alone.contains("| encode short") && alone.contains("memory: encode") && !alone.contains("reviewed, 77"),
            "{alone}"
        );
    }
}
