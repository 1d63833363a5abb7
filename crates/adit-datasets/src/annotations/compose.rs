//! Puts a comment, the decisions about it and the predictions for it into the one shape callers see.

use adit_corpus::{CommentView, StoredComment};

use super::store::read::{Annotation, AssignedLabel};
use super::wire::{AnnotatedComment, Entities, LabelledGroup};
use crate::Predictions;
use crate::labels::DEFAULT_GROUP;

fn with_predicted(annotation: Option<&Annotation>, predictions: Option<&Predictions>) -> Entities {
    let mut entities = annotation.and_then(|annotation| annotation.entities.clone()).unwrap_or_default();
    entities.predicted = predictions.map(|predictions| predictions.entities.clone()).unwrap_or_default();
    entities
}

/// The comment with everything decided and predicted about it.
///
/// Higher areas may fill in what this one does not know: stream exceptions, diagnostics.
pub fn annotated_comment(
    comment: &StoredComment,
    annotation: Option<&Annotation>,
    predictions: Option<&Predictions>,
    view: &CommentView,
) -> AnnotatedComment {
    let shown = |labels: fn(&Annotation) -> &Vec<AssignedLabel>| {
        annotation.into_iter().flat_map(labels).map(AssignedLabel::to_wire).collect()
    };
    let is_reviewed = annotation.is_some_and(|annotation| annotation.reviewed);
    let view = CommentView { has_annotations: view.has_annotations || is_reviewed, ..view.clone() };
    AnnotatedComment {
        comment: comment.to_wire(&view),
        labelling: vec![LabelledGroup {
            group: DEFAULT_GROUP,
            assigned: shown(|annotation| &annotation.assigned),
            dismissed: shown(|annotation| &annotation.dismissed),
            uninformative: annotation.and_then(|annotation| annotation.uninformative.clone()),
            predicted: predictions.map(|predictions| predictions.labels.clone()),
        }],
        entities: Some(with_predicted(annotation, predictions)),
        thread_properties: None,
        trigger_exceptions: None,
        label_properties: predictions.and_then(|predictions| predictions.label_properties.clone()),
        moon_forms: annotation.and_then(|annotation| annotation.moon_forms.clone()),
        reviewable_blocks: None,
        highlights: None,
        diagnostics: None,
        model_version: None,
    }
}
