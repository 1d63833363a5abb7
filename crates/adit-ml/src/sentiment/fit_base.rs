//! Fits the weights of the base head: softmax regressions over words beside a vector, and over words alone.

use std::collections::HashMap;

use crate::classifier::for_each_index;
use crate::sentiment::base::BaseHead;
use crate::sentiment::lbfgs::minimize;
use crate::sentiment::words;

/// Texts that a word has to occur in.
const MIN_TEXTS: u32 = 10;
const ITERATIONS: usize = 150;
/// Rows that one task adds up; their order never changes, nor does the sum.
const CHUNK: usize = 2_048;

/// A text whose sentiment people told.
#[derive(Debug, Clone)]
pub struct ToldRow {
    /// The text.
    pub text: String,
    /// Its vector.
    pub embedding: Vec<f32>,
    /// The shares of people, or of what they said, that found it well meant, ill meant, or neither; they add up to 1.
    pub shares: [f32; 3],
    /// How much it counts.
    pub weight: f32,
}

/// How to fit.
#[derive(Debug, Clone, Copy)]
pub struct BaseOptions {
    /// Words that are kept: those whose weights are largest in a first fit.
    pub n_words: usize,
    /// The weight of the data against the regularisation of the vector's weights.
    pub strength: f64,
    /// The same for the weights of words.
    pub words_strength: f64,
    /// Threads to use; the result does not depend on it.
    pub threads: usize,
}

/// Fits both parts to rows with vectors by `encoder`, all of one length. No rows give a head that says nothing.
#[must_use]
pub fn fit_base(encoder: &str, rows: &[ToldRow], options: &BaseOptions) -> BaseHead {
    let dimension = rows.first().map_or(0, |row| row.embedding.len());
    let first = fitted(BaseHead::empty(encoder, dimension, vocabulary(rows)), rows, options, false);
    let size = |word: &usize| first.of_words[*word][1].iter().map(|x| x.abs()).fold(0.0, f32::max);
    let mut order: Vec<usize> = (0..first.words.len()).collect();
    order.sort_by(|a, b| size(b).total_cmp(&size(a)).then(a.cmp(b)));
    order.truncate(options.n_words);
    let mut kept: Vec<String> = order.into_iter().map(|word| first.words[word].clone()).collect();
    kept.sort_unstable();
    let head = fitted(BaseHead::empty(encoder, dimension, kept), rows, options, false);
    fitted(head, rows, options, true)
}

/// The words of enough texts, sorted.
fn vocabulary(rows: &[ToldRow]) -> Vec<String> {
    let mut n_texts: HashMap<String, u32> = HashMap::new();
    for row in rows {
        let mut own = Vec::new();
        words::each(&row.text, &mut |word| own.push(word.to_owned()));
        own.sort_unstable();
        own.dedup();
        own.into_iter().for_each(|word| *n_texts.entry(word).or_default() += 1);
    }
    let mut words: Vec<String> = n_texts.into_iter().filter(|(_, n)| *n >= MIN_TEXTS).map(|(word, _)| word).collect();
    words.sort_unstable();
    words
}

/// Fits one column of a head: the words alone, or beside the vector.
fn fitted(mut head: BaseHead, rows: &[ToldRow], options: &BaseOptions, with_vectors: bool) -> BaseHead {
    let (n_words, dimension) = (head.words.len(), if with_vectors { head.dense.len() - 1 } else { 0 });
    let known: Vec<Vec<u32>> = for_each_index(rows.len(), options.threads, |row| head.known_words(&rows[row].text));
    // Two numbers a word, then two a dimension, then the constants.
    let n = 2 * (n_words + dimension + 1);
    let mut objective = |at: &[f64], gradient: &mut [f64]| {
        let chunk = |chunk: usize| {
            let mut slopes = vec![0.0; n];
            let mut loss = 0.0;
            for row in chunk * CHUNK..rows.len().min((chunk + 1) * CHUNK) {
                loss += add_row(&rows[row], &known[row], at, n_words, dimension, &mut slopes);
            }
            (loss, slopes)
        };
        let mut value = 0.0;
        gradient.fill(0.0);
        for (loss, slopes) in for_each_index(rows.len().div_ceil(CHUNK), options.threads, chunk) {
            value += loss;
            gradient.iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += slope);
        }
        for (place, (x, slope)) in at.iter().zip(gradient).enumerate() {
            let decay = match place {
                place if place < 2 * n_words => 1.0 / options.words_strength,
                place if place < n - 2 => 1.0 / options.strength,
                _ => 0.0,
            };
            value += 0.5 * decay * x * x;
            *slope += decay * x;
        }
        value
    };
    let found = minimize(vec![0.0; n], ITERATIONS, &mut objective);
    let pair = |place: usize| [found[2 * place] as f32, found[2 * place + 1] as f32];
    let column = usize::from(!with_vectors);
    (0..n_words).for_each(|word| head.of_words[word][column] = pair(word));
    (0..dimension).for_each(|place| head.dense[place] = pair(n_words + place));
    match with_vectors {
        true => head.dense[dimension] = pair(n_words + dimension),
        false => head.alone = pair(n_words),
    }
    head
}

/// Adds the slope of one row's loss, and answers the loss.
fn add_row(row: &ToldRow, known: &[u32], at: &[f64], n_words: usize, dimension: usize, slopes: &mut [f64]) -> f64 {
    let share = 1.0 / (known.len().max(1) as f64).sqrt();
    let constant = 2 * (n_words + dimension);
    let mut scores = [at[constant], at[constant + 1]];
    for &word in known {
        (0..2).for_each(|side| scores[side] += share * at[2 * word as usize + side]);
    }
    let vector = &row.embedding[..dimension];
    for (weights, x) in at[2 * n_words..constant].chunks_exact(2).zip(vector) {
        (0..2).for_each(|side| scores[side] += weights[side] * f64::from(*x));
    }
    let most = scores[0].max(scores[1]).max(0.0);
    let sum = (scores[0] - most).exp() + (scores[1] - most).exp() + (-most).exp();
    let log_sum = most + sum.ln();
    let (weight, shares) = (f64::from(row.weight), row.shares.map(f64::from));
    let wrong: [f64; 2] = std::array::from_fn(|side| weight * ((scores[side] - log_sum).exp() - shares[side]));
    for &word in known {
        (0..2).for_each(|side| slopes[2 * word as usize + side] += share * wrong[side]);
    }
    for (slopes, x) in slopes[2 * n_words..constant].chunks_exact_mut(2).zip(vector) {
        (0..2).for_each(|side| slopes[side] += wrong[side] * f64::from(*x));
    }
    (0..2).for_each(|side| slopes[constant + side] += wrong[side]);
    weight * (log_sum - shares[0] * scores[0] - shares[1] * scores[1])
}
