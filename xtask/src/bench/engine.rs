//! The engine alone, without a server: what it learns and how fast, measured by the `bench` example of `adit-ml`.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use super::{machine, tables};
use crate::build;
use crate::paths;

/// The page that quality is kept in.
const QUALITY: &str = "docs/reference/quality.md";
/// The messages with slots, in the folder with the data sets.
const SLOTS: &str = "nlupp_banking/nlupp_banking.jsonl";

/// Flags of `cargo xtask bench quality`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct QualityOptions {
    /// Folder with the data sets; by default `shared/data` beside the checkout, where that exists.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Run only studies whose name contains this; the reference page is then left alone.
    #[arg(long)]
    only: Option<String>,
    /// Put what `--only` measured into the reference page, beside the rows of earlier runs.
    #[arg(long, requires = "only")]
    keep: bool,
}

/// Measures quality on every data set at hand.
pub(super) fn quality(options: &QualityOptions) -> Result<()> {
    let mut args = vec!["quality".to_owned()];
    let data = options.data.clone().or_else(data_beside);
    if let Some(folder) = &data {
        args.extend(["--data".to_owned(), folder.display().to_string()]);
    }
    args.extend(options.only.iter().flat_map(|only| ["--only".to_owned(), only.clone()]));
    let mut table = measured(&args)?;
    let slots = data.map(|folder| folder.join(SLOTS)).filter(|file| file.is_file());
    if let (Some(file), None) = (slots, &options.only) {
        table.push('\n');
        table.push_str(&example("fields", &["table".to_owned(), file.display().to_string()])?);
    }
    println!("{table}");
    match (&options.only, options.keep) {
        (Some(_), false) => Ok(()),
        (Some(_), true) => {
            let page = fs::read_to_string(paths::root().join(QUALITY)).with_context(|| format!("cannot read `{QUALITY}`"))?;
            keep(QUALITY, &tables::merged(&page, &table))
        }
        (None, _) => keep(QUALITY, &quality_page(&table)),
    }
}

fn data_beside() -> Option<PathBuf> {
    let folder = paths::root().parent()?.join("shared/data");
    folder.is_dir().then_some(folder)
}

/// What the example prints.
pub(super) fn measured(args: &[String]) -> Result<String> {
    example("bench", args)
}

/// What an example of `adit-ml` prints.
fn example(name: &str, args: &[String]) -> Result<String> {
    let mut command = build::cargo();
    command.args(["run", "--release", "--package", "adit-ml", "--example", name, "--"]).args(args);
    let output = command.stderr(Stdio::inherit()).output().context("cannot start cargo; install Rust with rustup")?;
    if !output.status.success() {
        bail!("the benchmark failed; its messages are above");
    }
    String::from_utf8(output.stdout).context("the benchmark printed something that is not text")
}

pub(super) fn keep(file: &str, page: &str) -> Result<()> {
    fs::write(paths::root().join(file), page).with_context(|| format!("cannot write `{file}`"))?;
    eprintln!("Written to {file}");
    Ok(())
}

fn quality_page(table: &str) -> String {
    format!(
        "# Quality of the models\n\n\
         Written by `cargo xtask bench quality`; do not edit by hand.\n\
         Machine: {}.\n\n\
         Every engine row goes through `adit_ml::train` and `Model::predict_many`, as the server does; the baselines are fitted in the same run on the same rows.\n\
         Figures are means over draws, in per cent but for the Brier score; in brackets the accuracy of each draw.\n\
         Rows of the training split that a draw did not take are handed to the engine as texts that nobody reviewed, at most as many as the server samples.\n\
         In brackets behind a calibration error is what chance alone would show on so many rows if every probability were exactly right: the mean size of a normal deviation in each of the fifteen bins.\n\
         Thresholds are those that the validation names balanced; a label that it cannot judge has 0.5.\n\
         NLU++: train on folds 0, 7 and 14 and test on the other 19; train on all but two neighbouring folds and test on those.\n\
         Sentiment: the head that knows it from the start, then labels named after what a review is about, learnt on top of a head that saw GoEmotions alone; the sign is judged where people saw one.\n\
         Slots: F1 of values at exactly the marked place, over all 20 folds, each learning alone or testing alone; a message without a value counts as read for its labels.\n\
         Rows may come from several runs (`--only NAME --keep`).\n\n{table}",
        machine::describe()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_command_machine_and_table() {
        let page = quality_page("| Study |\n");
        assert!(page.starts_with("# Quality of the models\n\nWritten by `cargo xtask bench quality`"));
        assert!(page.contains("\nMachine: ") && page.ends_with("\n\n| Study |\n"));
    }
}
