//! A linear-chain conditional random field over three tags: outside, beginning and inside of a value.
//!
//! Trained by AdaGrad (Duchi and others, 2011) on the exact gradient of one sequence at a time, in an order that the seed
//! fixes, with a softmax margin (Gimpel and Smith, 2010). The weights of states move together, by the norm of their
//! gradient: their directions mean nothing one by one, and steps of their own would forget which ones matter.

use std::collections::HashMap;

use super::state_weights::{StateTrainer, StateWeights};
use super::states::Rows;
use crate::stable_hash::{StableBuild, fnv1a};

const OUT: usize = 0;
const BEGIN: usize = 1;
const INSIDE: usize = 2;
pub(crate) const TAGS: usize = 3;

/// A tagged sequence: what is said about each token, and its tag.
pub(crate) struct Sequence {
    pub(crate) features: Vec<Vec<u64>>,
    /// A row for each token, and maybe for more behind them; or nothing.
    pub(crate) states: Rows,
    /// The length of a row.
    pub(crate) width: usize,
    pub(crate) tags: Vec<u8>,
    /// How much it counts.
    pub(crate) weight: f32,
}

impl Sequence {
    /// A sequence whose values take up these ranges of tokens.
    pub(crate) fn new(features: Vec<Vec<u64>>, values: &[(usize, usize)]) -> Sequence {
        let mut tags = vec![OUT as u8; features.len()];
        for &(first, last) in values {
            for (n, tag) in tags.iter_mut().enumerate().take(last).skip(first) {
                *tag = if n == first { BEGIN as u8 } else { INSIDE as u8 };
            }
        }
        Sequence { features, tags, states: Rows::default(), width: 0, weight: 1.0 }
    }

    /// The same, with rows of states of this length.
    pub(crate) fn with_states(self, states: Rows, width: usize) -> Sequence {
        Sequence { states, width, ..self }
    }

    /// The same, counting so much.
    pub(crate) fn weighing(self, weight: f32) -> Sequence {
        Sequence { weight, ..self }
    }

    fn has_value(&self) -> bool {
        self.tags.iter().any(|tag| usize::from(*tag) != OUT)
    }
}

/// The field: weights of features and of transitions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Crf {
    /// Sorted.
    pub(crate) keys: Vec<u64>,
    /// As many rows as keys.
    pub(crate) weights: Vec<[f32; TAGS]>,
    pub(crate) transitions: [[f32; TAGS]; TAGS],
    pub(crate) states: StateWeights,
}

/// A value in a sequence: first token, first behind it, probability.
pub(crate) type Value = (usize, usize, f32);

const RATE: f32 = 0.25;
const STRENGTH: f32 = 0.3;
/// How much better than a missed value anything else must look while learning (softmax margin): with few examples
/// taggers miss more than they invent.
const MISS_COST: f32 = 1.0;
/// Forbidden.
const NEVER: f32 = -1e4;

impl Crf {
    /// Learns from sequences; `None` if no value is in them, or if `go_on` says stop.
    pub(crate) fn train(sequences: &[Sequence], seed: u64, go_on: &dyn Fn() -> bool) -> Option<Crf> {
        if !sequences.iter().any(Sequence::has_value) {
            return None;
        }
        let n_tokens: usize = sequences.iter().map(|sequence| sequence.tags.len()).sum();
        let keys = dictionary(sequences, if n_tokens > 20_000 { 2 } else { 1 });
        let index: HashMap<u64, u32, StableBuild> = keys.iter().copied().zip(0..).collect();
        let rows: Vec<Vec<Vec<u32>>> = sequences
            .iter()
            .map(|sequence| {
                let known = |features: &Vec<u64>| features.iter().filter_map(|key| index.get(key).copied()).collect();
                sequence.features.iter().map(known).collect()
            })
            .collect();
        let mut crf = Crf {
            weights: vec![[0.0; TAGS]; keys.len()],
            keys,
            transitions: [[0.0; TAGS]; TAGS],
            states: StateWeights::default(),
        };
        let mut states = StateTrainer::new(sequences);
        let mut squares = vec![[1e-2f32; TAGS]; crf.keys.len()];
        let mut transition_squares = [[1e-2f32; TAGS]; TAGS];
        let n_epochs = (400_000 / n_tokens.max(1)).clamp(6, 40);
        let strength = STRENGTH / sequences.len() as f32;
        let mut order: Vec<usize> = (0..sequences.len()).collect();
        let mut lattice = Lattice::default();
        for epoch in 0..n_epochs {
            if !go_on() {
                return None;
            }
            order.sort_by_key(|at| fnv1a(&[seed, epoch as u64, *at as u64].map(u64::to_le_bytes).concat()));
            for &at in &order {
                let (rows, tags) = (&rows[at], sequences[at].tags.as_slice());
                let weight = sequences[at].weight;
                lattice.score(&crf, rows);
                states.add_scores(&sequences[at].states, &mut lattice.scores);
                lattice.fill(&crf, Some(tags));
                for (n, row) in rows.iter().enumerate() {
                    let expected = lattice.marginals(n);
                    for tag in 0..TAGS {
                        let slope = weight * (expected[tag] - f32::from(u8::from(usize::from(tags[n]) == tag)));
                        if slope.abs() < 1e-4 {
                            continue;
                        }
                        states.learn(n, tag, slope);
                        for &feature in row {
                            let feature = feature as usize;
                            let slope = slope + strength * crf.weights[feature][tag];
                            squares[feature][tag] += slope * slope;
                            crf.weights[feature][tag] -= RATE * slope / squares[feature][tag].sqrt();
                        }
                    }
                }
                let expected = lattice.transitions(&crf);
                for from in 0..TAGS {
                    for to in 0..TAGS {
                        let seen = tags.windows(2).filter(|pair| pair[0] as usize == from && pair[1] as usize == to).count();
                        let slope = weight * (expected[from][to] - seen as f32) + strength * crf.transitions[from][to];
                        transition_squares[from][to] += slope * slope;
                        crf.transitions[from][to] -= RATE * slope / transition_squares[from][to].sqrt();
                    }
                }
            }
        }
        crf.states = states.weights();
        crf.prune();
        Some(crf)
    }

