//! Held-out scores: each row is scored by a model that did not see it.

use crate::classifier::design::Design;
use crate::classifier::lanes::{LANES, Lanes};
use crate::classifier::solver::{self, Problem, Settings};
use crate::classifier::space::{Kernels, Space};
use crate::classifier::zero_shot::ZeroShot;
use crate::classifier::{TrainError, workers};

/// One model to fit.
pub(super) struct Job {
    pub(super) rows: Vec<usize>,
    /// Weights near to where the fit will end, if any are known.
    pub(super) start: Option<Weights>,
    pub(super) settings: Settings,
    pub(super) max_iterations: usize,
}

/// The weights of one model: for each group of labels, one group of lanes a column, the constant last.
pub(super) type Weights = Vec<Vec<Lanes>>;

/// How to run: threads, and whom to tell which share of this step is done.
pub(super) struct Run<'a> {
    pub(super) threads: usize,
    pub(super) observe: &'a dyn Fn(f32) -> bool,
}

/// Fits the jobs side by side; the labels of the last few too, when there are threads to spare.
pub(super) fn fit_all(
    design: &Design<'_>,
    kernels: Option<&Kernels>,
    prior: Option<&ZeroShot>,
    jobs: &[Job],
    run: &Run<'_>,
) -> Result<Vec<Weights>, TrainError> {
    let n_whole = jobs.len() - jobs.len() % run.threads.max(1);
    let mut fitted = Vec::with_capacity(jobs.len());
    let share = |n: usize| n as f32 / jobs.len() as f32;
    let whole = workers::run(
        n_whole,
        run.threads,
        &|at, stop| {
            let job = &jobs[at];
            let space = Space::new(design, kernels, &job.rows, job.settings.sparse_scale);
            (0..n_groups(design)).map(|group| solver::fit(&problem(design, &space, prior, job, group), stop)).collect()
        },
        &mut |n_done| (run.observe)(share(n_done)),
    );
    fitted.extend(whole.ok_or(TrainError::Cancelled)?);
    for job in &jobs[n_whole..] {
        let space = Space::new(design, kernels, &job.rows, job.settings.sparse_scale);
        let n_before = fitted.len();
        let groups = workers::run(
            n_groups(design),
            run.threads,
            &|group, stop| solver::fit(&problem(design, &space, prior, job, group), stop),
            &mut |n_done| (run.observe)(share(n_before) + share(1) * n_done as f32 / n_groups(design) as f32),
        );
        fitted.push(groups.ok_or(TrainError::Cancelled)?);
    }
    Ok(fitted)
}

fn n_groups(design: &Design<'_>) -> usize {
    design.n_positives.len().div_ceil(LANES)
}

fn problem<'a>(
    design: &'a Design<'a>,
    space: &'a Space<'a>,
    prior: Option<&'a ZeroShot>,
    job: &'a Job,
    group: usize,
) -> Problem<'a> {
    Problem {
        design,
        space,
        rows: &job.rows,
        first_label: group * LANES,
        settings: job.settings,
        max_iterations: job.max_iterations,
        prior,
        start: job.start.as_ref().map(|start| start[group].as_slice()),
    }
}

/// The scores of rows for every label.
pub(super) fn score(design: &Design<'_>, weights: &Weights, scale: f32, rows: &[usize], threads: usize) -> Vec<Vec<f32>> {
    workers::for_each_index(rows.len(), threads, |at| {
        let row = rows[at];
        let mut scores = Vec::with_capacity(design.n_positives.len() + LANES);
        for group in weights {
            scores.extend(score_group(design, group, scale, row));
        }
        scores.truncate(design.n_positives.len());
        scores
    })
}

fn score_group(design: &Design<'_>, columns: &[Lanes], scale: f32, row: usize) -> Lanes {
    let mut scores = columns.last().copied().unwrap_or_default();
    for (&x, column) in design.dense_row(row).iter().zip(columns) {
        scores.iter_mut().zip(column).for_each(|(score, weight)| *score += x * weight);
    }
    if scale > 0.0 {
        for &(column, x) in &design.sparse[row] {
            let column = &columns[design.dimension + column as usize];
            scores.iter_mut().zip(column).for_each(|(score, weight)| *score += scale * x * weight);
        }
    }
    scores
}
