//! JSON shapes of training actions.

use serde::{Deserialize, Serialize};

/// `GetTrainingActionsLabelsResponse`.
#[derive(Debug, Serialize)]
pub(super) struct GetTrainingActionsLabelsResponse {
    pub(super) training_actions_labels: Vec<TrainingAction>,
}

/// An action on a label, on the dataset, or before there is a model.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum TrainingAction {
    /// `LabelTrainingAction`.
    Label {
        id: String,
        sub_kind: &'static str,
        factor_kind: &'static str,
        quality: &'static str,
        plan: LabelPlan,
        #[serde(skip_serializing_if = "Option::is_none")]
        search_term: Option<String>,
    },
    /// `DatasetTrainingAction`.
    Dataset { id: String, factor_kind: &'static str, quality: &'static str, plan: &'static str },
    /// `CustomTrainingAction`.
    Custom { id: String, plan: &'static str },
}

/// `LabelAction`.
#[derive(Debug, Serialize)]
pub(super) struct LabelPlan {
    pub(super) label: String,
    pub(super) action: Kinded,
    pub(super) warning: Kinded,
}

/// An action or a warning: its kind, and the other label where it is about two.
#[derive(Debug, Serialize)]
pub(super) struct Kinded {
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) label: Option<String>,
}

/// `GetTrainingActionsCommentUidsResponse`.
#[derive(Debug, Serialize)]
pub(super) struct GetTrainingActionsCommentUidsResponse {
    pub(super) comment_uids: Vec<String>,
}

/// `PutCommentAsSeenRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct PutCommentAsSeenRequest {
    pub(super) is_with_annotation: bool,
}

/// `PutCommentAsSeenResponse`.
#[derive(Debug, Serialize)]
pub(super) struct PutCommentAsSeenResponse {
    pub(super) training_action_completeness: &'static str,
}
