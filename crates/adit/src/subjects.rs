//! Finds the sources, datasets and streams that a request addresses, for the audit log.

use adit_http::{Address, address_in};
use adit_kernel::Result;
use adit_store::{Noun, Subject, Tx};
use adit_tenancy::audit::{Finder, Target};
use adit_tenancy::projects;
use serde_json::json;

/// The finders of the areas above tenancy.
pub(crate) const FINDERS: &[Finder] =
    &[|tx, target| Box::pin(sources(tx, target)), |tx, target| Box::pin(datasets_and_streams(tx, target))];

/// What the path addresses in a collection, whether it says so or only names the thing.
fn addressed(target: &Target, collection: &str, name: &str) -> Option<Address> {
    if !target.operation.path.contains(collection) && !target.operation.path.contains(name) {
        return None;
    }
    address_in(&target.parameters).ok().flatten()
}

async fn sources(tx: &mut Tx, target: &Target) -> Result<Vec<Subject>> {
    let Some(address) = addressed(target, "/sources/", "{source_name}") else { return Ok(Vec::new()) };
    let Some(source) = adit_corpus::source_at(tx, target.tenant, &address).await? else { return Ok(Vec::new()) };
    let project = projects::subject(tx, target.tenant, &source.owner).await?;
    let subject = Subject {
        noun: Noun::Source,
        id: source.id,
        parent: project.as_ref().map(|project| project.id),
        state: json!({
            "title": source.title, "description": source.description, "should_translate": source.should_translate,
            "sensitive_properties": source.sensitive_properties, "bucket_id": source.bucket_id,
            "email_transform_tag": source.email_transform_tag,
        }),
        name: source.name,
        title: source.title,
    };
    Ok(project.into_iter().chain([subject]).collect())
}

async fn datasets_and_streams(tx: &mut Tx, target: &Target) -> Result<Vec<Subject>> {
    let Some(address) = addressed(target, "/datasets/", "{dataset_name}") else { return Ok(Vec::new()) };
    let Some(dataset) = adit_datasets::dataset_at(tx, target.tenant, &address).await? else { return Ok(Vec::new()) };
    let project = projects::subject(tx, target.tenant, &dataset.owner).await?;
    let subject = Subject {
        noun: Noun::Dataset,
        id: dataset.id,
        parent: project.as_ref().map(|project| project.id),
        state: json!({
            "title": dataset.title, "description": dataset.description, "source_ids": dataset.source_ids,
            "flags": dataset.settings.flags,
        }),
        name: dataset.name,
        title: dataset.title,
    };
    let stream = target.parameter("stream_name").or_else(|| target.parameter("trigger_name"));
    let stream = match stream {
        Some(name) => adit_streams::subject(tx, dataset.id, name).await?,
        None => None,
    };
    Ok(project.into_iter().chain([subject]).chain(stream).collect())
}
