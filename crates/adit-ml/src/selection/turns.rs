//! In which order doubtful comments are best asked about where each has one label: an answer says most where many alike
//! comments are as doubtful, and little about what an earlier answer was like already.
//!
//! What answers are worth together is a facility location function: each comment around is worth its doubt times how
//! alike the likest answer is. Taking the best next one each time is within `1 - 1/e` of the best choice (G. Nemhauser, L.
//! Wolsey and M. Fisher, "An analysis of approximations for maximizing submodular set functions", 1978; for choosing what
//! to annotate: K. Wei, R. Iyer and J. Bilmes, "Submodularity in data subset selection and active learning", 2015). That an
//! answer also counts by its own doubt is ours, after the density weights of B. Settles and M. Craven ("An analysis of
//! active learning strategies for sequence labeling tasks", 2008).

use crate::clustering::dots;

/// How fast likeness falls with distance: `exp(FOCUS * (cosine - 1))`.
const FOCUS: f32 = 10.0;

/// A comment: how unsure the model is of it, from 0 to 1, and its vector, of unit length.
#[derive(Debug, Clone, Copy)]
pub struct Doubtful<'a> {
    /// How unsure the model is.
    pub doubt: f32,
    /// Where the comment lies.
    pub vector: &'a [f32],
}

/// The places of `front` in the order in which to ask about it, given a sample of all that nobody has reviewed.
///
/// Of equals the earlier one comes first. It takes time with the product of both lengths, and with the square of that of
/// `front`.
#[must_use]
pub fn in_turn(front: &[Doubtful<'_>], around: &[Doubtful<'_>]) -> Vec<usize> {
    let others: Vec<f32> = around.iter().flat_map(|other| other.vector.iter().copied()).collect();
    let worth = |one: &Doubtful<'_>| {
        let mut alike = vec![0.0; around.len()];
        dots(one.vector, &others, &mut alike);
        // Times the doubt of the other, so that what is left is a sum of differences.
        alike.iter_mut().zip(around).for_each(|(x, other)| *x = other.doubt * (FOCUS * (*x - 1.0)).exp());
        alike
    };
    let worths: Vec<Vec<f32>> = front.iter().map(worth).collect();
    let mut known = vec![0.0f32; around.len()];
    let mut left: Vec<usize> = (0..front.len()).collect();
    let mut order = Vec::with_capacity(front.len());
    while !left.is_empty() {
        let mut best = (f32::NEG_INFINITY, 0);
        for (place, &at) in left.iter().enumerate() {
            let more = front[at].doubt * gain(&worths[at], &known);
            if more > best.0 {
                best = (more, place);
            }
        }
        let at = left.remove(best.1);
        known.iter_mut().zip(&worths[at]).for_each(|(known, worth)| *known = known.max(*worth));
        order.push(at);
    }
    order
}

/// What an answer is worth beyond what is known.
fn gain(worth: &[f32], known: &[f32]) -> f32 {
    const LANES: usize = 8;
    let (worths, last_worths) = worth.as_chunks::<LANES>();
    let (knowns, last_knowns) = known.as_chunks::<LANES>();
    let mut sums = [0.0f32; LANES];
    for (worth, known) in worths.iter().zip(knowns) {
        for lane in 0..LANES {
            sums[lane] += (worth[lane] - known[lane]).max(0.0);
        }
    }
    let last: f32 = last_worths.iter().zip(last_knowns).map(|(worth, known)| (worth - known).max(0.0)).sum();
    sums.iter().sum::<f32>() + last
}

#[cfg(test)]
mod tests {
    use super::{Doubtful, in_turn};

    fn at(degrees: f32) -> Vec<f32> {
        let angle = degrees.to_radians();
        vec![angle.cos(), angle.sin()]
    }

    #[test]
    fn what_many_alike_comments_turn_on_comes_first_and_once() {
        // Five alike ones, two others, and a lone one that is the least sure.
        let vectors: Vec<Vec<f32>> = [0.0, 2.0, 4.0, 6.0, 8.0, 120.0, 124.0, 240.0].map(at).to_vec();
        let doubts = [0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.9];
        let all: Vec<Doubtful<'_>> = vectors.iter().zip(doubts).map(|(vector, doubt)| Doubtful { doubt, vector }).collect();
        let order = in_turn(&all, &all);
        assert_eq!(order[0], 2, "the middle of the five: {order:?}");
        assert!(order[1] == 5 || order[1] == 6, "then one of the two: {order:?}");
        assert_eq!(order[2], 7, "then the lone one, before anything is asked again: {order:?}");
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..8).collect::<Vec<_>>(), "each once");
        assert_eq!(order, in_turn(&all, &all));
    }

    #[test]
    fn comments_that_the_model_is_sure_of_wait_even_where_many_are_alike() {
        let vectors: Vec<Vec<f32>> = [0.0, 1.0, 2.0, 3.0, 180.0].map(at).to_vec();
        let doubts = [0.05, 0.05, 0.05, 0.05, 0.9];
        let all: Vec<Doubtful<'_>> = vectors.iter().zip(doubts).map(|(vector, doubt)| Doubtful { doubt, vector }).collect();
        assert_eq!(in_turn(&all, &all)[0], 4);
    }

    #[test]
    fn without_anything_around_the_order_stays() {
        let vectors: Vec<Vec<f32>> = [0.0, 90.0, 10.0].map(at).to_vec();
        let front: Vec<Doubtful<'_>> = vectors.iter().map(|vector| Doubtful { doubt: 0.5, vector }).collect();
        assert_eq!(in_turn(&front, &[]), [0, 1, 2]);
        assert!(in_turn(&[], &front).is_empty());
    }
}
