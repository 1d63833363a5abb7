//! `POST /api/_private/datasets/{owner}/{dataset_name}/summary`
//!
//! What there is to filter by, over the comments that pass a filter.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Id, Permission, Result};
use http::Method;

use super::tally::Tally;
use super::wire::{
    AnnotationMetadataCount, DatasetSummary, DatasetUserPropertiesSummary, EntityDefSummary, GetDatasetSummaryRequest,
    GetDatasetSummaryResponse, LabelCounts, Named, SingleLabelSummary, StringProperty, TriggerExceptionsSummary,
};
use crate::facts::{ExceptionTable, Scope};

pub(super) static OPERATION: Operation = Operation {
    id: "get_dataset_summary",
    method: Method::POST,
    path: "/api/_private/datasets/{owner}/{dataset_name}/summary",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: GetDatasetSummaryRequest = call.json()?;
    let mut tx = call.env.read().await?;
    let filters = body.attribute_filters.unwrap_or_default();
    let scope = Scope::new(&call, &mut tx, body.filter.unwrap_or_default(), filters, false).await?;
    let dataset = &scope.dataset;
    let mut tally = Tally::of(&call.env, &mut tx, &scope, body.thread_mode == Some(true)).await?;
    let sources = adit_corpus::sources_by_ids(&mut tx, call.caller.tenant_id, &scope.sources).await?;
    let assigned = adit_datasets::assigned_counts(&mut tx, dataset.id).await?;
    let methods = adit_datasets::review_methods(&mut tx, dataset.id).await?;
    let labels = adit_datasets::labels_of(&mut tx, dataset.id).await?;
    let health = adit_models::health_of_labels(&mut tx, dataset.id).await?;
    let mut field_health = adit_models::health_of_fields(&mut tx, dataset.id).await?;
    let wanted = |name: &String| body.label_filter.as_ref().is_none_or(|names| names.is_empty() || names.contains(name));
    let label = |label: &adit_datasets::Label| SingleLabelSummary {
        name: label.name.clone(),
        unfiltered_assigned: assigned
            .get(&label.name)
            .map_or_else(LabelCounts::default, |(positive, negative)| LabelCounts { positive: *positive, negative: *negative }),
        filtered: tally.labels.get(&label.name).copied().unwrap_or_default(),
        threshold: health.get(&label.name).and_then(|known| known.1),
        title: label.title.clone(),
        health: health.get(&label.name).map(|known| known.0.clone()),
    };
    let labels: Vec<SingleLabelSummary> = labels.iter().filter(|label| wanted(&label.name)).map(label).collect();
    let mut entity = |def: &adit_datasets::wire::EntityDef| EntityDefSummary {
        id: def.id.clone(),
        health: field_health.remove(&def.id),
        unfiltered_assigned: tally.entities.get(&def.id).copied().unwrap_or(0),
    };
    let entity_defs = dataset.settings.entity_defs.iter().map(&mut entity).collect();
    let mut source_kinds: Vec<String> = sources.iter().map(|source| source.kind.clone()).collect();
    source_kinds.sort_unstable();
    source_kinds.dedup();
    let strings = std::mem::take(&mut tally.strings).into_iter();
    let titles = match call.env.service::<ExceptionTable>() {
        Ok(table) => table.0.titles(&mut tx, dataset.id).await?,
        Err(_) => Vec::new(),
    };
    let exceptions = |(id, display_name): (Id, String)| {
        let types = tally.exceptions.remove(&id)?.into_iter().collect();
        Some((id.to_string(), TriggerExceptionsSummary { display_name, types }))
    };
    let trigger_exceptions = titles.into_iter().filter_map(exceptions).collect();
    let summary = DatasetSummary {
        user_properties: DatasetUserPropertiesSummary {
            number: tally.numbers.into_keys().map(|full_name| Named { full_name }).collect(),
            string: strings.map(|(full_name, values)| StringProperty { full_name, values: values.summary() }).collect(),
        },
        label_properties: dataset.settings.label_properties.clone(),
        source_kinds,
        source_names: sources.iter().map(|source| format!("{}/{}", source.owner, source.name)).collect(),
        annotation_metadata: AnnotationMetadataCount {
            unknown: methods.unknown,
            other: methods.other + methods.rebalance,
            retrieved_by_text_search: methods.text_search,
            shuffle_label_unfiltered: methods.shuffle,
            clusters_unfiltered: methods.clusters,
            low_confidence: methods.low_confidence,
            teach_label_reviewed: methods.teach_reviewed,
            teach_label_unreviewed: methods.teach_unreviewed,
        },
        labels,
        entity_defs,
        email_properties: tally.people.into_iter().map(|(kind, values)| (kind, values.summary())).collect(),
        trigger_exceptions,
        attachments_common_types_extensions: tally.extensions.into_iter().map(|(k, v)| (k, v.into_iter().collect())).collect(),
        attachments_file_extensions: tally.types.into_iter().map(|(k, v)| (k, v.into_iter().collect())).collect(),
    };
    Reply::ok(GetDatasetSummaryResponse { summary })
}
