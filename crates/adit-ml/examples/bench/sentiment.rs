//! How good sentiment is: of the head that knows it from the start, and of what annotations add to it.

use std::sync::Arc;

use adit_ml::Encoder;
use adit_ml::sentiment::{BaseHead, SignedExample, train_sentiment};

use crate::baselines::{dense, logistic};
use crate::measures::Bins;
use crate::sets::{Row, Set, shots};
use crate::valence::{self, Told};
use crate::{Failure, Places};

const THREADS: usize = 2;
const SEEDS: u64 = 3;

/// The chances of a good sign that were given, and whether it was one.
type Signs = Vec<(f64, bool)>;

/// Runs the study and prints its tables as Markdown; nothing without the data.
pub(crate) fn run(places: &Places, encoder: &dyn Encoder) -> Result<(), Failure> {
    let Some(folder) = places.data.as_deref().filter(|folder| folder.join("goemotions").is_dir()) else { return Ok(()) };
    let emotions = valence::emotions(folder, encoder, &places.cache)?;
    let reviews = valence::reviews(folder, encoder, &places.cache)?;
    let (shipped, elsewhere) = (BaseHead::embedded()?, valence::fit(encoder, &[&emotions]));
    println!(
        "\n| Sentiment before any annotation | Reads | Well, ill or neither | Sign, where there is one | Brier | ECE of sign |"
    );
    println!("|---|---|--:|--:|--:|--:|");
    base("GoEmotions' sentiment map, test", &shipped, &emotions);
    base("UCI reviews, test", &shipped, &reviews);
    base("UCI reviews, test, learnt from GoEmotions alone", &elsewhere, &reviews);

    let set = Set::load(&folder.join("reviews_uci/reviews_uci.jsonl"), encoder, &places.cache, &|_, _| true)?;
    println!("\n| Sentiment of labels, UCI reviews | Learnt by | Sign | Brier | ECE of sign |");
    println!("|---|---|--:|--:|--:|");
    let base = Arc::new(elsewhere);
    for (name, n, seeds) in
        [("nothing annotated", 0, 1), ("10 a sign", 10, SEEDS), ("100 a sign", 100, SEEDS), ("all", usize::MAX, 1)]
    {
        labels(name, &set, n, seeds, &base, encoder);
    }
    Ok(())
}

fn base(name: &str, head: &BaseHead, told: &[Told]) {
    let test: Vec<&Told> = told.iter().filter(|told| !told.is_train).collect();
    let mut first = name;
    for (reads, with_vectors) in [("**words and vector**", true), ("words alone", false)] {
        let (mut n_right, mut signs) = (0usize, Vec::new());
        for told in &test {
            let row = &told.row;
            let valence = head.valence(&row.text, with_vectors.then_some(row.embedding.as_slice()));
            let expected = [valence.positive, valence.negative, 1.0 - valence.positive - valence.negative];
            let likeliest = |shares: &[f32; 3]| (0..3).max_by(|&a, &b| shares[a].total_cmp(&shares[b]));
            n_right += usize::from(likeliest(&expected) == likeliest(&row.shares));
            if row.shares[2] == 0.0 && row.shares[0] != row.shares[1] {
                let either = (valence.positive + valence.negative).max(1e-12);
                signs.push((f64::from(valence.positive / either), row.shares[0] > row.shares[1]));
            }
        }
        let three = 100.0 * n_right as f64 / test.len().max(1) as f64;
        println!("| {first} | {reads} | {three:.1} | {} |", figures(&[signs]));
        first = "";
    }
}

/// Labels are what a sentence is about; each sentence has one, with its sign.
fn labels(name: &str, set: &Set, n: usize, seeds: u64, base: &Arc<BaseHead>, encoder: &dyn Encoder) {
    let (train, test) = (set.rows_of(|split| split == "train"), set.rows_of(|split| split == "test"));
    let is_well = |row: &Row| row.labels.iter().any(|&label| set.labels[label].name == "positive");
    let topic = |row: &Row| ["product", "film", "restaurant"].iter().position(|topic| *topic == row.source).unwrap_or(0);
    let (mut by_engine, mut by_vector) = (Vec::new(), Vec::new());
    for seed in 0..seeds {
        let drawn = if n == 0 { Vec::new() } else { shots(&train, set.labels.len(), n, seed) };
        let example = |row: &&Row| SignedExample {
            uid: row.id.clone(),
            text: row.text.clone(),
            embedding: row.vector.clone(),
            signs: vec![(topic(row), is_well(row))],
        };
        let examples: Vec<SignedExample> = drawn.iter().map(example).collect();
        let model = train_sentiment(base.clone(), encoder.digest(), 3, &examples, THREADS);
        let judged = |row: &&Row| {
            let sign = model.opinion(&row.text, Some(&row.vector), 3).labels[topic(row)];
            (f64::from(0.5 + 0.5 * sign), is_well(row))
        };
        by_engine.push(test.iter().map(judged).collect());
        let rows: Vec<_> = drawn.iter().map(|row| (dense(&row.vector), row.labels.as_slice())).collect();
        let tried: Vec<_> = test.iter().map(|row| dense(&row.vector)).collect();
        let scores = if n == 0 { Vec::new() } else { logistic(&rows, &tried, set.labels.len()) };
        let well = set.labels.iter().position(|label| label.name == "positive").unwrap_or(0);
        by_vector.push(scores.iter().zip(&test).map(|(scores, row)| (f64::from(scores[well]), is_well(row))).collect());
    }
    println!("| {name} | **engine** | {} |", figures(&by_engine));
    if n > 0 {
        println!("|  | vector, plain logistic regression | {} |", figures(&by_vector));
    }
}

/// The share of right signs, the mean squared error of the chance of a good one, and its calibration; means over draws.
fn figures(draws: &[Signs]) -> String {
    let mean = |value: &dyn Fn(&Signs) -> f64| draws.iter().map(value).sum::<f64>() / draws.len().max(1) as f64;
    let right = mean(&|draw| {
        let n_right = draw.iter().filter(|(p, is_well)| (*p > 0.5) == *is_well).count();
        n_right as f64 / draw.len().max(1) as f64
    });
    let binned: Vec<Bins> = draws.iter().map(|draw| bins(draw)).collect();
    let mean = |value: &dyn Fn(&Bins) -> f64| binned.iter().map(value).sum::<f64>() / binned.len().max(1) as f64;
    let (brier, error, chance) = (mean(&Bins::brier), mean(&|bins| bins.error(0)), mean(&|bins| bins.chance(0)));
    format!("{:.1} | {brier:.4} | {:.2} % ({:.2})", 100.0 * right, 100.0 * error, 100.0 * chance)
}

fn bins(draw: &[(f64, bool)]) -> Bins {
    let mut bins = Bins::default();
    draw.iter().for_each(|(p, is_well)| bins.add(*p, *is_well));
    bins
}
