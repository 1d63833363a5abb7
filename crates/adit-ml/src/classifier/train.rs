//! Trains a model: chooses the settings, scores held-out rows, calibrates, fits all rows and validates.

use crate::classifier::calibrate::Curve;
use crate::classifier::design::Design;
use crate::classifier::folds::{Job, Run, Weights, fit_all, score};
use crate::classifier::hierarchy::Hierarchy;
use crate::classifier::importance;
use crate::classifier::lanes::TOGETHER;
use crate::classifier::memory::Memory;
use crate::classifier::model::{Model, Parts};
use crate::classifier::priors::Priors;
use crate::classifier::solver::Settings;
use crate::classifier::space::Kernels;
use crate::classifier::zero_shot::ZeroShot;
use crate::classifier::{Corpus, Options, TrainError, Trained, for_each_index};
use crate::validation::{self, Judged, N_FOLDS, TEST_FOLD, Tested};

const SPARSE_SCALES: [f32; 5] = [0.35, 0.5, 0.7, 1.0, 1.4];
/// What a share of one among the neighbours may add to a score.
const NEIGHBOR_WEIGHTS: [f32; 3] = [0.0, 1.5, 3.0];
const STRENGTHS: [f32; 4] = [3.0, 10.0, 100.0, 300.0];
const FIRST_STRENGTH: f32 = 30.0;
/// Settings are chosen on about this many rows at most, and only from this many on.
const MAX_TUNING_ROWS: usize = 3_000;
const MIN_TUNING_ROWS: usize = 20;
const TUNING_ITERATIONS: usize = 25;
pub(super) const FIT_ITERATIONS: usize = 60;
/// From this many rows on words are as telling as vectors also where each text has a single label.
const MANY_ROWS: usize = 3_000;
/// Above this many rows two held-out fifths say all that five would.
const MAX_ROWS_FOR_ALL_FOLDS: usize = 4_000;
/// Settings have to beat the usual ones by this over the square root of the rows: less may be chance.
const MARGIN: f64 = 0.15;
/// A model trained on so much more or less data than the one before chooses its settings anew.
const REUSE_RATIO: f32 = 1.25;

