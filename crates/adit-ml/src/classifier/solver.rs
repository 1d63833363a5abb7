//! Fits a group of labels: regularised logistic loss, minimised by L-BFGS with a fixed cap.
//!
//! Each lane is a problem of its own with its own steps (Liu and Nocedal, 1989); they only share the passes
//! over the data. A step is judged by the slope at its end: the loss is convex, so no values are needed.

use std::sync::atomic::{AtomicBool, Ordering};

use rten_simd::SimdOp;

use crate::classifier::design::Design;
use crate::classifier::lanes::{LANES, Lanes, Residuals, add_scaled};
use crate::classifier::space::Space;
use crate::classifier::zero_shot::ZeroShot;
use crate::pauses;

const MEMORY: usize = 5;
/// A rejected label weighs more than one that nobody mentioned.
const DISMISSED_WEIGHT: f32 = 2.0;
/// A fit ends when the gradient is so much shorter than the first one.
const TOLERANCE: f64 = 5e-3;
/// How the constant is regularised next to the weights, where there is a prior.
const CONSTANT_DECAY: f32 = 3.0;
/// Steps that a fit makes at least where it begins near to its end, so that what is new is not lost in the tolerance.
const STEPS_AFTER_START: usize = 2;
/// Trials of a step's length.
const MAX_TRIALS: usize = 4;

/// How to fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Settings {
    /// What the sparse columns are multiplied by; 0 leaves them out.
    pub(super) sparse_scale: f32,
    /// The weight of the data against the regularisation.
    pub(super) strength: f32,
    /// What a share of one among the neighbours adds to a score; 0 where neighbours are not asked.
    pub(super) neighbors: f32,
}

/// The rows and labels of one fit.
pub(super) struct Problem<'a> {
    pub(super) design: &'a Design<'a>,
    pub(super) space: &'a Space<'a>,
    pub(super) rows: &'a [usize],
    /// The first of up to sixteen neighbouring labels.
    pub(super) first_label: usize,
    pub(super) settings: Settings,
    pub(super) max_iterations: usize,
    /// Where the fit starts: what is learnt is how the labels differ from it.
    pub(super) prior: Option<&'a ZeroShot>,
    /// Weights near to the best ones, the prior included and the constant last, if any are known.
    pub(super) start: Option<&'a [Lanes]>,
}