    /// Drops what weighs nothing.
    fn prune(&mut self) {
        let matters = |row: &[f32; TAGS]| row.iter().any(|weight| weight.abs() > 1e-3);
        let kept: Vec<bool> = self.weights.iter().map(matters).collect();
        let mut at = kept.iter();
        self.keys.retain(|_| *at.next().unwrap_or(&false));
        self.weights.retain(matters);
    }

    /// The values of a sequence with their probabilities; `states` has a row for each token, or nothing.
    pub(crate) fn values(&self, features: &[Vec<u64>], states: &[f32]) -> Vec<Value> {
        if features.is_empty() {
            return Vec::new();
        }
        let known = |features: &Vec<u64>| {
            features.iter().filter_map(|key| self.keys.binary_search(key).ok()).map(|at| at as u32).collect::<Vec<u32>>()
        };
        let rows: Vec<Vec<u32>> = features.iter().map(known).collect();
        let mut lattice = Lattice::default();
        lattice.score(self, &rows);
        self.states.add_scores(states, &mut lattice.scores);
        lattice.fill(self, None);
        let tags = lattice.best(self);
        let mut values = Vec::new();
        let mut at = 0;
        while at < tags.len() {
            if tags[at] != BEGIN {
                at += 1;
                continue;
            }
            let mut end = at + 1;
            while tags.get(end) == Some(&INSIDE) {
                end += 1;
            }
            values.push((at, end, lattice.probability(self, at, end)));
            at = end;
        }
        values
    }
}

/// The features that occur often enough, sorted.
fn dictionary(sequences: &[Sequence], least: u32) -> Vec<u64> {
    let mut counts: HashMap<u64, u32, StableBuild> = HashMap::default();
    for key in sequences.iter().flat_map(|sequence| sequence.features.iter().flatten()) {
        *counts.entry(*key).or_default() += 1;
    }
    let mut keys: Vec<u64> = counts.into_iter().filter(|(_, n)| *n >= least).map(|(key, _)| key).collect();
    keys.sort_unstable();
    keys
}

/// Logarithms of the sums over all taggings before and behind each token.
#[derive(Default)]
struct Lattice {
    scores: Vec<[f32; TAGS]>,
    forward: Vec<[f32; TAGS]>,
    backward: Vec<[f32; TAGS]>,
    total: f32,
}

fn log_sum(values: [f32; TAGS]) -> f32 {
    let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    most + values.iter().map(|value| (value - most).exp()).sum::<f32>().ln()
}

fn step(crf: &Crf, from: usize, to: usize) -> f32 {
    if from == OUT && to == INSIDE { NEVER } else { crf.transitions[from][to] }
}

impl Lattice {
    /// What the features of each token say.
    fn score(&mut self, crf: &Crf, rows: &[Vec<u32>]) {
        self.scores.clear();
        self.scores.extend(rows.iter().map(|row| {
            let mut score = [0.0; TAGS];
            for &feature in row {
                let weights = &crf.weights[feature as usize];
                (0..TAGS).for_each(|tag| score[tag] += weights[tag]);
            }
            score
        }));
    }

