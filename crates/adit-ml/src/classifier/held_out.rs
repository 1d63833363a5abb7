//! What a model thinks of each reviewed comment when it has not seen it: where that differs from what a person said,
//! one of the two is wrong.

use crate::classifier::design::Design;
use crate::classifier::folds::{Job, Run, fit_all};
use crate::classifier::hierarchy::Hierarchy;
use crate::classifier::model::Model;
use crate::classifier::space::Kernels;
use crate::classifier::train::{FIT_ITERATIONS, HeldOut, Split, calibrate, probabilities};
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
        held.add(&design, weights, settings.sparse_scale, split, options.threads);
    }
    held.listen(settings.neighbors);
    let curves = calibrate(&design, &held, &|_| true);
    let mut rows = vec![Vec::new(); design.n_examples];
    for (row, scores) in held.rows.iter().zip(&held.scores) {
        rows[*row] = probabilities(scores, &curves, &design.known, &hierarchy);
    }
    let fits = if kernels.is_none() { splits.iter().map(|split| split.fold).zip(&fitted).collect() } else { Vec::new() };
    Ok(Unseen { probabilities: rows, warm: model.with_held_out(&design, fits) })
}
