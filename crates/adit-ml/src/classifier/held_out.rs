//! What a model thinks of each reviewed comment when it has not seen it: where that differs from what a person said,
//! one of the two is wrong.

use crate::classifier::design::Design;
use crate::classifier::folds::{Job, Run, fit_all};
use crate::classifier::hierarchy::Hierarchy;
use crate::classifier::model::Model;
use crate::classifier::priors::Priors;
use crate::classifier::space::Kernels;
use crate::classifier::train::{FIT_ITERATIONS, Fit, HeldOut, Split, calibrate, probabilities};
use crate::classifier::zero_shot::ZeroShot;
use crate::classifier::{Corpus, Options, TrainError};
use crate::validation::{self, N_FOLDS};

/// What models think that did not see the example.
#[derive(Debug, Clone)]
pub struct Unseen {
    /// The probabilities of every label for each example, in the order of the corpus; an example that could not be held
    /// out has an empty row.
    pub probabilities: Vec<Vec<f32>>,
    /// The model asked about, with all that the next time can begin at.
    pub warm: Model,
}

/// The probabilities of every label for each example, in the order of the corpus, from models with the settings of
/// `model` that learnt from the other examples.
///
/// `warm` comes from an earlier call for the same dataset: the fits begin at what was found then.
///
/// # Errors
/// As training; `observe` hears the share that is done and stops the work by answering false.
pub fn held_out(
    corpus: &Corpus,
    model: &Model,
    warm: Option<&Model>,
    options: &Options,
    observe: &dyn Fn(f32) -> bool,
) -> Result<Unseen, TrainError> {
    if corpus.labels.is_empty() {
        return Err(TrainError::NoLabels);
    }
    let names: Vec<String> = corpus.labels.iter().map(|label| label.name.clone()).collect();
    let hierarchy = Hierarchy::new(&names);
    let design = Design::new(corpus, &hierarchy, options.threads)?;
    let folds: Vec<usize> = corpus.examples.iter().map(|example| validation::fold(&example.uid)).collect();
    let examples: Vec<usize> = (0..design.n_examples).collect();
    let all: Vec<usize> = design.learnt().collect();
    let kernels = Kernels::new(&design, &all, options.threads);
    let settings = model.settings();
    let prior = ZeroShot::new(corpus, &design, &hierarchy, options.threads);
    let splits: Vec<Split> = (0..N_FOLDS).map(|fold| Split::new(&examples, &folds, fold)).filter(Split::is_usable).collect();
    let earlier = warm.filter(|_| kernels.is_none());
    let start = |fold| earlier.and_then(|model| model.start(&design, &names, Some(fold), settings.sparse_scale));
    let job = |split: &Split| Job {
        start: start(split.fold),
        rows: split.kept.iter().copied().chain(design.described()).collect(),
        settings,
        max_iterations: FIT_ITERATIONS,
    };
    let jobs: Vec<Job> = splits.iter().map(job).collect();
    let fitted = fit_all(&design, kernels.as_ref(), prior.as_ref(), &jobs, &Run { threads: options.threads, observe })?;
    let mut held = HeldOut::default();
    for (split, weights) in splits.iter().zip(&fitted) {
        let fit = Fit::new(&design, weights, settings.sparse_scale, split, options.threads);
        held.add(&design, &fit, &split.held, options.threads);
    }
    held.listen(settings.neighbors);
    held.level(&Priors::new(&design, &folds));
    let curves = calibrate(&design, &held, &vec![1.0; held.rows.len()], &|_| true);
    let mut rows = vec![Vec::new(); design.n_examples];
    for (row, scores) in held.rows.iter().zip(&held.scores) {
        rows[*row] = probabilities(scores, &curves, &design.known, &hierarchy);
    }
    let fits = if kernels.is_none() { splits.iter().map(|split| split.fold).zip(&fitted).collect() } else { Vec::new() };
    Ok(Unseen { probabilities: rows, warm: model.with_held_out(&design, fits) })
}

#[cfg(test)]
mod tests {
    use super::held_out;
    use crate::classifier::{Corpus, Example, LabelSpec, Options, train};

    /// Vectors that say nothing about two labels, each of which half of the rows hold.
    fn noise(seed: u64) -> Corpus {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
        };
        let example = |at: usize| Example {
            uid: format!("{seed}.{at}"),
            embedding: (0..8).map(|_| next()).collect(),
            assigned: vec![at % 2],
            ..Example::default()
        };
        let examples = (0..20).map(example).collect();
        let label = |name: &str| LabelSpec { name: name.to_owned(), ..LabelSpec::default() };
        Corpus { labels: vec![label("a"), label("b")], examples, ..Corpus::default() }
    }

    #[test]
    fn what_is_held_out_is_not_known_by_its_absence() {
        let options = Options { threads: 2, seed: 0 };
        let (mut n_pairs, mut n_right) = (0.0f32, 0.0f32);
        for seed in 0..40 {
            let corpus = noise(seed);
            let model = train(&corpus, None, &options, &|_| true).unwrap().model;
            let thought = held_out(&corpus, &model, None, &options, &|_| true).unwrap().probabilities;
            for (holds, other) in (0..20).step_by(2).flat_map(|holds| (1..20).step_by(2).map(move |other| (holds, other))) {
                n_pairs += 1.0;
                n_right += f32::from(u8::from(thought[holds][0] > thought[other][0]));
            }
        }
        // A coin would be right half the time; models that met the label less often would be wrong more often than not.
        let share = n_right / n_pairs;
        assert!((share - 0.5).abs() < 0.06, "{share}");
    }
}
