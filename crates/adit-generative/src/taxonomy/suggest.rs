//! `POST /api/_private/ixp/projects/{owner}/{dataset_name}/suggest-taxonomy`
//!
//! Suggests labels, their extraction fields and the types of those. Nothing is stored; `import-taxonomy` takes the
//! suggestion back, changed or not.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Random, Result, catalogue, names};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::question::{Documents, FieldType, Suggestion};
use crate::llm::About;
use crate::{Feature, model_for};

pub(crate) static OPERATION: Operation = Operation {
    id: "suggest_taxonomy",
    method: Method::POST,
    path: "/api/_private/ixp/projects/{owner}/{dataset_name}/suggest-taxonomy",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_WRITE]),
    serve: |call| Box::pin(handle(call)),
};

/// The most documents in one request; what they say is cut where it gets long.
const MAX_DOCUMENTS: usize = 128;

#[derive(Deserialize)]
struct SuggestTaxonomyRequest {
    description: String,
    documents: Vec<String>,
}

#[derive(Serialize)]
struct SuggestTaxonomyResponse {
    taxonomy: Value,
}

async fn handle(call: Call) -> Result<Reply> {
    let request: SuggestTaxonomyRequest = call.json()?;
    names::check_description(&request.description)?;
    if request.documents.len() > MAX_DOCUMENTS {
        return Err(catalogue::too_many("documents", MAX_DOCUMENTS));
    }
    let is_empty = request.description.trim().is_empty() && request.documents.iter().all(|text| text.trim().is_empty());
    if is_empty {
        return Err(Error::invalid("`description` or `documents` must say something."));
    }
    let mut tx = call.env.read().await?;
    let dataset = adit_datasets::dataset_at(&mut tx, call.caller.tenant_id, &call.address()?).await?;
    let dataset = dataset.ok_or_else(|| call.no_dataset())?;
    drop(tx);
    let llm = model_for(&call.env, &dataset, Feature::TaxonomySuggestion)?;
    let question = Documents::new(&request.description, &request.documents);
    let suggestion = llm.ask(&call.env, About::dataset(&dataset), &question).await?;
    Reply::ok(SuggestTaxonomyResponse { taxonomy: shown(&suggestion, call.env.random.as_ref()) })
}

/// The suggestion in the shape in which datasets show theirs, with ids that tie fields to their types.
fn shown(suggestion: &Suggestion, random: &dyn Random) -> Value {
    let ids: Vec<String> = suggestion.field_types.iter().map(|_| random.id().to_string()).collect();
    let field_type = |(n, (type_, id)): (usize, (&FieldType, &String))| {
        json!({
            "id": id,
            "color": n % 8,
            "name": type_.name,
            "title": type_.title,
            "inherits_from": type_.base.iter().collect::<Vec<_>>(),
            // What a rule finds needs no training; what nothing finds does.
            "trainable": type_.base.is_none(),
            "_entity_def_flags": [],
            "instructions": type_.instructions,
        })
    };
    let id_of = |name: &str| suggestion.field_types.iter().position(|type_| type_.name == name).map(|n| ids[n].clone());
    let mut label_defs = Vec::with_capacity(suggestion.labels.len());
    for label in &suggestion.labels {
        let mut def = json!({"name": label.name, "title": "", "instructions": label.instructions, "_flags": ["llm_generated"]});
        if !label.fields.is_empty() {
            let field = |field: &super::question::LabelField| {
                let type_id = id_of(&field.field_type);
                json!({
                    "field_id": random.id(), "id": type_id, "field_type_id": type_id, "kind": field.field_type,
                    "name": field.name, "instructions": field.instructions,
                })
            };
            def["moon_form"] = label.fields.iter().map(field).collect();
        }
        label_defs.push(def);
    }
    json!({
        "field_types": suggestion.field_types.iter().zip(&ids).enumerate().map(field_type).collect::<Vec<_>>(),
        "label_group": {
            "name": "default", "label_defs": label_defs, "label_collection_name": null, "trainable": true, "hidden": false,
            "instructions": suggestion.instructions,
        },
    })
}
