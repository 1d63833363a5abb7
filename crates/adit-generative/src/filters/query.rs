//! `POST /api/_private/datasets/{owner}/{dataset_name}/conversational-filter-query`
//!
//! Turns a sentence into a filter for the query operations. Nothing is queried or stored.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result, names};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::inventory::Inventory;
use super::previous::Filter;
use super::question::Sentence;
use super::{period, resolve};
use crate::llm::About;
use crate::{Feature, model_for};

pub(crate) static OPERATION: Operation = Operation {
    id: "query_conversational_filter",
    method: Method::POST,
    path: "/api/_private/datasets/{owner}/{dataset_name}/conversational-filter-query",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

/// The longest sentence.
const MAX_CHARACTERS: usize = 2000;

#[derive(Deserialize)]
struct ConversationalFilterRequest {
    query: String,
    previous_filter: Option<String>,
}

#[derive(Serialize)]
struct ConversationalFilterResponse {
    filter: Map<String, Value>,
    attribute_filters: Vec<Value>,
    reply: String,
    /// Names this answer, for those who ask about it.
    request_id: String,
    /// How many conditions are in the filter.
    resolved: usize,
    /// How many are not.
    unresolved: usize,
    thread_mode: bool,
}

async fn handle(call: Call) -> Result<Reply> {
    let request: ConversationalFilterRequest = call.json()?;
    names::check_text(&request.query, "query", MAX_CHARACTERS)?;
    if request.query.trim().is_empty() {
        return Err(Error::invalid("`query` must say what to look for."));
    }
    let previous = request.previous_filter.as_deref().map_or(Ok(None), Filter::read)?;
    let mut tx = call.env.read().await?;
    let dataset = adit_datasets::dataset_at(&mut tx, call.caller.tenant_id, &call.address()?).await?;
    let dataset = dataset.ok_or_else(|| call.no_dataset())?;
    let llm = model_for(&call.env, &dataset, Feature::ConversationalFilter)?;
    let inventory = Inventory::of(&call, &mut tx, &dataset).await?;
    drop(tx);
    let now = call.env.now();
    let set_now = previous.as_ref().map(Filter::to_json);
    let question = Sentence {
        sentence: request.query.trim(),
        previous: set_now.as_ref(),
        inventory: &inventory,
        today: period::day_of(now),
    };
    let conditions = llm.ask(&call.env, About::dataset(&dataset), &question).await?;
    let resolved = resolve::resolve(&conditions, &inventory, previous, now);
    // Every part was checked on its own; if the whole is not a filter, that is our mistake.
    resolved.filter.check().map_err(|e| Error::internal(format!("a conversational filter breaks its rules: {e}")))?;
    Reply::ok(ConversationalFilterResponse {
        reply: resolved.reply(),
        request_id: call.env.random.id().to_string(),
        resolved: resolved.understood.len(),
        unresolved: resolved.not_understood.len(),
        thread_mode: conditions.conversations,
        filter: resolved.filter.comment,
        attribute_filters: resolved.filter.attributes,
    })
}
