//! A tireless annotator: looks at what the product shows and says the truth about it.

use std::collections::BTreeSet;

use adit_ml::clustering::{Centroids, Clustering, Item, ThemeOptions, themes};
use adit_ml::selection::{CENTER, Doubtful, Sureness, covered, in_turn};
use adit_ml::{Model, Options, Report, Unreviewed, train};

use super::THREADS;
use super::banking::Data;

/// Comments at the front of the order that are asked in turns, as the server does it.
const ASKED: usize = 400;
/// Comments on a page.
const PAGE: usize = 20;
/// Texts around that a training hears of, as the server draws them: evenly, about so many.
const N_UNREVIEWED: usize = 2_000;
/// Of a theme a few comments are enough to learn what it is about.
const PER_THEME: usize = 3;

/// A small generator of numbers.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) >> 11) as usize % n
    }
}

/// What was reviewed so far, and what was learnt from it.
pub(crate) struct Annotator<'a> {
    data: &'a Data,
    reviewed: BTreeSet<usize>,
    model: Option<(Model, Report)>,
    /// Trainings so far.
    version: usize,
}

impl<'a> Annotator<'a> {
    pub(crate) fn new(data: &'a Data) -> Self {
        Self { data, reviewed: BTreeSet::new(), model: None, version: 0 }
    }

    /// Reviews comments; the model is then out of date.
    pub(crate) fn review(&mut self, rows: impl IntoIterator<Item = usize>) {
        self.reviewed.extend(rows);
        self.model = None;
    }

    /// The intents met so far.
    pub(crate) fn intents(&self) -> BTreeSet<usize> {
        self.reviewed.iter().map(|&row| self.data.train[row].label).collect()
    }

    fn unreviewed(&self) -> Vec<usize> {
        (0..self.data.train.len()).filter(|row| !self.reviewed.contains(row)).collect()
    }

    fn retrain(&mut self) -> Result<(), adit_ml::TrainError> {
        if self.model.is_some() || self.reviewed.is_empty() {
            return Ok(());
        }
        // The taxonomy holds what was met, and no more.
        let met: Vec<usize> = self.intents().into_iter().collect();
        let mut corpus = self
            .data
            .corpus(self.reviewed.iter().map(|&row| (row, met.binary_search(&self.data.train[row].label).unwrap_or_default())));
        corpus.labels = met.iter().map(|&label| self.data.labels[label].clone()).collect();
        let open = self.unreviewed();
        let around = open.iter().step_by(open.len().div_ceil(N_UNREVIEWED).max(1)).map(|&row| &self.data.train[row]);
        corpus.n_unreviewed = open.len();
        corpus.unreviewed = around.map(|row| Unreviewed { text: row.text.clone(), embedding: row.vector.clone() }).collect();
        let trained = train(&corpus, None, &Options { threads: THREADS, seed: 0 }, &|_| true)?;
        self.model = Some((trained.model, trained.report));
        self.version += 1;
        Ok(())
    }

    fn predicted(&self, rows: &[usize]) -> Vec<Vec<f32>> {
        let Some((model, _)) = &self.model else { return vec![Vec::new(); rows.len()] };
        let inputs: Vec<(&str, &[f32])> =
            rows.iter().map(|&row| (self.data.train[row].text.as_str(), self.data.train[row].vector.as_slice())).collect();
        model.predict_many(&inputs, THREADS)
    }

    fn coverage(&self, rows: &[usize]) -> Vec<f32> {
        let labels = self.model.iter().flat_map(|(_, report)| &report.labels);
        let informativeness: Vec<f32> = labels.map(|label| label.informativeness).collect();
        self.predicted(rows).iter().map(|probabilities| covered(probabilities, &informativeness)).collect()
    }

    /// Themes of what is not reviewed, and which row each of their items is.
    pub(crate) fn themes(&mut self, start: &Centroids) -> Result<(Clustering, Vec<usize>), adit_ml::TrainError> {
        self.retrain()?;
        let rows = self.unreviewed();
        let coverage = self.coverage(&rows);
        let item = |(&row, covered): (&usize, &f32)| Item {
            text: &self.data.train[row].text,
            embedding: &self.data.train[row].vector,
            novelty: 1.0 - covered,
        };
        let items: Vec<Item<'_>> = rows.iter().zip(&coverage).map(item).collect();
        Ok((themes(&items, start, &ThemeOptions { threads: THREADS, ..ThemeOptions::default() }), rows))
    }

    /// Unreviewed comments in random order.
    pub(crate) fn shuffled(&self, seed: u64, n: usize) -> Vec<usize> {
        let mut rows = self.unreviewed();
        let mut random = Random(seed.wrapping_mul(977).wrapping_add(5));
        for at in (1..rows.len()).rev() {
            rows.swap(at, random.below(at + 1));
        }
        rows.truncate(n);
        rows
    }

