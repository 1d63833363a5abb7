//! `GET /api/_private/datasets/{owner}/{dataset_name}/{model_version}/training-actions/labels`
//!
//! What would make a model better, in the order in which it pays.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use adit_models::PlannedStep;
use http::Method;

use super::action::{Action, search_term};
use super::foundations::{Ground, missing};
use super::wire::{GetTrainingActionsLabelsResponse, Kinded, LabelPlan, TrainingAction};

pub(super) static OPERATION: Operation = Operation {
    id: "get_training_actions_labels",
    method: Method::GET,
    path: "/api/_private/datasets/{owner}/{dataset_name}/{model_version}/training-actions/labels",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    call.query.flag("beta")?;
    let mut tx = call.env.read().await?;
    let dataset = adit_datasets::dataset_at(&mut tx, call.caller.tenant_id, &call.address()?).await?;
    let dataset = dataset.ok_or_else(|| call.no_dataset())?;
    let plan = adit_models::training_plan(&mut tx, dataset.id, call.param("model_version")?).await?;
    let labels = adit_datasets::labels_of(&mut tx, dataset.id).await?;
    let methods = adit_datasets::review_methods(&mut tx, dataset.id).await?;
    let ground = Ground {
        n_sources: dataset.source_ids.len(),
        n_comments: adit_corpus::count_comments(&mut tx, &dataset.source_ids).await?,
        n_labels: labels.len(),
        has_model: plan.is_some(),
        shuffled: methods.share(methods.shuffle).map(|share| (methods.shuffle, share)),
    };
    let foundations = missing(&ground);
    let is_shuffle_asked_for = foundations.contains(&"shuffle");
    let custom = |word| Some(TrainingAction::Custom { id: Action::custom(word)?.id(), plan: word });
    let mut actions: Vec<TrainingAction> = foundations.into_iter().filter_map(custom).collect();
    for step in plan.unwrap_or_default() {
        // The same pages under another name would be asked for twice.
        if is_shuffle_asked_for && step.action == "shuffle" {
            continue;
        }
        let label = step.label.as_ref().and_then(|(name, _)| labels.iter().find(|label| label.name == *name));
        if step.label.is_some() && label.is_none() {
            // Deleted or renamed since the version was trained.
            continue;
        }
        if let Some(action) = Action::new(step.action, label.map(|label| label.id)) {
            actions.push(shown(action, step));
        }
    }
    Reply::ok(GetTrainingActionsLabelsResponse { training_actions_labels: actions })
}

fn shown(action: Action, step: PlannedStep) -> TrainingAction {
    let PlannedStep { factor, quality, action: word, label, other } = step;
    let Some((label, warning)) = label else {
        return TrainingAction::Dataset { id: action.id(), factor_kind: factor, quality, plan: word };
    };
    TrainingAction::Label {
        id: action.id(),
        sub_kind: word,
        factor_kind: factor,
        quality,
        search_term: (word == "search_for_examples").then(|| search_term(&label)),
        plan: LabelPlan {
            label,
            action: Kinded { kind: word, label: other.clone() },
            warning: Kinded { kind: warning, label: other },
        },
    }
}
