//! Measures what the engine learns and how fast: `cargo xtask bench quality` and `cargo xtask bench learn` run it.

#![allow(clippy::print_stdout, reason = "the tables go to the standard output")]

mod baselines;
mod distil;
mod learn;
mod measures;
mod quality;
mod rate;
mod sentiment;
mod sets;
mod studies;
mod valence;
mod vectors;

use std::path::PathBuf;

use adit_ml::{Encoder, MiniLm, StaticEncoder, UseMultilingual};

/// A failure, for whoever started the benchmark.
type Failure = Box<dyn std::error::Error>;

/// Where data lie and where vectors are kept.
struct Places {
    /// The folder with one folder for each data set.
    data: Option<PathBuf>,
    /// The BANKING77 file.
    banking: PathBuf,
    /// Vectors that were computed before.
    cache: PathBuf,
    /// Only studies whose name contains this are run.
    only: String,
    /// The packed weights of the multilingual encoder, to measure that one.
    multilingual: Option<PathBuf>,
    /// Whether to measure the static encoder.
    is_static: bool,
}

impl Places {
    /// The encoder to measure, on so many threads.
    fn encoder(&self, threads: usize) -> Result<Box<dyn Encoder>, Failure> {
        Ok(match &self.multilingual {
            Some(file) => Box::new(UseMultilingual::open(std::fs::read(file)?, threads)?),
            None if self.is_static => Box::new(StaticEncoder::embedded()?),
            None => Box::new(MiniLm::embedded(threads)?),
        })
    }
}

fn main() -> Result<(), Failure> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut places = Places {
        data: None,
        banking: root.join("data/banking77/banking77.jsonl"),
        cache: root.join("target/bench-vectors"),
        only: String::new(),
        multilingual: None,
        is_static: false,
    };
    let (mut part, mut export) = (String::new(), None);
    let mut args = std::env::args().skip(1);
    let what = args.next().unwrap_or_default();
    while let Some(flag) = args.next() {
        let value = args.next().ok_or_else(|| format!("`{flag}` needs a value"))?;
        match flag.as_str() {
            "--data" => places.data = Some(PathBuf::from(value)),
            "--cache" => places.cache = PathBuf::from(value),
            "--part" => part = value,
            "--export" => export = Some(PathBuf::from(value)),
            "--multilingual" => places.multilingual = Some(PathBuf::from(value)),
            "--encoder" if value == "static" => places.is_static = true,
            "--encoder" if value == "minilm" => places.is_static = false,
            "--encoder" => return Err(format!("`{value}` is neither `minilm` nor `static`").into()),
            "--only" => places.only = value,
            _ => return Err(format!("`{flag}` is not a flag of this benchmark").into()),
        }
    }
    match what.as_str() {
        "quality" => quality::run(&places),
        "learn" => learn::run(&places, &part, export.as_deref()),
        "rate" => rate::run(&places),
        "distil" => distil::run(&places),
        "valence" => valence::run(&places),
        _ => {
            Err("say what to do: `quality`, `learn` and `rate` measure, `distil` fits the static encoder, `valence` the head that knows sentiment at first"
                .into())
        }
    }
}