/// Finds the weights, one group of lanes a column of the design; the constant is last.
pub(super) fn fit(problem: &Problem<'_>, stop: &AtomicBool) -> Vec<Lanes> {
    let (space, n_rows) = (problem.space, problem.rows.len());
    let targets = Targets::new(problem);
    let group = problem.first_label / LANES;
    // As far as there is a prior it says by itself how common a label is, and the constant keeps near to it.
    let prior_shares = problem.prior.map(|prior| prior.shares(group)).unwrap_or_default();
    let start: Lanes = std::array::from_fn(|lane| (1.0 - prior_shares[lane]) * targets.log_odds[lane]);
    let decay = Decay { of_vector: 1.0 / problem.settings.strength, of_constant: prior_shares, start };
    let mut at = Point { vector: vec![[0.0; LANES]; space.len()], constant: start };
    let mut margins = vec![start; n_rows];
    for (margin, &row) in margins.iter_mut().zip(problem.rows).filter(|_| problem.prior.is_some()) {
        let prior = problem.prior.map(|prior| prior.score(group, problem.design.dense_row(row))).unwrap_or_default();
        margin.iter_mut().zip(prior).for_each(|(margin, prior)| *margin += prior);
    }
    let mut residuals = vec![[0.0; LANES]; n_rows];
    let still = vec![[0.0; LANES]; n_rows];
    targets.residuals(&margins, &still, &[0.0; LANES], &mut residuals);
    let mut gradient = Point::gradient(space, &residuals, &at, &decay);
    let first_norms = gradient.inner(space, &gradient);
    let mut n_due = 0;
    if let Some(weights) = problem.start {
        n_due = STEPS_AFTER_START;
        at = Point::after_prior(weights, problem.prior, group, space.len());
        let mut moved = space.margins(&at.vector, n_rows);
        let constant: Lanes = std::array::from_fn(|lane| at.constant[lane] - start[lane]);
        moved.iter_mut().for_each(|row| (0..LANES).for_each(|lane| row[lane] += constant[lane]));
        add_scaled(&mut margins, &[1.0; LANES], &moved);
        targets.residuals(&margins, &still, &[0.0; LANES], &mut residuals);
        gradient = Point::gradient(space, &residuals, &at, &decay);
    }
    let mut memory: Vec<Pair> = Vec::new();
    for n_done in 0..problem.max_iterations {
        // With ten thousand comments a fit takes a second, for which nobody should have to wait.
        pauses::pause();
        let norms = gradient.inner(space, &gradient);
        let is_near = |lane: usize| norms[lane] <= TOLERANCE * TOLERANCE * first_norms[lane].max(1e-18);
        let is_done = |lane: usize| is_near(lane) && (n_done >= n_due || norms[lane] <= 1e-18);
        if stop.load(Ordering::Relaxed) || (0..LANES).all(is_done) {
            break;
        }
        let mut direction = descend(space, &gradient, &memory);
        let mut slopes = direction.inner(space, &gradient);
        if (0..LANES).any(|lane| slopes[lane] >= 0.0 && !is_done(lane)) {
            memory.clear();
            direction = gradient.scaled(&[-1.0; LANES]);
            slopes = direction.inner(space, &gradient);
        }
        let mut along = space.margins(&direction.vector, n_rows);
        along.iter_mut().for_each(|row| (0..LANES).for_each(|lane| row[lane] += direction.constant[lane]));
        let (at_along, along_along) =
            (space.inner(&at.vector, &direction.vector), space.inner(&direction.vector, &direction.vector));
        let mut step: Lanes = std::array::from_fn(|lane| match (is_done(lane), memory.is_empty()) {
            (true, _) => 0.0,
            (false, true) => (4.0 / norms[lane].sqrt()).min(4.0) as f32,
            (false, false) => 1.0,
        });
        for trial in 0..MAX_TRIALS {
            let loss_slopes = targets.residuals(&margins, &along, &step, &mut residuals);
            let mut is_good = true;
            for lane in 0..LANES {
                if step[lane] <= 0.0 {
                    continue;
                }
                let t = f64::from(step[lane]);
                let constant = f64::from(direction.constant[lane]);
                let moved = f64::from(at.constant[lane] - decay.start[lane]);
                let slope = loss_slopes[lane]
                    + f64::from(decay.of_vector) * t.mul_add(along_along[lane], at_along[lane])
                    + f64::from(decay.of_constant(lane)) * constant * t.mul_add(constant, moved);
                if slope > -0.3 * slopes[lane] || (memory.is_empty() && slope < 0.5 * slopes[lane]) {
                    // Where the straight line through both slopes meets zero.
                    let secant = t * slopes[lane] / (slopes[lane] - slope).min(-1e-30);
                    let secant = if slope < slopes[lane] || secant <= 0.0 { 4.0 * t } else { secant };
                    step[lane] = secant.clamp(0.1 * t, 4.0 * t) as f32;
                    is_good = false;
                }
            }
            if is_good {
                break;
            }
            if trial + 1 == MAX_TRIALS {
                targets.residuals(&margins, &along, &step, &mut residuals);
            }
        }
        add_scaled(&mut margins, &step, &along);
        let moved = direction.scaled(&step);
        at.add_scaled(&[1.0; LANES], &moved);
        let next = Point::gradient(space, &residuals, &at, &decay);
        let mut turned = gradient.scaled(&[-1.0; LANES]);
        turned.add_scaled(&[1.0; LANES], &next);
        gradient = next;
        if memory.len() == MEMORY {
            memory.remove(0);
        }
        memory.push(Pair::new(space, moved, turned));
    }
    let mut weights = space.weights(&at.vector, problem.design, problem.rows, problem.settings.sparse_scale);
    weights.push(at.constant);
    if let Some(prior) = problem.prior {
        prior.add_to(group, &mut weights);
    }
    weights
}

