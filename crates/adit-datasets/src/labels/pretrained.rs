//! `GET /api/_private/model-family/{model_family}/pretrained-labels`
//!
//! Lists the built-in labels that definitions may stand on.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::Result;
use http::Method;
use serde::Serialize;

use super::rules::all_pretrained;
use super::wire::Pretrained;
use crate::datasets::checked_model_family;

pub(super) const OPERATION: Operation = Operation {
    id: "get_pretrained_labels",
    method: Method::GET,
    path: "/api/_private/model-family/{model_family}/pretrained-labels",
    needs: Needs::SignedIn,
    serve: |call| Box::pin(handle(call)),
};

#[derive(Serialize)]
struct GetPretrainedLabelsResponse {
    label_collections: Vec<LabelCollection>,
}

#[derive(Serialize)]
struct LabelCollection {
    name: &'static str,
    label_defs: Vec<Pretrained>,
}

async fn handle(call: Call) -> Result<Reply> {
    checked_model_family(call.param("model_family")?)?;
    let (tone, service): (Vec<_>, Vec<_>) = all_pretrained().into_iter().partition(|label| label.is_tone());
    let label_collections = vec![
        LabelCollection { name: "quality_of_service", label_defs: service },
        LabelCollection { name: "tone", label_defs: tone },
    ];
    Reply::ok(GetPretrainedLabelsResponse { label_collections })
}