/// Trains a model on every example and validates one trained on the training part alone.
///
/// `warm` is an earlier model of the same dataset: its settings are reused while the data has about
/// the same size, and where there are many examples the fits begin at its weights. As it came from training it also
/// knows where the fits for the validation begin; read back from bytes, it does not. `observe` hears the share of the work that is done, from this thread; once it
/// answers false, training stops within one step of the solver.
pub fn train(
    corpus: &Corpus,
    warm: Option<&Model>,
    options: &Options,
    observe: &dyn Fn(f32) -> bool,
) -> Result<Trained, TrainError> {
    if corpus.labels.is_empty() {
        return Err(TrainError::NoLabels);
    }
    let names: Vec<String> = corpus.labels.iter().map(|label| label.name.clone()).collect();
    let hierarchy = Hierarchy::new(&names);
    let design = Design::new(corpus, &hierarchy, options.threads)?;
    let folds: Vec<usize> = corpus.examples.iter().map(|example| validation::fold(&example.uid)).collect();
    let step = |from: f32, to: f32| move |share: f32| observe(from + (to - from) * share);

    let examples: Vec<usize> = (0..design.n_examples).collect();
    // Words alone are not fitted: the prior has read them already.
    let all: Vec<usize> = if examples.is_empty() { Vec::new() } else { design.learnt().collect() };
    let kernels = Kernels::new(&design, &all, options.threads);
    let prior = ZeroShot::new(corpus, &design, &hierarchy, options.threads);
    let prior = prior.as_ref();
    let settings = match warm.filter(|model| is_similar(model, design.n_examples)) {
        Some(model) => model.settings(),
        None => choose(&design, kernels.as_ref(), prior, &folds, &Run { threads: options.threads, observe: &step(0.0, 0.4) })?,
    };
    // A fit that looks for factors of rows has no use for weights of columns.
    let earlier = warm.filter(|_| kernels.is_none());
    let start = |fold| earlier.and_then(|model| model.start(&design, &names, fold, settings.sparse_scale));
    let job = |(rows, fold)| Job { rows, start: start(fold), settings, max_iterations: FIT_ITERATIONS };
    let n_folds = if design.n_examples > MAX_ROWS_FOR_ALL_FOLDS { 2 } else { N_FOLDS };
    let splits: Vec<Split> = (0..n_folds).map(|fold| Split::new(&examples, &folds, fold)).filter(Split::is_usable).collect();
    let kept = |split: &Split| (split.kept.iter().copied().chain(design.described()).collect(), Some(split.fold));
    let jobs: Vec<Job> = splits.iter().map(kept).chain([(all.clone(), None)]).map(job).collect();
    let run = Run { threads: options.threads, observe: &step(0.4, 1.0) };
    let mut fitted = fit_all(&design, kernels.as_ref(), prior, &jobs, &run)?;
    let weights = fitted.pop().unwrap_or_default();

    let (mut held_out, mut test, mut around) = (HeldOut::default(), HeldOut::default(), HeldOut::default());
    for (at, (split, weights)) in splits.iter().zip(&fitted).enumerate() {
        let part = if split.fold == TEST_FOLD { &mut test } else { &mut held_out };
        let fit = Fit::new(&design, weights, settings.sparse_scale, split, options.threads);
        part.add(&design, &fit, &split.held, options.threads);
        // Nobody's decision is at stake here, so that one of the models is enough.
        let unreviewed: Vec<usize> = design.unreviewed().skip(at).step_by(splits.len()).collect();
        around.add(&design, &fit, &unreviewed, options.threads);
    }
    let weight_of_neighbors = held_out.best_weight(&design);
    let priors = Priors::new(&design, &folds);
    for part in [&mut held_out, &mut test, &mut around] {
        part.listen(weight_of_neighbors);
        part.level(&priors);
    }
    let memory = if weight_of_neighbors > 0.0 {
        Memory::new(&design, &weights, settings.sparse_scale, &all, options.threads)
    } else {
        None
    };
    let settings = Settings { neighbors: weight_of_neighbors, ..settings };

    let is_train = |row: &usize| folds[*row] != TEST_FOLD;
    let known = |label: usize| {
        let described = design.described();
        (0..design.n_examples).filter(is_train).chain(described).any(|row| design.assigned[row].contains(&label))
    };
    let known: Vec<bool> = (0..names.len()).map(known).collect();
    // The test part first; where it has too few examples of a label, the rest tells more.
    let scored = || test.rows.iter().zip(&test.scores).chain(held_out.rows.iter().zip(&held_out.scores));
    let all_told = |curves: &[Curve], scores: &mut dyn Iterator<Item = &Vec<f32>>| -> Vec<Vec<f32>> {
        scores.map(|scores| probabilities(scores, curves, &known, &hierarchy)).collect()
    };
    let first = calibrate(&design, &held_out, &vec![1.0; held_out.rows.len()], &is_train);
    let weights_of = importance::weights(
        &all_told(&first, &mut scored().map(|(_, scores)| scores)),
        &all_told(&first, &mut around.scores.iter()),
        design.n_examples,
        corpus.n_unreviewed.max(corpus.unreviewed.len()),
    );
    let (of_test, of_held_out) = weights_of.split_at(test.rows.len());
    let curves = calibrate(&design, &held_out, of_held_out, &is_train);
    let tested = Tested {
        rows: scored().map(|(row, _)| *row).collect(),
        probabilities: all_told(&curves, &mut scored().map(|(_, scores)| scores)),
        assigned: scored().map(|(row, _)| design.assigned[*row].clone()).collect(),
        weights: weights_of.clone(),
    };
    let report = validation::report(&validation::Scored {
        names: &names,
        assigned: &design.assigned[..design.n_examples],
        is_test: &folds.iter().map(|&fold| fold == TEST_FOLD).collect::<Vec<_>>(),
        tested: &tested,
        threads: options.threads,
    });
    let of_all: Vec<f32> = of_held_out.iter().chain(of_test).copied().collect();
    held_out.rows.extend(test.rows);
    held_out.scores.extend(test.scores);
    let curves = calibrate(&design, &held_out, &of_all, &|_| true);
    let model = Model::assemble(Parts {
        names,
        design: &design,
        corpus,
        weights: &weights,
        held_out: if kernels.is_none() { splits.iter().map(|split| split.fold).zip(&fitted).collect() } else { Vec::new() },
        memory,
        curves,
        settings,
        seed: options.seed,
    });
    Ok(Trained { model, report, tested })
}

