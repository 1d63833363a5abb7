//! Sparse features of a text: hashed words, pairs of words and character sequences, weighted by rarity.

use std::collections::HashMap;

use crate::stable_hash::{Fnv, StableBuild};

/// Buckets that n-grams are hashed into.
pub(super) const N_BUCKETS: usize = 1 << 18;
/// Bytes of a text that are read, so that one huge message cannot hold up the rest.
const MAX_BYTES: usize = 32_768;
const ABSENT: u32 = u32::MAX;

/// How often each bucket occurs in one text, words apart from characters; sorted by bucket.
pub(super) struct Counts {
    words: Vec<(u32, f32)>,
    characters: Vec<(u32, f32)>,
}

/// The buckets that a model knows and how telling each one is.
#[derive(Debug, Clone)]
pub(super) struct Vocabulary {
    /// Known buckets in rising order; the position is the column.
    pub(super) buckets: Vec<u32>,
    /// The weight of each known bucket.
    pub(super) rarity: Vec<f32>,
    columns: Vec<u32>,
}

impl Vocabulary {
    /// The buckets that occur in at least `min_texts` of the texts.
    pub(super) fn learn(texts: &[Counts], min_texts: u32) -> Vocabulary {
        let mut n_texts = vec![0u32; N_BUCKETS];
        for counts in texts {
            for &(bucket, _) in counts.words.iter().chain(&counts.characters) {
                n_texts[bucket as usize] += 1;
            }
        }
        let total = texts.len() as f32;
        let known = || n_texts.iter().zip(0u32..).filter(|(n, _)| **n >= min_texts);
        let rarity = known().map(|(&n, _)| ((1.0 + total) / (1.0 + n as f32)).ln() + 1.0).collect();
        Vocabulary::new(known().map(|(_, bucket)| bucket).collect(), rarity)
    }

    /// A vocabulary of the buckets and weights given.
    pub(super) fn new(buckets: Vec<u32>, rarity: Vec<f32>) -> Vocabulary {
        let mut columns = if buckets.is_empty() { Vec::new() } else { vec![ABSENT; N_BUCKETS] };
        for (&bucket, column) in buckets.iter().zip(0u32..) {
            columns[bucket as usize] = column;
        }
        Vocabulary { buckets, rarity, columns }
    }

    /// The known columns of a text with their weights; words and characters have half of the length each.
    pub(super) fn row(&self, counts: &Counts) -> Vec<(u32, f32)> {
        if self.buckets.is_empty() {
            return Vec::new();
        }
        let is_known = |(bucket, _): &&(u32, f32)| self.columns[*bucket as usize] != ABSENT;
        let mut row = Vec::with_capacity(counts.words.iter().chain(&counts.characters).filter(is_known).count());
        for part in [&counts.words, &counts.characters] {
            let start = row.len();
            for &(bucket, count) in part {
                let column = self.columns[bucket as usize];
                if column != ABSENT {
                    row.push((column, (1.0 + count.ln()) * self.rarity[column as usize]));
                }
            }
            let length = row[start..].iter().map(|(_, x)| x * x).sum::<f32>().sqrt().max(1e-12);
            row[start..].iter_mut().for_each(|(_, x)| *x *= std::f32::consts::FRAC_1_SQRT_2 / length);
        }
        row
    }
}

/// Counts the features of a text.
pub(super) fn count(text: &str) -> Counts {
    let mut end = text.len().min(MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let lower = text[..end].to_lowercase();
    let (mut words, mut characters) = (HashMap::default(), HashMap::default());
    let mut before: Option<&str> = None;
    let mut padded = String::new();
    let mut starts = Vec::new();
    for word in lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()) {
        bump(&mut words, Fnv::default().with(b"w").with(word.as_bytes()));
        if let Some(before) = before {
            bump(&mut words, Fnv::default().with(b"p").with(before.as_bytes()).with(b" ").with(word.as_bytes()));
        }
        before = Some(word);
        padded.clear();
        padded.extend([" ", word, " "]);
        starts.clear();
        starts.extend(padded.char_indices().map(|(at, _)| at).chain([padded.len()]));
        for size in 3..=5 {
            for window in starts.windows(size + 1) {
                bump(&mut characters, Fnv::default().with(b"c").with(&padded.as_bytes()[window[0]..window[size]]));
            }
        }
    }
    Counts { words: sorted(words), characters: sorted(characters) }
}

fn bump(counts: &mut HashMap<u32, f32, StableBuild>, hash: Fnv) {
    *counts.entry((hash.mixed() % N_BUCKETS as u64) as u32).or_insert(0.0) += 1.0;
}

fn sorted(counts: HashMap<u32, f32, StableBuild>) -> Vec<(u32, f32)> {
    let mut counts: Vec<(u32, f32)> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(bucket, _)| *bucket);
    counts
}
