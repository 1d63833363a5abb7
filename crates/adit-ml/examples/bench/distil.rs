//! Fits the table of the static encoder to the vectors of the default one, and writes it down.

use std::path::{Path, PathBuf};

use adit_ml::encoder::distil::{DistilOptions, distil};
use adit_ml::{Encoder, MiniLm, StaticEncoder};
use sha2::{Digest, Sha256};

use crate::{Failure, Places};

const THREADS: usize = 2;
/// How the table in `assets/static-minilm.int4.bin` is fitted.
const OPTIONS: DistilOptions = DistilOptions { dimension: 256, penalty: 0.5, threads: THREADS };
/// The sets whose training texts are read; labels are not. BANKING77 and NLU++ are left out: on them it is measured what
/// the table is worth for texts that it was not fitted to.
const SETS: [&str; 2] = ["goemotions", "reviews_uci"];

/// Writes the table and its digest into `crates/adit-ml/assets`.
pub(crate) fn run(places: &Places) -> Result<(), Failure> {
    let folder = places.data.as_deref().ok_or("`--data` has to name the folder with `goemotions` and `reviews_uci`")?;
    let mut texts = Vec::new();
    for set in SETS {
        texts.extend(training_texts(&folder.join(set).join(format!("{set}.jsonl")))?);
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    eprintln!("fitting to {} texts", texts.len());
    let bytes = distil(&texts, &MiniLm::embedded(THREADS)?, &OPTIONS);
    let encoder = StaticEncoder::open(&bytes)?;
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/static-minilm.int4.bin");
    std::fs::write(&file, &bytes)?;
    std::fs::write(file.with_extension("sha256"), format!("{}\n", hex::encode(Sha256::digest(&bytes))))?;
    eprintln!("`{}`, {} bytes, written to {}", encoder.digest(), bytes.len(), file.display());
    Ok(())
}

fn training_texts(file: &Path) -> Result<Vec<String>, Failure> {
    let rows = std::fs::read_to_string(file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
    let mut texts = Vec::new();
    for line in rows.lines() {
        let row: serde_json::Value = serde_json::from_str(line)?;
        if row["split"] == "train" {
            texts.push(row["text"].as_str().unwrap_or_default().to_owned());
        }
    }
    Ok(texts)
}
