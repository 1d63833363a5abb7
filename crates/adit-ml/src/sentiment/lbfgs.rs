//! Finds the lowest point of a smooth convex function: L-BFGS (Liu and Nocedal, 1989) with halved steps.

/// Steps that are remembered.
const MEMORY: usize = 8;
/// A search ends when the gradient is so much shorter than the first one.
const TOLERANCE: f64 = 1e-4;
/// The decrease of a step has to be this share of what the slope promises (Armijo, 1966).
const ENOUGH: f64 = 1e-4;
const MAX_HALVINGS: usize = 30;

/// Walks from `at` downhill; `function` answers the value and fills in the gradient. The result depends on nothing else.
pub(super) fn minimize(mut at: Vec<f64>, max_iterations: usize, function: &mut dyn FnMut(&[f64], &mut [f64]) -> f64) -> Vec<f64> {
    let mut gradient = vec![0.0; at.len()];
    let mut value = function(&at, &mut gradient);
    let first = dot(&gradient, &gradient).sqrt();
    // Moves, turns of the gradient, and one over their products.
    let mut memory: Vec<(Vec<f64>, Vec<f64>, f64)> = Vec::new();
    for _ in 0..max_iterations {
        if dot(&gradient, &gradient).sqrt() <= TOLERANCE * first.max(1e-12) {
            break;
        }
        let mut direction = descend(&gradient, &memory);
        let mut slope = dot(&direction, &gradient);
        if slope >= 0.0 {
            memory.clear();
            direction = gradient.iter().map(|x| -x).collect();
            slope = -dot(&gradient, &gradient);
        }
        let mut step = if memory.is_empty() { (1.0 / dot(&gradient, &gradient).sqrt()).min(1.0) } else { 1.0 };
        let (mut next, mut turned) = (vec![0.0; at.len()], vec![0.0; at.len()]);
        let mut found = None;
        for _ in 0..MAX_HALVINGS {
            next.iter_mut().zip(&at).zip(&direction).for_each(|((next, at), along)| *next = at + step * along);
            let there = function(&next, &mut turned);
            if there <= value + ENOUGH * step * slope {
                found = Some(there);
                break;
            }
            step *= 0.5;
        }
        let Some(there) = found else { break };
        let moved: Vec<f64> = next.iter().zip(&at).map(|(next, at)| next - at).collect();
        let turn: Vec<f64> = turned.iter().zip(&gradient).map(|(new, old)| new - old).collect();
        let product = dot(&moved, &turn);
        if product > 1e-14 {
            if memory.len() == MEMORY {
                memory.remove(0);
            }
            memory.push((moved, turn, 1.0 / product));
        }
        (at, gradient, value) = (next, turned, there);
    }
    at
}

/// The two-loop recursion.
fn descend(gradient: &[f64], memory: &[(Vec<f64>, Vec<f64>, f64)]) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|x| -x).collect();
    let mut shares = Vec::with_capacity(memory.len());
    for (moved, turn, inverse) in memory.iter().rev() {
        let share = inverse * dot(moved, &direction);
        direction.iter_mut().zip(turn).for_each(|(x, turn)| *x -= share * turn);
        shares.push(share);
    }
    if let Some((_, turn, inverse)) = memory.last() {
        let scale = 1.0 / (inverse * dot(turn, turn)).max(1e-300);
        direction.iter_mut().for_each(|x| *x *= scale);
    }
    for ((moved, turn, inverse), share) in memory.iter().zip(shares.iter().rev()) {
        let back = share - inverse * dot(turn, &direction);
        direction.iter_mut().zip(moved).for_each(|(x, moved)| *x += back * moved);
    }
    direction
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Eight sums, so that one addition need not wait for the one before.
    let mut sums = [0.0; 8];
    let (a_parts, b_parts) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a_parts.remainder().iter().zip(b_parts.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_parts.zip(b_parts) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::minimize;

    #[test]
    fn the_lowest_point_of_a_bent_valley_is_found() {
        let mut bowl = |at: &[f64], gradient: &mut [f64]| {
            let mut value = 0.0;
            for (n, (x, slope)) in at.iter().zip(gradient).enumerate() {
                let (apart, weight) = (x - n as f64, 1.0 + 50.0 * n as f64);
                value += weight * apart * apart + apart.powi(4);
                *slope = 2.0 * weight * apart + 4.0 * apart.powi(3);
            }
            value
        };
        let found = minimize(vec![9.0; 11], 200, &mut bowl);
        for (n, x) in found.iter().enumerate() {
            assert!((x - n as f64).abs() < 1e-2, "{found:?}");
        }
        assert_eq!(minimize(vec![9.0; 11], 0, &mut bowl), vec![9.0; 11]);
    }
}
