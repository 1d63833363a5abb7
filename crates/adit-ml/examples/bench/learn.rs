//! How fast the engine encodes, trains and predicts, and what memory that takes.
//!
//! Prints one figure a line, a name and a number. With `--export` it leaves the rows that it measured in a folder,
//! so that a program in another language can be timed on the very same ones.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Instant;

use adit_ml::{Corpus, Encoder, Example, LabelSpec, MiniLm, Model, Options, train};

use crate::sets::{Set, shuffled};
use crate::{Failure, Places};

const THREADS: usize = 2;
const BATCH: usize = 64;
/// Texts that are encoded one at a time, and in batches.
const N_SHORT: (usize, usize) = (400, 2_048);
const N_LONG: (usize, usize) = (80, 256);
/// Words of a long text; in English about 128 tokens.
const N_WORDS: usize = 108;
/// Reviewed comments that a refit finds added.
const N_ADDED: usize = 20;
/// Labels, reviewed comments and rows of the re-prediction.
const PREDICTED: (usize, usize, usize) = (100, 10_000, 100_000);
const N_TIMES: usize = 10;

/// Runs one part: `encode`, `fit` with a number of reviewed comments, or `predict`.
pub(crate) fn run(places: &Places, part: &str, export: Option<&Path>) -> Result<(), Failure> {
    if let Some(folder) = export {
        fs::create_dir_all(folder)?;
    }
    match part.split_once('-').unwrap_or((part, "")) {
        ("encode", _) => encode(places, export)?,
        ("fit", n) => fit(places, n.parse()?, export)?,
        ("predict", _) => predict(places, export)?,
        _ => return Err("the part is one of `encode`, `fit-N` and `predict`".into()),
    }
    println!("{part}_peak_mib {}", peak_mib());
    Ok(())
}

fn encode(places: &Places, export: Option<&Path>) -> Result<(), Failure> {
    let encoder = MiniLm::embedded(THREADS)?;
    let set = Set::load(&places.banking, &encoder, &places.cache, &|_, _| true)?;
    let mixed: Vec<&str> = shuffled(&set.rows_of(|_| true), 7).into_iter().map(|row| row.text.as_str()).collect();
    let short: Vec<String> = mixed[..N_SHORT.1].iter().map(|text| (*text).to_owned()).collect();
    let words: Vec<&str> = mixed.iter().flat_map(|text| text.split_whitespace()).collect();
    let long: Vec<String> = words.chunks_exact(N_WORDS).take(N_LONG.1).map(|words| words.join(" ")).collect();
    for (name, texts, n_single) in [("short", &short, N_SHORT.0), ("long", &long, N_LONG.0)] {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        encoder.encode(&texts[..BATCH]);
        let seconds = timed(|| texts[..n_single].iter().for_each(|text| drop(encoder.encode(&[text]))));
        println!("encode_{name}_single {:.1}", n_single as f64 / seconds);
        let seconds = timed(|| texts.chunks(BATCH).for_each(|texts| drop(encoder.encode(texts))));
        println!("encode_{name}_batch {:.1}", texts.len() as f64 / seconds);
        if let Some(folder) = export {
            fs::write(folder.join(format!("{name}.json")), serde_json::to_vec(&texts)?)?;
        }
    }
    Ok(())
}

fn fit(places: &Places, n: usize, export: Option<&Path>) -> Result<(), Failure> {
    for n_labels in [77, 200] {
        let mut corpus = corpus(places, n + N_ADDED, n_labels)?;
        let added = corpus.examples.split_off(n);
        if let Some(folder) = export {
            write(folder, &format!("fit_{n}_{n_labels}"), &corpus)?;
        }
        let (seconds, model) = trained(&corpus, None)?;
        println!("fit_{n}_{n_labels}_cold {seconds:.3}");
        corpus.examples.extend(added);
        let (seconds, _) = trained(&corpus, Some(&model))?;
        println!("fit_{n}_{n_labels}_warm {seconds:.3}");
    }
    Ok(())
}

fn predict(places: &Places, export: Option<&Path>) -> Result<(), Failure> {
    let (n_labels, n_reviewed, n_rows) = PREDICTED;
    let rows = corpus(places, n_rows, n_labels)?;
    let mut reviewed = rows.clone();
    reviewed.examples.truncate(n_reviewed);
    if let Some(folder) = export {
        write(folder, "predict", &rows)?;
    }
    let (_, model) = trained(&reviewed, None)?;
    let inputs: Vec<(&str, &[f32])> = rows.examples.iter().map(|row| (row.text.as_str(), row.embedding.as_slice())).collect();
    let seconds = timed(|| drop(model.predict_many(&inputs, THREADS)));
    println!("predict_once {seconds:.3}");
    let seconds = timed(|| (0..N_TIMES).for_each(|_| drop(model.predict_many(&inputs, THREADS))));
    println!("predict_many {seconds:.3}");
    Ok(())
}

/// Reviewed comments made of BANKING77: beyond its own rows, rows again with another vector near by and a number in
/// the text. Labels beyond its own split these.
fn corpus(places: &Places, n: usize, n_labels: usize) -> Result<Corpus, Failure> {
    let encoder = MiniLm::embedded(THREADS)?;
    let set = Set::load(&places.banking, &encoder, &places.cache, &|_, _| true)?;
    let rows = shuffled(&set.rows_of(|split| split == "train"), 7);
    let mut state = 1u64;
    let mut noise = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f32 / (1u32 << 24) as f32 - 0.5) * 0.1
    };
    let example = |at: usize| {
        let row = rows[at % rows.len()];
        let mut example = Example { uid: format!("bench.{at}"), text: row.text.clone(), ..Example::default() };
        example.embedding.clone_from(&row.vector);
        let own = row.labels[0];
        example.assigned = vec![if n_labels > set.labels.len() { (own * 3 + at % 3) % n_labels } else { own % n_labels }];
        if at >= rows.len() {
            let _ = write!(example.text, " {at}");
            example.embedding.iter_mut().for_each(|x| *x += noise());
            let length = example.embedding.iter().map(|x| x * x).sum::<f32>().sqrt();
            example.embedding.iter_mut().for_each(|x| *x /= length);
        }
        example
    };
    let label = |at: usize| LabelSpec { name: format!("Label {at}"), ..set.labels[at % set.labels.len()].clone() };
    Ok(Corpus { labels: (0..n_labels).map(label).collect(), examples: (0..n).map(example).collect(), ..Corpus::default() })
}

fn trained(corpus: &Corpus, warm: Option<&Model>) -> Result<(f64, Model), Failure> {
    let begun = Instant::now();
    let trained = train(corpus, warm, &Options { threads: THREADS, seed: 0 }, &|_| true)?;
    Ok((begun.elapsed().as_secs_f64(), trained.model))
}

/// Vectors as little-endian numbers one after another, texts and labels as JSON.
fn write(folder: &Path, name: &str, corpus: &Corpus) -> Result<(), Failure> {
    let vectors = corpus.examples.iter().flat_map(|row| &row.embedding).flat_map(|x| x.to_le_bytes());
    fs::write(folder.join(format!("{name}.f32")), vectors.collect::<Vec<u8>>())?;
    let rows: Vec<(&str, usize)> = corpus.examples.iter().map(|row| (row.text.as_str(), row.assigned[0])).collect();
    fs::write(folder.join(format!("{name}.json")), serde_json::to_vec(&rows)?)?;
    Ok(())
}

fn timed(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64()
}

/// The largest resident memory of this process so far.
fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
