//! Which comments should a person look at next? One number a comment for each way to ask.
//!
//! - **Teach**: where the model is least sure (uncertainty sampling: Lewis and Gale, 1994).
//! - **Low confidence**: where no informative label is likely.
//! - **Rebalance**: what the reviewed comments stand for least (importance weights by groups of alike comments,
//!   drawn without replacement by the Gumbel trick: Vieira, 2014).

mod balance;

pub use balance::Representation;

/// The probability at which a model is least sure.
pub const CENTER: f32 = 0.5;

/// The same in datasets with sentiment: a label there is mostly one of two signs of it.
pub const CENTER_WITH_SENTIMENT: f32 = 0.66;

/// How sure a model is of a comment, from 0: the distance of its probability nearest to `center`.
#[must_use]
pub fn sureness(probabilities: &[f32], center: f32) -> f32 {
    probabilities.iter().map(|p| (p - center).abs()).fold(1.0, f32::min)
}

/// How much of a comment informative labels cover, from 0 to 1: the largest product of probability and informativeness.
#[must_use]
pub fn covered(probabilities: &[f32], informativeness: &[f32]) -> f32 {
    probabilities.iter().zip(informativeness).map(|(p, i)| p * i).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::{CENTER, covered, sureness};

    #[test]
    fn the_least_sure_and_the_least_covered_come_first() {
        assert!(sureness(&[0.01, 0.45], CENTER) < sureness(&[0.01, 0.9], CENTER));
        assert_eq!(sureness(&[], CENTER), 1.0);
        assert_eq!(covered(&[0.9, 0.5], &[0.1, 0.8]), 0.4);
        assert_eq!(covered(&[], &[]), 0.0);
    }
}
