//! `cargo xtask bench`: what the release build does on this machine.

use anyhow::Result;

mod corpus;
mod discovery;
mod engine;
mod figures;
mod learn;
mod learning;
mod machine;
mod memory;
mod predicting;
mod report;
mod serve;
mod streaming;
mod tables;
mod themes;

/// What to measure.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Start, ingest, memory, prediction, streams and learning of `adit serve`.
    Serve(Options),
    /// Themes, doubtful annotations and the learning loop on BANKING77.
    Discovery,
    /// Accuracy, F1, precision and calibration of the models, next to cheap baselines.
    Quality(engine::QualityOptions),
    /// How fast the engine encodes, trains and predicts, side by side with Python where that has what it takes.
    Learn(learn::LearnOptions),
}

/// Flags of `cargo xtask bench serve`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Comments to upload.
    #[arg(long, default_value_t = 20_000)]
    comments: usize,
    /// Upload 110 000 comments, and review 100 000 of them with 100 labels.
    #[arg(long)]
    full: bool,
}

impl Options {
    fn n_comments(&self) -> usize {
        if self.full { 110_000 } else { self.comments.max(1_000) }
    }
}

/// Measures, prints the table and keeps it in the reference.
pub(crate) fn run(command: &Command) -> Result<()> {
    match command {
        Command::Serve(options) => serve::run(options.n_comments()),
        Command::Discovery => discovery::run(),
        Command::Quality(options) => engine::quality(options),
        Command::Learn(options) => learn::run(options),
    }
}