    /// The least sure comments, in the order in which the server asks about them.
    fn teach(&mut self, n: usize) -> Result<Vec<usize>, adit_ml::TrainError> {
        self.retrain()?;
        let rows = self.unreviewed();
        let names = self.model.as_ref().map(|(model, _)| model.labels().to_vec()).unwrap_or_default();
        // Each review says one label.
        let sureness = Sureness::fitting(&names, std::iter::once(&[0][..]), CENTER);
        let keys: Vec<f32> = self.predicted(&rows).iter().map(|probabilities| sureness.of(probabilities)).collect();
        let doubtful = |&at: &usize| Doubtful { doubt: 1.0 - keys[at], vector: &self.data.train[rows[at]].vector };
        let stride = (self.data.train.len() / N_UNREVIEWED).max(1);
        let places = (0..rows.len()).filter(|at| rows[*at] % stride == self.version % stride);
        let around: Vec<Doubtful<'_>> = places.map(|at| doubtful(&at)).collect();
        let front = first((0..rows.len()).collect(), keys.clone(), ASKED);
        let order = in_turn(&front.iter().map(doubtful).collect::<Vec<_>>(), &around);
        Ok(order.into_iter().take(n).map(|place| rows[front[place]]).collect())
    }

    /// The least covered comments.
    fn low_confidence(&mut self, n: usize) -> Result<Vec<usize>, adit_ml::TrainError> {
        self.retrain()?;
        let rows = self.unreviewed();
        let keys = self.coverage(&rows);
        Ok(first(rows, keys, n))
    }

    /// The product's own loop: one round of themes, shuffled pages, teach page by page, at the end low confidence.
    pub(crate) fn product_loop(&mut self, seed: u64, n: usize) -> Result<(), adit_ml::TrainError> {
        let (found, rows) = self.themes(&Centroids::default())?;
        let few_of_each = found.themes.iter().flat_map(|theme| theme.members.iter().take(PER_THEME));
        let shown: Vec<usize> = few_of_each.map(|member| rows[member.item]).collect();
        self.review(shown.into_iter().take(n / 4));
        self.review(self.shuffled(seed, n / 5));
        while self.reviewed.len() < n {
            let page = PAGE.min(n - self.reviewed.len());
            let is_last = n - self.reviewed.len() <= n / 20;
            let next = if is_last { self.low_confidence(page)? } else { self.teach(page)? };
            self.review(next);
        }
        Ok(())
    }

    /// The mean average precision that the validation claims, and that on the test comments, over the same labels.
    pub(crate) fn claim(&mut self) -> Result<(f32, f32), adit_ml::TrainError> {
        self.retrain()?;
        let Some((model, report)) = &self.model else { return Ok((0.0, 0.0)) };
        let inputs: Vec<(&str, &[f32])> = self.data.test.iter().map(|row| (row.text.as_str(), row.vector.as_slice())).collect();
        let predicted = model.predict_many(&inputs, THREADS);
        let least = if report.mean_average_precision.is_some() { 20 } else { 0 };
        let judged = report.labels.iter().enumerate().filter(|(_, label)| label.n_train >= least);
        let pairs: Vec<(f32, f32)> = judged
            .filter_map(|(at, label)| {
                let holds = |row: usize| self.data.labels[self.data.test[row].label].name == label.name;
                let pairs = predicted.iter().enumerate().map(|(row, scores)| (scores[at], holds(row)));
                Some((label.average_precision?, average_precision(pairs.collect())))
            })
            .collect();
        let mean = |of: fn(&(f32, f32)) -> f32| pairs.iter().map(of).sum::<f32>() / pairs.len().max(1) as f32;
        Ok((mean(|pair| pair.0), mean(|pair| pair.1)))
    }

    /// How often the likeliest label of a test comment is the right one, in per cent.
    pub(crate) fn accuracy(&mut self) -> Result<f32, adit_ml::TrainError> {
        self.retrain()?;
        let Some((model, _)) = &self.model else { return Ok(0.0) };
        let inputs: Vec<(&str, &[f32])> = self.data.test.iter().map(|row| (row.text.as_str(), row.vector.as_slice())).collect();
        let best = |scores: &Vec<f32>| (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        let predicted = model.predict_many(&inputs, THREADS);
        let is_right = |(row, scores): &(&super::banking::Row, &Vec<f32>)| {
            best(scores).is_some_and(|label| model.labels()[label] == self.data.labels[row.label].name)
        };
        let n_right = self.data.test.iter().zip(&predicted).filter(is_right).count();
        Ok(100.0 * n_right as f32 / predicted.len().max(1) as f32)
    }
}

/// The mean precision at each right one, of (score, whether it is right).
fn average_precision(mut pairs: Vec<(f32, bool)>) -> f32 {
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut n_right, mut sum) = (0.0, 0.0);
    for (taken, _) in pairs.iter().enumerate().filter(|(_, pair)| pair.1) {
        n_right += 1.0;
        sum += n_right / (taken + 1) as f32;
    }
    sum / f32::max(n_right, 1.0)
}

fn first(rows: Vec<usize>, keys: Vec<f32>, n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|&a, &b| keys[a].total_cmp(&keys[b]).then(a.cmp(&b)));
    order.into_iter().take(n).map(|at| rows[at]).collect()
}
