//! What a dataset has that a filter can ask about, as far as the caller may see it and a model may be told.

use std::collections::{BTreeMap, BTreeSet};

use adit_corpus::{CommentView, Source, TimeBounds};
use adit_datasets::Dataset;
use adit_http::Call;
use adit_kernel::{Id, Permission, Result};
use adit_store::Tx;
use serde::Serialize;

use crate::taxonomy_text::{self, ShownLabel};

/// How many of the newest comments tell which properties there are.
const SAMPLE: usize = 1000;
/// The most values of a property that are listed; one with more is open to any value.
const MAX_VALUES: usize = 25;
/// A longer value is a text, not a word to filter by.
const MAX_VALUE_CHARACTERS: usize = 64;
/// The most properties that are listed.
const MAX_PROPERTIES: usize = 100;

/// What a dataset has.
#[derive(Debug, Serialize)]
pub(super) struct Inventory {
    pub(super) labels: Vec<ShownLabel>,
    pub(super) sources: Vec<SourceItem>,
    pub(super) properties: Vec<Property>,
}

/// A source.
#[derive(Debug, Serialize)]
pub(super) struct SourceItem {
    #[serde(skip)]
    pub(super) id: Id,
    pub(super) name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) title: String,
}

/// A user property, with what it is known to hold.
#[derive(Debug, Serialize)]
pub(super) struct Property {
    /// `string:Team` or `number:NPS`.
    pub(super) name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) values: Vec<String>,
    /// Whether other values than those listed may occur.
    #[serde(skip)]
    pub(super) is_open: bool,
}

#[derive(Default)]
struct Values {
    texts: BTreeSet<String>,
    is_open: bool,
}

impl Inventory {
    /// Looks around in a dataset. Properties that a source calls sensitive are left out for everybody: they are not
    /// for a model to know.
    pub(super) async fn of(call: &Call, tx: &mut Tx, dataset: &Dataset) -> Result<Self> {
        let labels = adit_datasets::labels_of(tx, dataset.id).await?;
        let mut sources = adit_corpus::sources_by_ids(tx, dataset.tenant_id, &dataset.source_ids).await?;
        sources.retain(|source| call.caller.may(Permission::SOURCES_READ, &source.owner));
        let properties = properties(tx, &sources).await?;
        let item =
            |source: Source| SourceItem { id: source.id, name: format!("{}/{}", source.owner, source.name), title: source.title };
        Ok(Self { labels: taxonomy_text::shown(&labels), sources: sources.into_iter().map(item).collect(), properties })
    }
}

async fn properties(tx: &mut Tx, sources: &[Source]) -> Result<Vec<Property>> {
    let views: BTreeMap<Id, CommentView> = sources
        .iter()
        .map(|source| {
            (source.id, CommentView { hidden_properties: source.sensitive_properties.clone(), ..CommentView::default() })
        })
        .collect();
    let ids: Vec<Id> = views.keys().copied().collect();
    let mut found: BTreeMap<String, Values> = BTreeMap::new();
    for comment in adit_corpus::scan_recent(tx, &ids, None, &TimeBounds { minimum: None, maximum: None }, SAMPLE).await? {
        let Some(view) = views.get(&comment.source_id) else { continue };
        for (name, value) in comment.content.user_properties.iter().filter(|(name, _)| !view.hides(name)) {
            let values = found.entry(name.clone()).or_default();
            let Some(text) = value.as_str() else { continue };
            let is_word = text.chars().count() <= MAX_VALUE_CHARACTERS;
            if is_word && (values.texts.len() < MAX_VALUES || values.texts.contains(text)) {
                values.texts.insert(text.to_owned());
            } else {
                values.is_open = true;
            }
        }
    }
    let property = |(name, values): (String, Values)| {
        let shown = if values.is_open { values.texts.into_iter().take(5).collect() } else { values.texts.into_iter().collect() };
        Property { name, values: shown, is_open: values.is_open }
    };
    // A property that is sensitive in one source is not told because another source has it as well.
    let is_public = |name: &str| views.values().all(|view| !view.hides(name));
    Ok(found.into_iter().filter(|(name, _)| is_public(name)).take(MAX_PROPERTIES).map(property).collect())
}
