//! What must be known about comments before a filter can judge them.

use std::collections::HashMap;
use std::sync::Arc;

use adit_corpus::filter::{AttributeFilter, CommentFilter, Facts};
use adit_corpus::{CommentView, StoredComment, ThreadProperties};
use adit_datasets::{Annotation, Dataset, with_ancestors};
use adit_http::Call;
use adit_kernel::{Error, Id, Permission, Result, catalogue};
use adit_store::{Env, Tx};
use async_trait::async_trait;

/// A predicted label counts for a filter from this probability on.
const PREDICTED_FROM: f64 = 0.25;

/// Who knows the exceptions that streams carry; implemented beside this area.
#[async_trait]
pub trait Exceptions: Send + Sync {
    /// Stream and type of every exception on these comments, by position.
    async fn exceptions_of(&self, tx: &mut Tx, dataset: Id, seqs: &[i64]) -> Result<HashMap<i64, Vec<(Id, String)>>>;

    /// The ids and titles of the dataset's streams.
    async fn titles(&self, tx: &mut Tx, dataset: Id) -> Result<Vec<(Id, String)>>;
}

/// The [`Exceptions`] service of the environment.
#[derive(Clone)]
pub struct ExceptionTable(pub Arc<dyn Exceptions>);

/// A dataset as one caller may look at it.
pub(crate) struct Scope {
    pub(crate) dataset: Dataset,
    /// The sources whose comments the caller may read and the filter admits.
    pub(crate) sources: Vec<Id>,
    views: HashMap<Id, CommentView>,
    pub(crate) filter: CommentFilter,
    pub(crate) attribute_filters: Vec<AttributeFilter>,
}

/// One comment that was looked at, with what is known about it.
pub(crate) struct Seen {
    pub(crate) comment: StoredComment,
    pub(crate) annotation: Option<Annotation>,
    pub(crate) thread: Option<ThreadProperties>,
    pub(crate) exceptions: Vec<(Id, String)>,
}

impl Seen {
    /// Whether people decided anything about it.
    pub(crate) fn is_reviewed(&self) -> bool {
        self.annotation.as_ref().is_some_and(|annotation| annotation.reviewed)
    }

    /// Whether the label or one below it is assigned.
    pub(crate) fn has_label(&self, name: &str) -> bool {
        let below = |label: &str| label.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(" > "));
        self.annotation.as_ref().is_some_and(|annotation| annotation.assigned.iter().any(|label| below(&label.name)))
    }
}

impl Scope {
    /// The dataset of the call's path, restricted to what the caller may see.
    ///
    /// # Errors
    /// A filter that breaks its rules, or one over a property that is hidden from the caller.
    pub(crate) async fn new(
        call: &Call,
        tx: &mut Tx,
        filter: CommentFilter,
        attribute_filters: Vec<AttributeFilter>,
        include_markup: bool,
    ) -> Result<Self> {
        filter.check()?;
        attribute_filters.iter().try_for_each(AttributeFilter::check)?;
        let tenant = call.caller.tenant_id;
        let dataset = adit_datasets::dataset_at(tx, tenant, &call.address()?).await?.ok_or_else(|| call.no_dataset())?;
        let wanted = filter.source_ids();
        let mut sources = Vec::new();
        let mut views = HashMap::new();
        for source in adit_corpus::sources_by_ids(tx, tenant, &dataset.source_ids).await? {
            let is_wanted = wanted.as_ref().is_none_or(|ids| ids.contains(&source.id));
            if !is_wanted || !call.caller.may(Permission::SOURCES_READ, &source.owner) {
                continue;
            }
            let view = adit_corpus::view_for(&call.caller, &source, include_markup);
            if filter.property_names().any(|name| view.hides(name)) {
                return Err(catalogue::forbidden_in(Permission::SOURCES_READ_SENSITIVE.0, &source.owner));
            }
            sources.push(source.id);
            views.insert(source.id, view);
        }
        Ok(Self { dataset, sources, views, filter, attribute_filters })
    }

    /// How the caller sees a comment.
    pub(crate) fn view(&self, comment: &StoredComment) -> Result<&CommentView> {
        self.views.get(&comment.source_id).ok_or_else(|| Error::internal("a comment outside the scope"))
    }

