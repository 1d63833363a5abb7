//! Fits the head that knows sentiment before anybody annotates, writes it down, and says what it is worth.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use adit_ml::sentiment::{BaseHead, BaseOptions, ToldRow, fit_base};
use adit_ml::{Encoder, MiniLm};
use sha2::{Digest, Sha256};

use crate::sets::Set;
use crate::{Failure, Places};

/// How the weights in `assets/valence.bin` are fitted.
pub(crate) const OPTIONS: BaseOptions = BaseOptions { n_words: 2_000, strength: 2.0, words_strength: 1.0, threads: 2 };
/// A review sentence counts as so many comments of GoEmotions, of which there are twenty times as many.
const WEIGHT_OF_REVIEWS: f32 = 8.0;

/// A row whose split is known.
pub(crate) struct Told {
    pub(crate) is_train: bool,
    pub(crate) row: ToldRow,
}

/// Fits to the training rows of both sets and writes the weights.
pub(crate) fn run(places: &Places) -> Result<(), Failure> {
    let folder = places.data.as_deref().ok_or("`--data` has to name the folder with `goemotions` and `reviews_uci`")?;
    let encoder = MiniLm::embedded(2)?;
    let (emotions, reviews) = (emotions(folder, &encoder, &places.cache)?, reviews(folder, &encoder, &places.cache)?);
    let head = fit(&encoder, &[&emotions, &reviews]);
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/valence.bin");
    let bytes = head.to_bytes();
    std::fs::write(&file, &bytes)?;
    std::fs::write(file.with_extension("sha256"), format!("{}\n", hex::encode(Sha256::digest(&bytes))))?;
    eprintln!("{} bytes written to {}", bytes.len(), file.display());
    Ok(())
}

/// A head that learnt from the training rows of some sets.
pub(crate) fn fit(encoder: &dyn Encoder, sets: &[&[Told]]) -> BaseHead {
    let rows: Vec<ToldRow> = sets
        .iter()
        .flat_map(|set| set.iter())
        .filter(|told| told.is_train && is_english(&told.row.text))
        .map(|told| told.row.clone())
        .collect();
    fit_base(encoder.digest(), &rows, &OPTIONS)
}

/// GoEmotions with the emotions grouped by its own map; what is ambiguous speaks neither well nor ill.
pub(crate) fn emotions(data: &Path, encoder: &dyn Encoder, cache: &Path) -> Result<Vec<Told>, Failure> {
    let folder = data.join("goemotions");
    let map = map_of_emotions(data)?;
    let set = Set::load(&folder.join("goemotions.jsonl"), encoder, cache, &|_, _| true)?;
    let side = |name: &String| match map.iter().find(|(_, emotions)| emotions.contains(name)).map(|(side, _)| side.as_str()) {
        Some("positive") => 0,
        Some("negative") => 1,
        _ => 2,
    };
    let sides: Vec<usize> = set.labels.iter().map(|label| side(&label.name)).collect();
    let told = |row: &crate::sets::Row| {
        let mut own: Vec<usize> = row.labels.iter().map(|&label| sides[label]).collect();
        own.sort_unstable();
        own.dedup();
        if own.len() > 1 {
            own.retain(|side| *side < 2);
        }
        let mut shares = [0.0; 3];
        own.iter().for_each(|&side| shares[side] = 1.0 / own.len() as f32);
        let row = ToldRow { text: row.text.clone(), embedding: row.vector.clone(), shares, weight: 1.0 };
        Told { is_train: true, row }
    };
    Ok(set.rows.iter().map(|row| Told { is_train: row.split == "train", ..told(row) }).collect())
}

/// Which emotions are positive, negative, ambiguous and neutral.
pub(crate) fn map_of_emotions(data: &Path) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    Ok(serde_json::from_str(&std::fs::read_to_string(data.join("goemotions/sentiment_map.json"))?)?)
}

/// The UCI review sentences, each well or ill meant.
pub(crate) fn reviews(folder: &Path, encoder: &dyn Encoder, cache: &Path) -> Result<Vec<Told>, Failure> {
    let set = Set::load(&folder.join("reviews_uci/reviews_uci.jsonl"), encoder, cache, &|_, _| true)?;
    let told = |row: &crate::sets::Row| {
        let is_well = row.labels.iter().any(|&label| set.labels[label].name == "positive");
        let shares = if is_well { [1.0, 0.0, 0.0] } else { [0.0, 1.0, 0.0] };
        let weight = WEIGHT_OF_REVIEWS;
        let row_told = ToldRow { text: row.text.clone(), embedding: row.vector.clone(), shares, weight };
        Told { is_train: row.split == "train", row: row_told }
    };
    Ok(set.rows.iter().map(told).collect())
}

/// Whether no letter of a text is one of those that English never has; some Vietnamese lines are among the reviews.
fn is_english(text: &str) -> bool {
    !text.chars().any(|c| matches!(c, '\u{100}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}'))
}