/// Calibrated probabilities of one row; a label that nothing is known of has none.
pub(super) fn probabilities(scores: &[f32], curves: &[Curve], known: &[bool], hierarchy: &Hierarchy) -> Vec<f32> {
    let one = |((&score, curve), &known): ((&f32, &Curve), &bool)| if known { curve.probability(score) } else { 0.0 };
    let mut probabilities: Vec<f32> = scores.iter().zip(curves).zip(known).map(one).collect();
    hierarchy.settle(&mut probabilities, known);
    probabilities
}

/// One of the models that are scored: it learnt from the rows that its split kept.
pub(super) struct Fit<'a> {
    split: &'a Split,
    weights: &'a Weights,
    scale: f32,
    memory: Option<Memory>,
}

impl<'a> Fit<'a> {
    pub(super) fn new(design: &Design<'_>, weights: &'a Weights, scale: f32, split: &'a Split, threads: usize) -> Self {
        Fit { split, weights, scale, memory: Memory::new(design, weights, scale, &split.kept, threads) }
    }
}

/// Rows with the scores of a model that did not see them, and what their neighbours among the rows it saw say.
#[derive(Default)]
pub(super) struct HeldOut {
    pub(super) rows: Vec<usize>,
    pub(super) scores: Vec<Vec<f32>>,
    /// For each row, the part that its model has not seen.
    folds: Vec<usize>,
    /// As long as the scores, or empty where nothing is remembered.
    shares: Vec<Vec<f32>>,
}

impl HeldOut {
    /// Scores rows that the model has not learnt from.
    pub(super) fn add(&mut self, design: &Design<'_>, fit: &Fit<'_>, rows: &[usize], threads: usize) {
        self.rows.extend(rows);
        self.folds.extend(std::iter::repeat_n(fit.split.fold, rows.len()));
        self.scores.extend(score(design, fit.weights, fit.scale, rows, threads));
        if let Some(memory) = &fit.memory {
            let n_labels = design.n_positives.len();
            // It remembers what nobody reviewed after the rows that it learnt from.
            let own = |row: usize| row.checked_sub(design.unreviewed().start).map(|at| fit.split.kept.len() + at);
            let few: Vec<&[usize]> = rows.chunks(TOGETHER).collect();
            let shares = |at: usize| {
                let own: Vec<Option<usize>> = few[at].iter().map(|&row| own(row)).collect();
                let vectors: Vec<&[f32]> = few[at].iter().map(|&row| design.dense_row(row)).collect();
                memory.shares_without(&own, &vectors, n_labels)
            };
            self.shares.extend(for_each_index(few.len(), threads, shares).into_iter().flatten());
        }
    }

    /// The weight of neighbours that serves these rows best; of equals the larger one.
    fn best_weight(&self, design: &Design<'_>) -> f32 {
        if self.shares.len() != self.scores.len() {
            return 0.0;
        }
        let mut best = (f64::NEG_INFINITY, 0.0);
        for weight in NEIGHBOR_WEIGHTS {
            let quality = quality(design, &self.rows, &self.blended(weight));
            if quality >= best.0 {
                best = (quality, weight);
            }
        }
        best.1
    }

    pub(super) fn listen(&mut self, weight: f32) {
        self.scores = self.blended(weight);
    }

    /// Makes scores of models that learnt from different parts comparable.
    ///
    /// Else a row with a label is told from the others by its own absence: the model that did not see it met the label
    /// the more seldom. With few examples that would bend the calibration more than what was learnt.
    pub(super) fn level(&mut self, priors: &Priors) {
        for (scores, &fold) in self.scores.iter_mut().zip(&self.folds) {
            scores.iter_mut().zip(priors.of(fold)).for_each(|(score, shift)| *score += shift);
        }
    }