    /// Refuses a user property that is hidden from the caller in any of the sources.
    pub(crate) fn check_property(&self, name: &str) -> Result<()> {
        if self.views.values().any(|view| view.hides(name)) {
            return Err(catalogue::forbidden_in(Permission::SOURCES_READ_SENSITIVE.0, &self.dataset.owner));
        }
        Ok(())
    }

    /// Whether every comment of the sources passes.
    pub(crate) fn admits_all(&self) -> bool {
        self.attribute_filters.is_empty() && self.filter.is_time_only() && {
            let bounds = self.filter.bounds();
            bounds.minimum.is_none() && bounds.maximum.is_none()
        }
    }

    /// Those of `comments` that pass the filters, in their order, with what is known about them.
    pub(crate) async fn passing(&self, env: &Env, tx: &mut Tx, comments: Vec<StoredComment>) -> Result<Vec<Seen>> {
        let comments: Vec<StoredComment> =
            comments.into_iter().filter(|comment| self.views.contains_key(&comment.source_id)).collect();
        let seqs: Vec<i64> = comments.iter().map(|comment| comment.seq).collect();
        let mut annotations = adit_datasets::annotations_of(tx, self.dataset.id, &seqs).await?;
        let mut exceptions = match env.service::<ExceptionTable>() {
            Ok(table) => table.0.exceptions_of(tx, self.dataset.id, &seqs).await?,
            Err(_) => HashMap::new(),
        };
        let threads = adit_corpus::thread_properties_of(tx, &comments).await?;
        let predicted = self.predicted_names(tx, &seqs).await?;
        let found = match self.filter.needs_entities() || self.attribute_filters.iter().any(AttributeFilter::needs_entities) {
            true => adit_models::predicted_entities(tx, &self.dataset, &seqs).await?,
            false => HashMap::new(),
        };
        let mut passing = Vec::new();
        for (comment, thread) in comments.into_iter().zip(threads) {
            let annotation = annotations.remove(&comment.seq);
            let exceptions = exceptions.remove(&comment.seq).unwrap_or_default();
            let assigned = annotation.as_ref().map(assigned_with_ancestors).unwrap_or_default();
            let facts = Facts {
                is_reviewed: annotation.as_ref().is_some_and(|annotation| annotation.reviewed),
                exceptions: &exceptions,
                thread: Some(&thread),
                assigned_labels: &assigned,
                assigned_entities: &annotation.as_ref().map(adit_models::assigned_entities).unwrap_or_default(),
                predicted_entities: found.get(&comment.seq).map_or(&[][..], Vec::as_slice),
            };
            let names = predicted.get(&comment.seq).map_or(&[][..], Vec::as_slice);
            let passes = self.filter.matches(&comment, &facts)
                && self.attribute_filters.iter().all(|filter| filter.matches(&comment, &facts, names));
            if passes {
                let thread = comment.thread_id.is_some().then_some(thread);
                passing.push(Seen { comment, annotation, thread, exceptions });
            }
        }
        Ok(passing)
    }

    async fn predicted_names(&self, tx: &mut Tx, seqs: &[i64]) -> Result<HashMap<i64, Vec<String>>> {
        if !self.attribute_filters.iter().any(AttributeFilter::needs_predictions) {
            return Ok(HashMap::new());
        }
        let labels = adit_datasets::labels_of(tx, self.dataset.id).await?;
        let names: HashMap<Id, String> = labels.into_iter().map(|label| (label.id, label.name)).collect();
        let predicted = adit_models::predictions_of(tx, self.dataset.id, seqs).await?;
        let named = |labels: Vec<(Id, f64)>| {
            let likely = labels.into_iter().filter(|(_, probability)| *probability >= PREDICTED_FROM);
            likely.filter_map(|(label, _)| names.get(&label).cloned()).collect()
        };
        Ok(predicted.into_iter().map(|(seq, labels)| (seq, named(labels))).collect())
    }
}

fn assigned_with_ancestors(annotation: &Annotation) -> Vec<String> {
    let mut names: Vec<String> = annotation.assigned.iter().flat_map(|label| with_ancestors(&label.name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}
