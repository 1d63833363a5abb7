//! Fits a few labels at once: regularised logistic loss, minimised by L-BFGS with a fixed cap.

use std::sync::atomic::{AtomicBool, Ordering};

use rten_simd::{Isa, SimdOp};

use crate::classifier::design::Design;

/// Labels that are fitted together; their weights of one column share a cache line.
pub(super) const LANES: usize = 16;
const MEMORY: usize = 8;
/// A rejected label weighs more than one that nobody mentioned.
const DISMISSED_WEIGHT: f32 = 2.0;

/// How to fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Settings {
    /// What the sparse columns are multiplied by; 0 leaves them out.
    pub(super) sparse_scale: f32,
    /// The weight of the data against the regularisation.
    pub(super) strength: f32,
}

/// The rows and labels of one fit.
pub(super) struct Problem<'a> {
    pub(super) design: &'a Design,
    pub(super) rows: &'a [usize],
    /// The first of up to sixteen neighbouring labels.
    pub(super) first_label: usize,
    pub(super) settings: Settings,
    pub(super) max_iterations: usize,
}

/// Finds the weights, one group of lanes a column, from a start of the same shape or from zero.
pub(super) fn fit(problem: &Problem<'_>, start: Option<Vec<f32>>, stop: &AtomicBool) -> Vec<f32> {
    let targets = Targets::new(problem);
    let size = problem.design.n_columns() * LANES;
    let mut weights = start.filter(|start| start.len() == size).unwrap_or_else(|| targets.start(size));
    let mut gradient = vec![0.0; size];
    let mut loss = evaluate(problem, &targets, &weights, &mut gradient);
    let first_norm = norm(&gradient).max(1e-12);
    let mut memory: Vec<(Vec<f32>, Vec<f32>, f64)> = Vec::new();
    let (mut trial, mut trial_gradient) = (vec![0.0; size], vec![0.0; size]);
    for _ in 0..problem.max_iterations {
        if stop.load(Ordering::Relaxed) || norm(&gradient) < 2e-3 * first_norm {
            break;
        }
        let mut direction = descend(&gradient, &memory);
        let mut slope = dot(&direction, &gradient);
        if slope >= 0.0 {
            memory.clear();
            direction = gradient.iter().map(|g| -g).collect();
            slope = dot(&direction, &gradient);
        }
        let mut step = if memory.is_empty() { (1.0 / norm(&gradient)).min(1.0) as f32 * 4.0 } else { 1.0 };
        let mut is_better = false;
        for _ in 0..12 {
            for ((to, &from), &along) in trial.iter_mut().zip(&weights).zip(&direction) {
                *to = step.mul_add(along, from);
            }
            let trial_loss = evaluate(problem, &targets, &trial, &mut trial_gradient);
            if trial_loss <= loss + 1e-4 * f64::from(step) * slope {
                loss = trial_loss;
                is_better = true;
                break;
            }
            step *= 0.4;
        }
        if !is_better {
            break;
        }
        let moved: Vec<f32> = trial.iter().zip(&weights).map(|(new, old)| new - old).collect();
        let turned: Vec<f32> = trial_gradient.iter().zip(&gradient).map(|(new, old)| new - old).collect();
        let curvature = dot(&moved, &turned);
        if curvature > 1e-12 {
            if memory.len() == MEMORY {
                memory.remove(0);
            }
            memory.push((moved, turned, curvature));
        }
        std::mem::swap(&mut weights, &mut trial);
        std::mem::swap(&mut gradient, &mut trial_gradient);
    }
    weights
}

/// The two-loop recursion.
fn descend(gradient: &[f32], memory: &[(Vec<f32>, Vec<f32>, f64)]) -> Vec<f32> {
    let mut direction: Vec<f32> = gradient.iter().map(|g| -g).collect();
    let mut shares = Vec::with_capacity(memory.len());
    for (moved, turned, curvature) in memory.iter().rev() {
        let share = dot(moved, &direction) / curvature;
        add_scaled(&mut direction, -share as f32, turned);
        shares.push(share);
    }
    if let Some((_, turned, curvature)) = memory.last() {
        let scale = (curvature / dot(turned, turned).max(1e-30)) as f32;
        direction.iter_mut().for_each(|x| *x *= scale);
    }
    for ((moved, turned, curvature), share) in memory.iter().zip(shares.iter().rev()) {
        let back = dot(turned, &direction) / curvature;
        add_scaled(&mut direction, (share - back) as f32, moved);
    }
    direction
}

/// Signs and weights of each row for each lane.
struct Targets {
    /// +1 where the label holds, else -1.
    signs: Vec<[f32; LANES]>,
    /// How much the row counts; 0 for lanes beyond the last label.
    weights: Vec<[f32; LANES]>,
    log_odds: [f32; LANES],
}

