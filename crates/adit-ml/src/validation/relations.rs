//! Which labels hold together, and which ones a model takes for each other.

use serde::{Deserialize, Serialize};

/// Comments that have to be mistaken before a pair is called confused.
const MIN_MISTAKEN: usize = 3;
/// The share of a label's comments that have to be.
const MIN_SHARE: f32 = 0.2;
/// From this share on in both directions the two may be one.
const MUTUAL_SHARE: f32 = 0.3;

/// A label that another one is taken for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// The other label.
    pub with: String,
    /// The larger of two shares: of this label's comments that the other one is wrongly found on at its balanced
    /// threshold, and the reverse.
    pub share: f32,
    /// Whether both shares are large, so that the two may be one.
    pub is_mutual: bool,
}

/// Whether one of two labels is an ancestor of the other.
pub(super) fn is_related(a: &str, b: &str) -> bool {
    let is_below = |name: &str, above: &str| name.strip_prefix(above).is_some_and(|rest| rest.starts_with(" > "));
    is_below(a, b) || is_below(b, a)
}

/// For each label, how many comments have it together with each other label: (label, comments), in the order of labels.
pub(super) fn cooccurrence(assigned: &[Vec<usize>], n_labels: usize) -> Vec<Vec<(usize, usize)>> {
    let mut counts = vec![vec![0usize; n_labels]; n_labels];
    for labels in assigned {
        for &a in labels {
            for &b in labels {
                counts[a][b] += usize::from(a != b);
            }
        }
    }
    let sparse = |row: Vec<usize>| row.into_iter().enumerate().filter(|(_, n)| *n > 0).collect();
    counts.into_iter().map(sparse).collect()
}

/// For each label, the one that it is confused with most.
///
/// `assigned` and `probabilities` are those of the scored comments; a label without a threshold is never found.
pub(super) fn confusions(
    names: &[String],
    assigned: &[&[usize]],
    probabilities: &[&[f32]],
    thresholds: &[Option<f32>],
) -> Vec<Option<Confusion>> {
    let n_labels = names.len();
    let mut mistaken = vec![vec![0usize; n_labels]; n_labels];
    let mut n_of = vec![0usize; n_labels];
    for (labels, row) in assigned.iter().zip(probabilities) {
        let is_found = |label: usize| thresholds[label].is_some_and(|threshold| row[label] >= threshold);
        let wrong: Vec<usize> = (0..n_labels).filter(|&label| is_found(label) && !labels.contains(&label)).collect();
        for &label in *labels {
            n_of[label] += 1;
            wrong.iter().for_each(|&other| mistaken[label][other] += 1);
        }
    }
    let share = |a: usize, b: usize| {
        let n = mistaken[a][b];
        if n >= MIN_MISTAKEN { n as f32 / n_of[a].max(1) as f32 } else { 0.0 }
    };
    let most = |a: usize| {
        let others = (0..n_labels).filter(|&b| b != a && !is_related(&names[a], &names[b]));
        let (share, b, is_mutual) = others
            .map(|b| (share(a, b).max(share(b, a)), b, share(a, b).min(share(b, a)) >= MUTUAL_SHARE))
            .rev()
            .max_by(|x, y| x.0.total_cmp(&y.0))?;
        (share >= MIN_SHARE).then(|| Confusion { with: names[b].clone(), share, is_mutual })
    };
    (0..n_labels).map(most).collect()
}

#[cfg(test)]
mod tests {
    use super::{confusions, cooccurrence};

    #[test]
    fn labels_that_hold_together_are_counted_once_a_comment() {
        let found = cooccurrence(&[vec![0, 2], vec![0, 2], vec![1], vec![0, 1]], 3);
        assert_eq!(found, [vec![(1, 1), (2, 2)], vec![(0, 1)], vec![(0, 2)]]);
    }

    #[test]
    fn a_label_taken_for_another_is_confused_with_it_but_never_with_its_parent() {
        let names = ["Card", "Card > Late", "Rate", "Fee"].map(str::to_owned);
        let (late, rate, fee): (&[usize], &[usize], &[usize]) = (&[0, 1], &[2], &[3]);
        let assigned = [late, late, late, late, rate, rate, rate, rate, fee, fee];
        let sure: &[f32] = &[0.9, 0.9, 0.0, 0.0];
        let taken: &[f32] = &[0.2, 0.1, 0.8, 0.0];
        let right: &[f32] = &[0.0, 0.0, 0.9, 0.0];
        let probabilities = [sure, taken, taken, taken, right, right, right, right, right, right];
        let found = confusions(&names, &assigned, &probabilities, &[Some(0.5); 4]);
        let with: Vec<Option<&str>> = found.iter().map(|it| it.as_ref().map(|it| it.with.as_str())).collect();
        assert_eq!(with, [Some("Rate"), Some("Rate"), Some("Card"), None], "two mistakes are too few");
        assert!(found[1].as_ref().is_some_and(|it| it.share == 0.75 && !it.is_mutual));
        assert!(confusions(&names, &assigned, &probabilities, &[None; 4]).iter().all(Option::is_none));
    }
}
