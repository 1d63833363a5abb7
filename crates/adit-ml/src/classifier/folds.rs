//! Held-out scores: each row is scored by a model that did not see it.

use crate::classifier::design::Design;
use crate::classifier::solver::{self, LANES, Problem, Settings};
use crate::classifier::{TrainError, workers};

/// One model to fit.
pub(super) struct Job {
    pub(super) rows: Vec<usize>,
    pub(super) settings: Settings,
    pub(super) max_iterations: usize,
}

/// The weights of one model, in groups of lanes.
pub(super) type Weights = Vec<Vec<f32>>;

/// How to run: threads, and whom to tell which share of this step is done.
pub(super) struct Run<'a> {
    pub(super) threads: usize,
    pub(super) observe: &'a dyn Fn(f32) -> bool,
}

/// Fits the jobs, all groups of labels of all of them side by side.
pub(super) fn fit_all(design: &Design, jobs: &[Job], start: Option<&Weights>, run: &Run<'_>) -> Result<Vec<Weights>, TrainError> {
    let n_groups = design.n_positives.len().div_ceil(LANES);
    let n_tasks = n_groups * jobs.len();
    let fitted = workers::run(
        n_tasks,
        run.threads,
        &|task, stop| {
            let (job, group) = (&jobs[task / n_groups], task % n_groups);
            let problem = Problem {
                design,
                rows: &job.rows,
                first_label: group * LANES,
                settings: job.settings,
                max_iterations: job.max_iterations,
            };
            solver::fit(&problem, start.and_then(|start| start.get(group)).cloned(), stop)
        },
        &mut |n_done| (run.observe)(n_done as f32 / n_tasks as f32),
    );
    let mut fitted = fitted.ok_or(TrainError::Cancelled)?.into_iter();
    Ok(jobs.iter().map(|_| fitted.by_ref().take(n_groups).collect()).collect())
}

/// The scores of rows for every label.
pub(super) fn score(design: &Design, weights: &Weights, scale: f32, rows: &[usize], threads: usize) -> Vec<Vec<f32>> {
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

fn score_group(design: &Design, group: &[f32], scale: f32, row: usize) -> [f32; LANES] {
    let columns = group.as_chunks::<LANES>().0;
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
