//! How well fields do on the test part: exact places only.

use serde::{Deserialize, Serialize};

/// The validation of fields.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldReport {
    /// General fields, in the order of the specifications.
    pub fields: Vec<FieldScore>,
    /// Comments with decisions about general fields, to train and to test with.
    pub n_train_documents: usize,
    /// See `n_train_documents`.
    pub n_test_documents: usize,
    /// Forms of labels, in their order.
    pub forms: Vec<FormScore>,
}

/// How well one field does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldScore {
    /// The field.
    pub id: String,
    /// Values that people assigned, in the training and in the test part.
    pub n_train: usize,
    /// See `n_train`.
    pub n_test: usize,
    /// Comments with such a value.
    pub n_train_documents: usize,
    /// See `n_train_documents`.
    pub n_test_documents: usize,
    /// Values predicted in reviewed paragraphs of the test part.
    pub n_predicted: usize,
    /// Those at exactly the place of an assigned one.
    pub n_right: usize,
}

/// How well one form does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FormScore {
    /// The label.
    pub id: String,
    /// Records that people filled in, in the training and in the test part.
    pub n_train_captures: usize,
    /// See `n_train_captures`.
    pub n_test_captures: usize,
    /// Comments with records.
    pub n_train_documents: usize,
    /// See `n_train_documents`.
    pub n_test_documents: usize,
    /// Its fields, in their order.
    pub fields: Vec<FieldScore>,
    /// How sure each predicted record of the test part was, and whether all of it was right, the surest first.
    pub records: Vec<(f32, bool)>,
}

impl FieldScore {
    /// Share of the predicted values that are right; `None` without test values.
    #[must_use]
    pub fn precision(&self) -> Option<f32> {
        let share = if self.n_predicted == 0 { 0.0 } else { self.n_right as f32 / self.n_predicted as f32 };
        (self.n_test > 0).then_some(share)
    }

    /// Share of the assigned values that are predicted; `None` without test values.
    #[must_use]
    pub fn recall(&self) -> Option<f32> {
        (self.n_test > 0).then(|| self.n_right as f32 / self.n_test as f32)
    }

    /// The harmonic mean of both; `None` without test values.
    #[must_use]
    pub fn f1(&self) -> Option<f32> {
        (self.n_test > 0).then(|| 2.0 * self.n_right as f32 / (self.n_predicted + self.n_test) as f32)
    }

    /// Predicted values that are wrong, and assigned ones that are not predicted.
    #[must_use]
    pub fn n_errors(&self) -> usize {
        (self.n_predicted - self.n_right.min(self.n_predicted)) + (self.n_test - self.n_right.min(self.n_test))
    }

    /// The sum of several fields, under no name.
    #[must_use]
    pub fn sum<'a>(scores: impl IntoIterator<Item = &'a FieldScore>) -> FieldScore {
        let mut total = FieldScore::default();
        for score in scores {
            total.n_train += score.n_train;
            total.n_test += score.n_test;
            total.n_train_documents += score.n_train_documents;
            total.n_test_documents += score.n_test_documents;
            total.n_predicted += score.n_predicted;
            total.n_right += score.n_right;
        }
        total
    }
}

/// Precision and recall of whole records at falling thresholds, the last one 0.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecordCurve {
    /// Falling.
    pub thresholds: Vec<f32>,
    /// At each threshold.
    pub precisions: Vec<f32>,
    /// Rising.
    pub recalls: Vec<f32>,
    /// The mean precision at the ranks of the right records, over all records that people filled in.
    pub average_precision: Option<f32>,
}

impl FormScore {
    /// The curve of its records; empty without test records.
    #[must_use]
    pub fn curve(&self) -> RecordCurve {
        let mut curve = RecordCurve::default();
        if self.n_test_captures == 0 {
            return curve;
        }
        let expected = self.n_test_captures as f32;
        let (mut n_right, mut sum) = (0.0f32, 0.0f32);
        for (n, (score, is_right)) in self.records.iter().enumerate() {
            n_right += f32::from(u8::from(*is_right));
            let precision = n_right / (n + 1) as f32;
            if *is_right {
                sum += precision;
            }
            let is_last_of_score = self.records.get(n + 1).is_none_or(|next| next.0 < *score);
            if is_last_of_score {
                curve.thresholds.push(*score);
                curve.precisions.push(precision);
                curve.recalls.push((n_right / expected).min(1.0));
            }
        }
        if let (Some(last), Some(precision), Some(recall)) =
            (curve.thresholds.last(), curve.precisions.last(), curve.recalls.last())
            && *last > 0.0
        {
            let (precision, recall) = (*precision, *recall);
            curve.thresholds.push(0.0);
            curve.precisions.push(precision);
            curve.recalls.push(recall);
        }
        curve.average_precision = Some((sum / expected).min(1.0));
        curve
    }
}

#[cfg(test)]
mod tests {
    use super::{FieldScore, FormScore};

    #[test]
    fn scores_exist_only_with_test_values() {
        let score = FieldScore { n_test: 4, n_predicted: 5, n_right: 3, ..FieldScore::default() };
        assert_eq!((score.precision(), score.recall(), score.n_errors()), (Some(0.6), Some(0.75), 3));
        assert_eq!(score.f1(), Some(6.0 / 9.0));
        let unknown = FieldScore { n_predicted: 5, ..FieldScore::default() };
        assert_eq!((unknown.precision(), unknown.recall(), unknown.f1()), (None, None, None));
    }

    #[test]
    fn records_are_ranked_by_how_sure_they_are() {
        let form =
            FormScore { n_test_captures: 3, records: vec![(0.9, true), (0.5, false), (0.5, true)], ..FormScore::default() };
        let curve = form.curve();
        assert_eq!(curve.thresholds, [0.9, 0.5, 0.0]);
        assert_eq!(curve.recalls, [1.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0]);
        assert!((curve.average_precision.unwrap() - (1.0 + 2.0 / 3.0) / 3.0).abs() < 1e-6);
        assert!(FormScore::default().curve().average_precision.is_none());
    }
}