impl Targets {
    fn new(problem: &Problem<'_>) -> Targets {
        let design = problem.design;
        let n_lanes = (design.n_positives.len() - problem.first_label).min(LANES);
        let lanes = problem.first_label..problem.first_label + n_lanes;
        let mut signs = vec![[-1.0; LANES]; problem.rows.len()];
        let mut used = [0.0; LANES];
        used[..n_lanes].fill(1.0);
        let mut weights = vec![used; problem.rows.len()];
        let mut n_positives = [0.0f32; LANES];
        for (at, &row) in problem.rows.iter().enumerate() {
            for label in design.assigned[row].iter().filter(|label| lanes.contains(label)) {
                signs[at][label - problem.first_label] = 1.0;
                n_positives[label - problem.first_label] += 1.0;
            }
            for label in design.dismissed[row].iter().filter(|label| lanes.contains(label)) {
                weights[at][label - problem.first_label] = DISMISSED_WEIGHT;
            }
        }
        let total = problem.rows.len() as f32;
        let balance = n_positives.map(|n| if n > 0.0 { ((total - n).max(1.0) / n).sqrt() } else { 1.0 });
        for (signs, weights) in signs.iter().zip(&mut weights) {
            for lane in 0..n_lanes {
                if signs[lane] > 0.0 {
                    weights[lane] *= balance[lane];
                }
            }
        }
        let log_odds = n_positives.map(|n| 0.5 * ((n + 0.5) / (total - n + 0.5)).ln());
        Targets { signs, weights, log_odds }
    }

    fn start(&self, size: usize) -> Vec<f32> {
        let mut start = vec![0.0; size];
        start[size - LANES..].copy_from_slice(&self.log_odds);
        start
    }
}

/// The loss; fills in its gradient.
fn evaluate(problem: &Problem<'_>, targets: &Targets, weights: &[f32], gradient: &mut [f32]) -> f64 {
    Evaluate { problem, targets, weights, gradient }.dispatch()
}

struct Evaluate<'a> {
    problem: &'a Problem<'a>,
    targets: &'a Targets,
    weights: &'a [f32],
    gradient: &'a mut [f32],
}

impl SimdOp for Evaluate<'_> {
    type Output = f64;

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) -> f64 {
        let design = self.problem.design;
        let scale = self.problem.settings.sparse_scale;
        let (columns, gradients) = (self.weights.as_chunks::<LANES>().0, self.gradient.as_chunks_mut::<LANES>().0);
        let n_columns = columns.len();
        let mut total = 0.0f64;
        for column in 0..n_columns - 1 {
            for lane in 0..LANES {
                gradients[column][lane] = columns[column][lane] / self.problem.settings.strength;
            }
        }
        gradients[n_columns - 1] = [0.0; LANES];
        for (at, &row) in self.problem.rows.iter().enumerate() {
            let dense = design.dense_row(row);
            let sparse: &[(u32, f32)] = if scale > 0.0 { &design.sparse[row] } else { &[] };
            let mut margins = columns[n_columns - 1];
            let mut words = [0.0f32; LANES];
            for (&x, column) in dense.iter().zip(columns) {
                for lane in 0..LANES {
                    margins[lane] = x.mul_add(column[lane], margins[lane]);
                }
            }
            for &(column, x) in sparse {
                let column = &columns[design.dimension + column as usize];
                for lane in 0..LANES {
                    words[lane] = x.mul_add(column[lane], words[lane]);
                }
            }
            let (signs, row_weights) = (&self.targets.signs[at], &self.targets.weights[at]);
            let mut residuals = [0.0f32; LANES];
            let mut row_loss = 0.0f32;
            for lane in 0..LANES {
                let margin = scale.mul_add(words[lane], margins[lane]) * signs[lane];
                let small = (-margin.abs()).exp();
                row_loss += row_weights[lane] * (small.ln_1p() + (-margin).max(0.0));
                let wrong = if margin >= 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) };
                residuals[lane] = -signs[lane] * row_weights[lane] * wrong;
            }
            total += f64::from(row_loss);
            for (&x, gradient) in dense.iter().zip(gradients.iter_mut()) {
                for lane in 0..LANES {
                    gradient[lane] = x.mul_add(residuals[lane], gradient[lane]);
                }
            }
            for lane in 0..LANES {
                gradients[n_columns - 1][lane] += residuals[lane];
                residuals[lane] *= scale;
            }
            for &(column, x) in sparse {
                let gradient = &mut gradients[design.dimension + column as usize];
                for lane in 0..LANES {
                    gradient[lane] = x.mul_add(residuals[lane], gradient[lane]);
                }
            }
        }
        let inner = &self.weights[..(n_columns - 1) * LANES];
        total + 0.5 * dot_inline(inner, inner) / f64::from(self.problem.settings.strength)
    }
}

struct Dot<'a>(&'a [f32], &'a [f32]);

impl SimdOp for Dot<'_> {
    type Output = f64;

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) -> f64 {
        dot_inline(self.0, self.1)
    }
}

/// A product summed in fixed lanes, folded to double precision every few thousand elements.
#[inline(always)]
fn dot_inline(a: &[f32], b: &[f32]) -> f64 {
    let mut total = 0.0f64;
    for (a, b) in a.chunks(4_096).zip(b.chunks(4_096)) {
        let mut sums = [0.0f32; LANES];
        for (a, b) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
            for lane in 0..LANES {
                sums[lane] = a[lane].mul_add(b[lane], sums[lane]);
            }
        }
        total += sums.iter().map(|&sum| f64::from(sum)).sum::<f64>();
    }
    total
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    Dot(a, b).dispatch()
}

fn norm(a: &[f32]) -> f64 {
    dot(a, a).sqrt()
}

fn add_scaled(to: &mut [f32], factor: f32, from: &[f32]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to += factor * from;
    }
}