    /// With the true tags, missing a value is made to look better than it is.
    fn fill(&mut self, crf: &Crf, truth: Option<&[u8]>) {
        let n = self.scores.len();
        for (score, _) in self.scores.iter_mut().zip(truth.unwrap_or_default()).filter(|(_, tag)| usize::from(**tag) != OUT) {
            score[OUT] += MISS_COST;
        }
        if let Some(first) = self.scores.first_mut() {
            first[INSIDE] += NEVER;
        }
        self.forward.clear();
        self.forward.resize(n, [0.0; TAGS]);
        self.backward.clear();
        self.backward.resize(n, [0.0; TAGS]);
        self.total = 0.0;
        if n == 0 {
            return;
        }
        self.forward[0] = self.scores[0];
        for at in 1..n {
            for to in 0..TAGS {
                let sums = [0, 1, 2].map(|from| self.forward[at - 1][from] + step(crf, from, to));
                self.forward[at][to] = log_sum(sums) + self.scores[at][to];
            }
        }
        for at in (0..n - 1).rev() {
            for from in 0..TAGS {
                let sums = [0, 1, 2].map(|to| step(crf, from, to) + self.scores[at + 1][to] + self.backward[at + 1][to]);
                self.backward[at][from] = log_sum(sums);
            }
        }
        self.total = log_sum(self.forward[n - 1]);
    }

    fn marginals(&self, at: usize) -> [f32; TAGS] {
        [0, 1, 2].map(|tag| (self.forward[at][tag] + self.backward[at][tag] - self.total).exp())
    }

    /// How often each transition is expected.
    fn transitions(&self, crf: &Crf) -> [[f32; TAGS]; TAGS] {
        let mut expected = [[0.0; TAGS]; TAGS];
        for at in 1..self.scores.len() {
            for (from, row) in expected.iter_mut().enumerate() {
                for (to, cell) in row.iter_mut().enumerate() {
                    let score = self.forward[at - 1][from] + step(crf, from, to) + self.scores[at][to] + self.backward[at][to];
                    *cell += (score - self.total).exp();
                }
            }
        }
        expected
    }

    /// The likeliest tags (Viterbi).
    fn best(&self, crf: &Crf) -> Vec<usize> {
        let n = self.scores.len();
        let mut best = vec![[0.0f32; TAGS]; n];
        let mut from_tag = vec![[0usize; TAGS]; n];
        best[0] = self.scores[0];
        for at in 1..n {
            for to in 0..TAGS {
                let scores = [0, 1, 2].map(|from| best[at - 1][from] + step(crf, from, to));
                let mut top = (f32::NEG_INFINITY, 0);
                for (from, score) in scores.into_iter().enumerate() {
                    if score > top.0 {
                        top = (score, from);
                    }
                }
                best[at][to] = top.0 + self.scores[at][to];
                from_tag[at][to] = top.1;
            }
        }
        let last = (0..TAGS).max_by(|a, b| best[n - 1][*a].total_cmp(&best[n - 1][*b])).unwrap_or(OUT);
        let mut tags = vec![last; n];
        for at in (1..n).rev() {
            tags[at - 1] = from_tag[at][tags[at]];
        }
        tags
    }

    /// The probability that exactly this range of tokens is a value.
    fn probability(&self, crf: &Crf, first: usize, last: usize) -> f32 {
        let mut score = self.forward[first][BEGIN];
        for at in first + 1..last {
            score += step(crf, if at == first + 1 { BEGIN } else { INSIDE }, INSIDE) + self.scores[at][INSIDE];
        }
        let tag = if last - first == 1 { BEGIN } else { INSIDE };
        let behind = if last < self.scores.len() {
            let ends = |to: usize| step(crf, tag, to) + self.scores[last][to] + self.backward[last][to];
            log_sum([ends(OUT), ends(BEGIN), f32::MIN])
        } else {
            0.0
        };
        (score + behind - self.total).exp().clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Crf, Sequence};

    fn sequence(words: &str, values: &[(usize, usize)]) -> Sequence {
        let words: Vec<u64> = words.bytes().map(u64::from).collect();
        let features = (0..words.len())
            .map(|at| {
                vec![
                    words[at],
                    1000 + at.checked_sub(1).map_or(0, |at| words[at]),
                    2000 + words.get(at + 1).copied().unwrap_or(0),
                ]
            })
            .collect();
        Sequence::new(features, values)
    }

    #[test]
    fn values_are_learnt_from_their_words_and_neighbours() {
        let data: Vec<Sequence> = vec![
            sequence("axxb", &[(1, 3)]),
            sequence("cxxd", &[]),
            sequence("aab", &[]),
            sequence("zaxb", &[(2, 3)]),
            sequence("ccx", &[]),
        ];
        let crf = Crf::train(&data, 0, &|| true).unwrap();
        assert_eq!(crf, Crf::train(&data, 0, &|| true).unwrap(), "the same data give the same weights");
        let found = crf.values(&sequence("zzaxxbz", &[]).features, &[]);
        assert_eq!(found.iter().map(|(a, b, _)| (*a, *b)).collect::<Vec<_>>(), [(3, 5)]);
        assert!(found[0].2 > 0.5 && found[0].2 <= 1.0, "{found:?}");
        assert!(crf.values(&sequence("zcxxd", &[]).features, &[]).is_empty());
        assert!(Crf::train(&data[1..3], 0, &|| true).is_none());
        assert!(crf.values(&[], &[]).is_empty());
    }
}
