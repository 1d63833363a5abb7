//! What is cheap: plain one-vs-rest logistic regressions, fitted by stochastic steps that shrink where they were large.

use std::collections::HashMap;

/// A row of features by column.
pub(crate) type Features = Vec<(u32, f32)>;

const EPOCHS: usize = 30;
const RATE: f32 = 0.5;
/// The strength of the data against the regularisation, as in the first choice of the engine.
const STRENGTH: f32 = 30.0;

/// Scores of the test rows for every label (Duchi, Hazan and Singer, 2011, for the step sizes).
pub(crate) fn logistic(train: &[(Features, &[usize])], test: &[Features], n_labels: usize) -> Vec<Vec<f32>> {
    let rows = train.iter().map(|(row, _)| row).chain(test);
    let n_columns = rows.flatten().map(|(column, _)| *column as usize + 1).max().unwrap_or(0);
    // One more column for the constant.
    let mut weights = vec![0.0f32; (n_columns + 1) * n_labels];
    let mut squares = vec![1e-2f32; (n_columns + 1) * n_labels];
    let epochs = if train.len() > 4_000 { EPOCHS / 3 } else { EPOCHS };
    let decay = 1.0 / (STRENGTH * train.len() as f32);
    let mut order: Vec<usize> = (0..train.len()).collect();
    let mut state = 1u64;
    for _ in 0..epochs {
        for at in (1..order.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(at, (state >> 33) as usize % (at + 1));
        }
        for &at in &order {
            let (row, labels) = &train[at];
            let mut wrong = scores(row, &weights, n_labels);
            wrong.iter_mut().for_each(|score| *score = 1.0 / (1.0 + (-*score).exp()));
            labels.iter().for_each(|&label| wrong[label] -= 1.0);
            for (column, x) in row.iter().copied().chain([(n_columns as u32, 1.0)]) {
                let from = column as usize * n_labels;
                let (own, own_squares) = (&mut weights[from..from + n_labels], &mut squares[from..from + n_labels]);
                for label in 0..n_labels {
                    let slope = x.mul_add(wrong[label], decay * own[label]);
                    own_squares[label] += slope * slope;
                    own[label] -= RATE * slope / own_squares[label].sqrt();
                }
            }
        }
    }
    let logistic = |score: f32| 1.0 / (1.0 + (-score).exp());
    test.iter().map(|row| scores(row, &weights, n_labels).into_iter().map(logistic).collect()).collect()
}

fn scores(row: &Features, weights: &[f32], n_labels: usize) -> Vec<f32> {
    let mut scores = weights[weights.len() - n_labels..].to_vec();
    for &(column, x) in row {
        let from = column as usize * n_labels;
        scores.iter_mut().zip(&weights[from..from + n_labels]).for_each(|(score, weight)| *score += x * weight);
    }
    scores
}

/// A vector as features.
pub(crate) fn dense(vector: &[f32]) -> Features {
    (0..).zip(vector.iter().copied()).collect()
}

/// Words and pairs of words by rarity, of unit length; what only test texts hold is left out.
pub(crate) fn tf_idf(train: &[&str], test: &[&str]) -> (Vec<Features>, Vec<Features>) {
    let mut n_texts: HashMap<String, f32> = HashMap::new();
    for text in train {
        let mut terms = terms(text);
        terms.sort_unstable();
        terms.dedup();
        terms.into_iter().for_each(|term| *n_texts.entry(term).or_default() += 1.0);
    }
    let mut known: Vec<&String> = n_texts.keys().collect();
    known.sort_unstable();
    let columns: HashMap<&String, u32> = known.into_iter().zip(0..).collect();
    let features = |text: &&str| {
        let mut counts: HashMap<String, f32> = HashMap::new();
        terms(text).into_iter().for_each(|term| *counts.entry(term).or_default() += 1.0);
        let weigh = |(term, count): (&String, &f32)| {
            let rarity = ((1.0 + train.len() as f32) / (1.0 + n_texts.get(term)?)).ln() + 1.0;
            Some((*columns.get(term)?, (1.0 + count.ln()) * rarity))
        };
        let mut row: Features = counts.iter().filter_map(weigh).collect();
        row.sort_unstable_by_key(|(column, _)| *column);
        let length = row.iter().map(|(_, x)| x * x).sum::<f32>().sqrt().max(1e-12);
        row.iter_mut().for_each(|(_, x)| *x /= length);
        row
    };
    (train.iter().map(features).collect(), test.iter().map(features).collect())
}

fn terms(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect();
    let pairs = words.windows(2).map(|pair| pair.join(" "));
    words.iter().map(|word| (*word).to_owned()).chain(pairs).collect()
}
