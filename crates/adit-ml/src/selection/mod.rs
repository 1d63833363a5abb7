//! Which comments should a person look at next? One number a comment for each way to ask.
//!
//! - **Teach**: where the model is least sure (uncertainty sampling: Lewis and Gale, 1994; by the lead of the likeliest
//!   label where each comment has one: Scheffer and others, 2001), in turns so that no page asks the same thing twice.
//! - **Low confidence**: where no informative label is likely.
//! - **Rebalance**: what the reviewed comments stand for least (importance weights by groups of alike comments,
//!   drawn without replacement by the Gumbel trick: Vieira, 2014).

mod balance;
mod turns;

pub use balance::Representation;
pub use turns::{Doubtful, in_turn};

/// The probability at which a model is least sure.
pub const CENTER: f32 = 0.5;

/// The same in datasets with sentiment: a label there is mostly one of two signs of it.
pub const CENTER_WITH_SENTIMENT: f32 = 0.66;

/// How sure a model is of a comment. Lower asks for a person's decision more.
#[derive(Debug, Clone, PartialEq)]
pub enum Sureness {
    /// Where a comment may have any labels: the distance of its probability nearest to this center.
    Each(f32),
    /// Where a comment has exactly one label: how far the likeliest of these labels is ahead of the next.
    Lead(Vec<bool>),
}

impl Sureness {
    /// What fits a taxonomy and what was reviewed: for each comment its labels, ancestors included or not.
    #[must_use]
    pub fn fitting<'a>(names: &[String], reviewed: impl Iterator<Item = &'a [usize]>, center: f32) -> Self {
        let is_below = |name: &str, above: &str| name.strip_prefix(above).is_some_and(|rest| rest.starts_with(" > "));
        let is_leaf: Vec<bool> = names.iter().map(|above| !names.iter().any(|name| is_below(name, above))).collect();
        let n_leaves = |labels: &[usize]| labels.iter().filter(|label| is_leaf.get(**label).copied().unwrap_or(false)).count();
        let mut n_reviewed = 0;
        for labels in reviewed {
            if n_leaves(labels) != 1 {
                return Self::Each(center);
            }
            n_reviewed += 1;
        }
        let n_labels = is_leaf.iter().filter(|is_leaf| **is_leaf).count();
        if n_reviewed > 0 && n_labels > 1 { Self::Lead(is_leaf) } else { Self::Each(center) }
    }

    /// The sureness of a comment with these probabilities.
    #[must_use]
    pub fn of(&self, probabilities: &[f32]) -> f32 {
        match self {
            Self::Each(center) => probabilities.iter().map(|p| (p - center).abs()).fold(1.0, f32::min),
            Self::Lead(is_leaf) => {
                let (mut first, mut second) = (0.0f32, 0.0f32);
                for (&p, _) in probabilities.iter().zip(is_leaf).filter(|(_, is_leaf)| **is_leaf) {
                    (first, second) = if p > first { (p, first) } else { (first, second.max(p)) };
                }
                first - second
            }
        }
    }
}

/// Texts with a larger cosine ask the same thing.
const ALIKE: f32 = 0.8;

/// Which comments, by their place, repeat an earlier one that is no repetition itself; the vectors, of unit length, are
/// in the order in which the comments would be asked for.
///
/// An answer to one of them mostly answers the other: asked page by page, the least sure comments are often alike
/// (batches want variety beside doubt: Brinker, 2003).
#[must_use]
pub fn repetitions(vectors: &[&[f32]]) -> Vec<usize> {
    let mut asked: Vec<&[f32]> = Vec::new();
    let mut repeated = Vec::new();
    for (at, vector) in vectors.iter().enumerate() {
        let is_like = |other: &&[f32]| other.iter().zip(*vector).map(|(x, y)| x * y).sum::<f32>() > ALIKE;
        if asked.iter().any(is_like) { repeated.push(at) } else { asked.push(vector) }
    }
    repeated
}

/// The sureness of a comment that repeats another, on the same scale: it waits behind the less sure half of everything.
#[must_use]
pub fn postponed(sureness: f32) -> f32 {
    f32::midpoint(1.0, sureness)
}

/// How much of a comment informative labels cover, from 0 to 1: the largest product of probability and informativeness.
#[must_use]
pub fn covered(probabilities: &[f32], informativeness: &[f32]) -> f32 {
    probabilities.iter().zip(informativeness).map(|(p, i)| p * i).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::{CENTER, Sureness, covered, postponed, repetitions};

    #[test]
    fn the_least_sure_and_the_least_covered_come_first() {
        let each = Sureness::Each(CENTER);
        assert!(each.of(&[0.01, 0.45]) < each.of(&[0.01, 0.9]));
        assert_eq!(each.of(&[]), 1.0);
        assert_eq!(covered(&[0.9, 0.5], &[0.1, 0.8]), 0.4);
        assert_eq!(covered(&[], &[]), 0.0);
    }

    #[test]
    fn what_was_just_asked_is_not_asked_again() {
        let vectors: [&[f32]; 4] = [&[1.0, 0.0], &[0.6, 0.8], &[0.0, 1.0], &[0.96, 0.28]];
        assert_eq!(repetitions(&vectors), [3], "the third is like the second by exactly the limit");
        assert_eq!(repetitions(&[vectors[0], vectors[0], vectors[1]]), [1]);
        assert!(repetitions(&[]).is_empty());
        assert!(postponed(0.1) < postponed(0.2) && postponed(0.0) >= 0.5);
    }

    #[test]
    fn where_comments_have_one_label_the_two_likeliest_decide() {
        let names = ["Card", "Card > Late", "Rate"].map(str::to_owned);
        let reviewed: [&[usize]; 2] = [&[0, 1], &[2]];
        let lead = Sureness::fitting(&names, reviewed.into_iter(), CENTER);
        assert_eq!(lead, Sureness::Lead(vec![false, true, true]));
        assert!(lead.of(&[0.9, 0.4, 0.38]) < lead.of(&[0.6, 0.5, 0.1]));
        for several in [&[1usize, 2][..], &[], &[0]] {
            let reviewed = [&[2][..], several];
            assert_eq!(Sureness::fitting(&names, reviewed.into_iter(), CENTER), Sureness::Each(CENTER));
        }
        assert_eq!(Sureness::fitting(&names, std::iter::empty(), CENTER), Sureness::Each(CENTER));
    }
}