/// How strongly a fit is held back.
struct Decay {
    of_vector: f32,
    of_constant: Lanes,
    start: Lanes,
}

impl Decay {
    fn of_constant(&self, lane: usize) -> f32 {
        CONSTANT_DECAY * self.of_vector * self.of_constant[lane]
    }
}

/// A vector of a space with the constant, which is regularised only towards a prior.
struct Point {
    vector: Vec<Lanes>,
    constant: Lanes,
}

impl Point {
    /// Weights of columns without what the prior says.
    fn after_prior(weights: &[Lanes], prior: Option<&ZeroShot>, group: usize, n_columns: usize) -> Point {
        let mut vector = weights.to_vec();
        if let Some(prior) = prior {
            prior.take_from(group, &mut vector);
        }
        let constant = vector.pop().unwrap_or_default();
        vector.truncate(n_columns);
        Point { vector, constant }
    }

    fn gradient(space: &Space<'_>, residuals: &[Lanes], at: &Point, decay: &Decay) -> Point {
        let mut vector = space.gradient(residuals);
        add_scaled(&mut vector, &[decay.of_vector; LANES], &at.vector);
        let mut constant = [0.0f32; LANES];
        residuals.iter().for_each(|row| (0..LANES).for_each(|lane| constant[lane] += row[lane]));
        (0..LANES).for_each(|lane| constant[lane] += decay.of_constant(lane) * (at.constant[lane] - decay.start[lane]));
        Point { vector, constant }
    }

    fn inner(&self, space: &Space<'_>, other: &Point) -> [f64; LANES] {
        let mut inner = space.inner(&self.vector, &other.vector);
        (0..LANES).for_each(|lane| inner[lane] += f64::from(self.constant[lane]) * f64::from(other.constant[lane]));
        inner
    }

    fn scaled(&self, factors: &Lanes) -> Point {
        let mut scaled = Point { vector: vec![[0.0; LANES]; self.vector.len()], constant: [0.0; LANES] };
        scaled.add_scaled(factors, self);
        scaled
    }

    fn add_scaled(&mut self, factors: &Lanes, from: &Point) {
        add_scaled(&mut self.vector, factors, &from.vector);
        add_scaled(std::slice::from_mut(&mut self.constant), factors, &[from.constant]);
    }
}

/// One step and how it turned the gradient.
struct Pair {
    moved: Point,
    turned: Point,
    /// 1 / their product; 0 in lanes that did not move.
    inverse: [f64; LANES],
    /// The product over the square of the turn: a guess of the curvature's inverse.
    scale: [f64; LANES],
}

impl Pair {
    fn new(space: &Space<'_>, moved: Point, turned: Point) -> Pair {
        let (product, square) = (moved.inner(space, &turned), turned.inner(space, &turned));
        let is_used = |lane: usize| product[lane] > 1e-14 && square[lane] > 1e-20;
        let inverse = std::array::from_fn(|lane| if is_used(lane) { 1.0 / product[lane] } else { 0.0 });
        let scale = std::array::from_fn(|lane| if is_used(lane) { product[lane] / square[lane] } else { 1.0 });
        Pair { moved, turned, inverse, scale }
    }
}

/// The two-loop recursion.
fn descend(space: &Space<'_>, gradient: &Point, memory: &[Pair]) -> Point {
    let mut direction = gradient.scaled(&[-1.0; LANES]);
    let mut shares = Vec::with_capacity(memory.len());
    for pair in memory.iter().rev() {
        let product = pair.moved.inner(space, &direction);
        let share: [f64; LANES] = std::array::from_fn(|lane| product[lane] * pair.inverse[lane]);
        direction.add_scaled(&share.map(|x| -x as f32), &pair.turned);
        shares.push(share);
    }
    if let Some(pair) = memory.last() {
        direction = direction.scaled(&pair.scale.map(|x| x as f32));
    }
    for (pair, share) in memory.iter().zip(shares.iter().rev()) {
        let product = pair.turned.inner(space, &direction);
        let back: Lanes = std::array::from_fn(|lane| (share[lane] - product[lane] * pair.inverse[lane]) as f32);
        direction.add_scaled(&back, &pair.moved);
    }
    direction
}