    fn blended(&self, weight: f32) -> Vec<Vec<f32>> {
        if weight == 0.0 || self.shares.len() != self.scores.len() {
            return self.scores.clone();
        }
        let blend = |(scores, shares): (&Vec<f32>, &Vec<f32>)| {
            scores.iter().zip(shares).map(|(score, share)| weight.mul_add(*share, *score)).collect()
        };
        self.scores.iter().zip(&self.shares).map(blend).collect()
    }
}

pub(super) struct Split {
    pub(super) fold: usize,
    pub(super) kept: Vec<usize>,
    pub(super) held: Vec<usize>,
}

impl Split {
    pub(super) fn new(rows: &[usize], folds: &[usize], fold: usize) -> Split {
        let (held, kept) = rows.iter().partition(|row| folds[**row] == fold);
        Split { fold, kept, held }
    }

    pub(super) fn is_usable(&self) -> bool {
        !self.kept.is_empty() && !self.held.is_empty()
    }
}

/// The curve of each label, from held-out scores; each row counts as much as its weight says.
pub(super) fn calibrate(design: &Design<'_>, held_out: &HeldOut, weights: &[f32], counts: &dyn Fn(&usize) -> bool) -> Vec<Curve> {
    let n_labels = design.n_positives.len();
    let total = (0..design.n_examples).filter(|row| counts(row)).count() as f32;
    let holds = |at: usize, label: usize| design.assigned[held_out.rows[at]].binary_search(&label).is_ok();
    // Class weights raise the odds by about their square root; this takes it off again.
    let offset = |label: usize| {
        let n = (0..design.n_examples).filter(|row| counts(row) && design.assigned[*row].binary_search(&label).is_ok()).count();
        // A label without positives was not weighted, one with a single one hardly found.
        let share = n as f32 / (n as f32 + 1.0);
        -0.5 * share * ((total - n as f32 + 0.5) / (n as f32 + 0.5)).ln()
    };
    let mean_offset = (0..n_labels).map(offset).sum::<f32>() / n_labels as f32;
    let start = Curve { slope: 1.0, offset: mean_offset };
    let everything = (0..held_out.rows.len()).flat_map(|at| (0..n_labels).map(move |label| (at, label)));
    let common = Curve::fit(everything.map(|(at, label)| (held_out.scores[at][label], holds(at, label), weights[at])), start);
    let one = |label: usize| {
        let near = Curve { slope: common.slope, offset: common.offset + offset(label) - mean_offset };
        Curve::fit((0..held_out.rows.len()).map(|at| (held_out.scores[at][label], holds(at, label), weights[at])), near)
    };
    (0..n_labels).map(one).collect()
}

/// The settings that serve held-out rows best: first the sparse scale, then the strength.
fn choose(
    design: &Design<'_>,
    kernels: Option<&Kernels>,
    prior: Option<&ZeroShot>,
    folds: &[usize],
    run: &Run<'_>,
) -> Result<Settings, TrainError> {
    // Words tell several labels of one text apart better than its vector does; for a single one it takes many texts.
    let sparse_scale = if design.is_exclusive && design.n_examples < MANY_ROWS { 0.5 } else { 1.0 };
    let start = Settings { sparse_scale, strength: FIRST_STRENGTH, neighbors: 0.0 };
    if design.n_examples < MIN_TUNING_ROWS {
        return Ok(start);
    }
    let stride = design.n_examples.div_ceil(MAX_TUNING_ROWS);
    let rows: Vec<usize> = (0..design.n_examples).step_by(stride).collect();
    let n_folds = if rows.len() > 1_500 { 2 } else { 3 };
    // The test part stays out, or the choice would favor it.
    let rows: Vec<usize> = rows.into_iter().filter(|&row| folds[row] != TEST_FOLD).collect();
    let own = if kernels.is_none() {
        Kernels::new(design, &rows.iter().copied().chain(design.described()).collect::<Vec<_>>(), run.threads)
    } else {
        None
    };
    let kernels = kernels.or(own.as_ref());
    let splits: Vec<Split> = (1..=n_folds).map(|fold| Split::new(&rows, folds, fold)).filter(Split::is_usable).collect();
    if splits.is_empty() {
        return Ok(start);
    }
    let by_scale: Vec<Settings> = SPARSE_SCALES.iter().map(|&sparse_scale| Settings { sparse_scale, ..start }).collect();
    let first_half = Run { threads: run.threads, observe: &|share| (run.observe)(share * 0.5) };
    let (best, quality) = best_of(design, kernels, prior, &splits, &by_scale, &start, &first_half)?;
    let by_strength: Vec<Settings> = STRENGTHS.iter().map(|&strength| Settings { strength, ..best }).collect();
    let second_half = Run { threads: run.threads, observe: &|share| (run.observe)(0.5 + share * 0.5) };
    let (other, other_quality) = best_of(design, kernels, prior, &splits, &by_strength, &best, &second_half)?;
    Ok(if other_quality > quality + margin(&splits) { other } else { best })
}