/// What each row should be, and how much it counts, for each lane.
struct Targets {
    holds: Vec<Lanes>,
    /// 0 for lanes beyond the last label.
    weights: Vec<Lanes>,
    log_odds: Lanes,
}

impl Targets {
    fn new(problem: &Problem<'_>) -> Targets {
        let design = problem.design;
        let n_lanes = (design.n_positives.len() - problem.first_label).min(LANES);
        let lanes = problem.first_label..problem.first_label + n_lanes;
        let mut holds = vec![[0.0; LANES]; problem.rows.len()];
        let mut used = [0.0; LANES];
        used[..n_lanes].fill(1.0);
        let mut weights = vec![used; problem.rows.len()];
        let mut n_positives = [0.0f32; LANES];
        for (at, &row) in problem.rows.iter().enumerate() {
            for label in design.assigned[row].iter().filter(|label| lanes.contains(label)) {
                holds[at][label - problem.first_label] = 1.0;
                n_positives[label - problem.first_label] += 1.0;
            }
            for label in design.dismissed[row].iter().filter(|label| lanes.contains(label)) {
                weights[at][label - problem.first_label] = DISMISSED_WEIGHT;
            }
        }
        let total = problem.rows.len() as f32;
        let balance = n_positives.map(|n| if n > 0.0 { ((total - n).max(1.0) / n).sqrt() } else { 1.0 });
        for (holds, weights) in holds.iter().zip(&mut weights) {
            for lane in 0..n_lanes {
                if holds[lane] > 0.0 {
                    weights[lane] *= balance[lane];
                }
            }
        }
        let log_odds = n_positives.map(|n| 0.5 * ((n + 0.5) / (total - n + 0.5)).ln());
        Targets { holds, weights, log_odds }
    }

    fn residuals(&self, margins: &[Lanes], along: &[Lanes], step: &Lanes, residuals: &mut [Lanes]) -> [f64; LANES] {
        Residuals { margins, along, step, holds: &self.holds, weights: &self.weights, residuals }.dispatch()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::classifier::hierarchy::Hierarchy;
    use crate::classifier::{Corpus, Example, LabelSpec};
    use crate::pauses::with_pauses;

    #[test]
    fn a_fit_makes_pauses_between_its_steps_and_finds_the_same() {
        let example = |n: usize| Example {
            uid: n.to_string(),
            text: String::new(),
            embedding: (0..8).map(|column| ((n * 31 + column * 17) % 13) as f32 / 6.0 - 1.0).collect(),
            assigned: vec![n % 3 % 2],
            dismissed: Vec::new(),
        };
        let label = |name: &str| LabelSpec { name: name.to_owned(), ..LabelSpec::default() };
        let corpus = Corpus {
            labels: vec![label("a"), label("b")],
            examples: (0..60).map(example).collect(),
            unreviewed: Vec::new(),
            n_unreviewed: 0,
        };
        let design = Design::new(&corpus, &Hierarchy::new(&["a".to_owned(), "b".to_owned()]), 1).unwrap();
        let rows: Vec<usize> = (0..60).collect();
        let space = Space::new(&design, None, &rows, 0.0);
        let settings = Settings { sparse_scale: 0.0, strength: 1.0, neighbors: 0.0 };
        let problem = Problem {
            design: &design,
            space: &space,
            rows: &rows,
            first_label: 0,
            settings,
            max_iterations: 5,
            prior: None,
            start: None,
        };
        let n_pauses = Arc::new(AtomicUsize::new(0));
        let count = n_pauses.clone();
        let pause = Arc::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
        });
        let stop = AtomicBool::new(false);
        let paused = with_pauses(pause, || fit(&problem, &stop));
        assert_eq!(n_pauses.load(Ordering::SeqCst), 5);
        assert_eq!(paused, fit(&problem, &stop));
    }
}