fn best_of(
    design: &Design<'_>,
    kernels: Option<&Kernels>,
    prior: Option<&ZeroShot>,
    splits: &[Split],
    candidates: &[Settings],
    usual: &Settings,
    run: &Run<'_>,
) -> Result<(Settings, f64), TrainError> {
    let jobs: Vec<Job> = candidates
        .iter()
        .flat_map(|&settings| splits.iter().map(move |split| (settings, split)))
        .map(|(settings, split)| Job {
            rows: split.kept.iter().copied().chain(design.described()).collect(),
            start: None,
            settings,
            max_iterations: TUNING_ITERATIONS,
        })
        .collect();
    let fitted = fit_all(design, kernels, prior, &jobs, run)?;
    let judged = candidates.iter().zip(fitted.chunks(splits.len()));
    let judge = |(&settings, models): (&Settings, &[Weights])| {
        let (mut rows, mut scores) = (Vec::new(), Vec::new());
        for (split, weights) in splits.iter().zip(models) {
            rows.extend(&split.held);
            scores.extend(score(design, weights, settings.sparse_scale, &split.held, run.threads));
        }
        (settings, quality(design, &rows, &scores))
    };
    let judged: Vec<(Settings, f64)> = judged.map(judge).collect();
    let of_usual = judged.iter().find(|(settings, _)| settings == usual).copied();
    let best = judged.into_iter().rev().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((*usual, f64::NEG_INFINITY));
    Ok(of_usual.filter(|(_, quality)| best.1 <= *quality + margin(splits)).unwrap_or(best))
}

fn margin(splits: &[Split]) -> f64 {
    MARGIN / (splits.iter().map(|split| split.held.len()).sum::<usize>().max(1) as f64).sqrt()
}

/// How good held-out scores are: the share of right firsts where one label holds, else average precision.
fn quality(design: &Design<'_>, rows: &[usize], scores: &[Vec<f32>]) -> f64 {
    let mut pairs: Vec<Judged> = Vec::new();
    let (mut n_right, n_rows) = (0usize, rows.len());
    for (&row, scores) in rows.iter().zip(scores) {
        let first = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        n_right += usize::from(first.is_some_and(|label| design.assigned[row].contains(&label)));
        pairs.extend(
            scores
                .iter()
                .enumerate()
                .map(|(label, &score)| Judged::new(score, design.assigned[row].binary_search(&label).is_ok())),
        );
    }
    let average_precision = f64::from(validation::average_precision(&mut pairs).unwrap_or(0.0));
    if design.is_exclusive { 0.5 * (n_right as f64 / n_rows.max(1) as f64 + average_precision) } else { average_precision }
}

fn is_similar(model: &Model, n_rows: usize) -> bool {
    let ratio = n_rows as f32 / model.n_examples().max(1) as f32;
    model.n_examples() >= MIN_TUNING_ROWS && (1.0 / REUSE_RATIO..=REUSE_RATIO).contains(&ratio)
}
