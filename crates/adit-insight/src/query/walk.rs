//! How an order is walked: from a cursor to the next comments, and where a comment stands in it.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use adit_corpus::StoredComment;
use adit_datasets::Label;
use adit_kernel::{Error, Id, Result, Timestamp, catalogue};
use adit_models::{FieldQuestion, PropertyKind, Rank};
use adit_store::Tx;

use super::cursor::Cursor;
use super::wire::{DiagnosticKind, Order};
use crate::facts::{Scope, Seen};
use crate::search::{Field, SearchQuery};

/// Comments looked at in one step.
const STEP: usize = 500;

/// Before every key of an order that rises, and after every key of one that falls.
const TOP: f64 = 2.0;

impl Order {
    /// Names the order in continuation tokens.
    pub(super) fn tag(&self) -> String {
        match self {
            Self::Recent => "recent".into(),
            Self::Sample { seed } => format!("sample:{seed}"),
            Self::ByLabel { label, sentiment } => {
                format!("by_label:{}:{}", sentiment.as_deref().unwrap_or("-"), label.as_deref().unwrap_or("*"))
            }
            Self::AnyLabelAsc => "any_label_asc".into(),
            Self::Learning { label } => format!("learning:{}", label.as_deref().unwrap_or("*")),
            Self::Check { entity_def_id: None } => "check".into(),
            Self::Missed { entity_def_id: None } => "missed".into(),
            Self::Check { entity_def_id: Some(id) } => format!("check:{id}"),
            Self::Missed { entity_def_id: Some(id) } => format!("missed:{id}"),
            Self::LabelProperty { label_property_id, direction } => {
                format!("label_property:{label_property_id}:{}", direction.as_deref().unwrap_or("descending"))
            }
            Self::Diagnostic { diagnostic_kind, entity_def_id } => {
                format!("diagnostic:{diagnostic_kind:?}:{}", entity_def_id.as_deref().unwrap_or("*"))
            }
            Self::TextSearch { query } => format!("text_search:{query}"),
            Self::AttachmentTextSearch { query } => format!("attachment_text_search:{query}"),
            Self::Later => "later".into(),
        }
    }

    /// Whether the labels that attribute filters ask for say what to doubt, instead of leaving comments out.
    pub(super) fn doubts_labels(&self) -> bool {
        matches!(self, Self::Check { entity_def_id: None } | Self::Missed { entity_def_id: None })
    }
}

/// Where a comment stands in an order; the smaller comes first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    stretch: u8,
    key: f64,
    exact: i64,
}

impl Place {
    /// Compares two places of the same order.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        self.stretch.cmp(&other.stretch).then(self.key.total_cmp(&other.key)).then(self.exact.cmp(&other.exact))
    }
}

/// How an order is walked.
pub(super) enum Walk<'a> {
    /// Newest first.
    Recent,
    /// Hash and position of every comment, in order.
    Sample { seed: i64, order: Vec<(i64, i64)> },
    /// Assigned ones, newest first, then predicted ones.
    ByLabel { name: &'a str, label: Option<Id>, sentiment: Option<&'a str> },
    /// By the likeliest label, least likely first.
    AnyLabel,
    /// By a rank that was computed with the predictions.
    Ranked { rank: Rank, is_falling: bool },
    /// By the distance of one label's probability from where a model is least sure.
    Near { label: Id, center: f64 },
    /// By a label property.
    ByProperty { kind: PropertyKind, is_falling: bool },
    /// Comments that contain words, the last received first.
    Search(Arc<SearchQuery>),
    /// By how much a question about fields asks for a decision.
    Field { question: FieldQuestion, type_id: Option<&'a str> },
    /// Reviewed comments whose decisions are not believed.
    Doubted { is_assigned: bool, labels: Option<Vec<Label>> },
}

impl<'a> Walk<'a> {
    /// Gets ready to walk; `doubted` are the labels that `check` and `missed` are about, or none for all.
    pub(super) async fn new(tx: &mut Tx, scope: &Scope, order: &'a Order, doubted: &[String]) -> Result<Self> {
        let not_served = |what: &str| Err(catalogue::not_served(&format!("query_comments with {what}")));
        Ok(match order {
            Order::Recent => Self::Recent,
            Order::Sample { seed } => Self::Sample { seed: *seed, order: shuffled(tx, scope, *seed).await? },
            Order::AnyLabelAsc | Order::ByLabel { label: None, .. } => Self::AnyLabel,
            Order::ByLabel { label: Some(name), sentiment } => {
                let labels = named(tx, scope, std::slice::from_ref(name), "order.label").await?;
                let label = labels.iter().find(|label| label.name == *name).map(|label| label.id);
                Self::ByLabel { name, label, sentiment: sentiment.as_deref() }
            }
            Order::Learning { label: None } => Self::Ranked { rank: Rank::Sureness, is_falling: false },
            Order::Learning { label: Some(name) } => {
                let labels = named(tx, scope, std::slice::from_ref(name), "order.label").await?;
                let Some(label) = labels.iter().find(|label| label.name == *name) else {
                    return Err(Error::unprocessable(format!(
                        "`order.label`: `{name}` is not a label itself, only the beginning of others."
                    )));
                };
                Self::Near { label: label.id, center: adit_models::least_sure_at(&scope.dataset) }
            }
            Order::Check { entity_def_id: Some(id) } => field(scope, FieldQuestion::Check, Some(id))?,
            Order::Missed { entity_def_id: Some(id) } => field(scope, FieldQuestion::Missed, Some(id))?,
            Order::Check { .. } | Order::Missed { .. } => {
                let labels = if doubted.is_empty() { None } else { Some(named(tx, scope, doubted, "attribute_filters").await?) };
                Self::Doubted { is_assigned: matches!(order, Order::Check { .. }), labels }
            }
            Order::Diagnostic { diagnostic_kind, entity_def_id } => match diagnostic_kind {
                DiagnosticKind::Bias => Self::Ranked { rank: Rank::Balance, is_falling: false },
                DiagnosticKind::Neglect | DiagnosticKind::LabelOnlyNeglect => {
                    Self::Ranked { rank: Rank::Coverage, is_falling: false }
                }
                DiagnosticKind::Informative => Self::Ranked { rank: Rank::Coverage, is_falling: true },
                DiagnosticKind::TeachEntity => field(scope, FieldQuestion::Teach, entity_def_id.as_deref())?,
                DiagnosticKind::MissedEntity => field(scope, FieldQuestion::Missed, entity_def_id.as_deref())?,
                DiagnosticKind::CheckEntity => field(scope, FieldQuestion::Check, entity_def_id.as_deref())?,
                DiagnosticKind::ExtractionErrorRate => Self::Field { question: FieldQuestion::Extraction, type_id: None },
            },
            Order::LabelProperty { label_property_id, direction } => {
                let is_shown = scope.dataset.settings.label_properties.contains(label_property_id);
                let Some(kind) = PropertyKind::of_id(label_property_id).filter(|_| is_shown) else {
                    return Err(Error::unprocessable(format!(
                        "`order.label_property_id`: the dataset does not have `{label_property_id}`; `_label_properties` enables it."
                    )));
                };
                Self::ByProperty { kind, is_falling: direction.as_deref() != Some("ascending") }
            }
            Order::TextSearch { query } => Self::Search(search(tx, scope, query, Field::Text).await?),
            Order::AttachmentTextSearch { query } => Self::Search(search(tx, scope, query, Field::Attachments).await?),
            Order::Later => return not_served("this `order.kind`"),
        })
    }

    /// The next comments after `last`, each with its own cursor.
    pub(super) async fn step(&self, tx: &mut Tx, scope: &Scope, last: Option<Cursor>) -> Result<Vec<(Cursor, StoredComment)>> {
        let (dataset, n) = (scope.dataset.id, STEP as i64);
        let after = last.map(|cursor| (cursor.key, cursor.seq));
        let by_key = |ranked: Vec<(f64, i64)>| ranked.into_iter().map(|(key, seq)| Cursor { stretch: 0, key, exact: 0, seq });
        match self {
            Self::Recent => {
                let before = last.map(|cursor| (Timestamp::from_micros(cursor.exact), cursor.seq));
                let comments = adit_corpus::scan_recent(tx, &scope.sources, before, &scope.filter.bounds(), STEP).await?;
                let cursor = |c: &StoredComment| Cursor { stretch: 0, key: 0.0, exact: c.timestamp.micros(), seq: c.seq };
                Ok(comments.into_iter().map(|comment| (cursor(&comment), comment)).collect())
            }
            Self::Sample { order, .. } => {
                let start = last.map_or(0, |cursor| order.partition_point(|key| *key <= (cursor.exact, cursor.seq)));
                let keys = &order[start..order.len().min(start + STEP)];
                with_comments(tx, keys.iter().map(|(hash, seq)| Cursor { stretch: 0, key: 0.0, exact: *hash, seq: *seq })).await
            }
            Self::AnyLabel => {
                let ranked = adit_models::ranked_by_any_label(tx, dataset, after, n).await?;
                with_comments(tx, by_key(ranked)).await
            }
            Self::Ranked { rank, is_falling } => {
                let ranked = adit_models::ranked(tx, dataset, *rank, *is_falling, after, n).await?;
                with_comments(tx, by_key(ranked)).await
            }
            Self::ByProperty { kind, is_falling } => {
                let ranked = adit_models::ranked_by_property(tx, dataset, *kind, *is_falling, after, n).await?;
                with_comments(tx, by_key(ranked)).await
            }
            Self::Field { question, type_id } => {
                let ranked = adit_models::ranked_by_field(tx, dataset, *question, *type_id, after, n).await?;
                with_comments(tx, by_key(ranked)).await
            }
            Self::Near { label, center } => {
                let ranked = adit_models::ranked_near(tx, dataset, *label, *center, after, n).await?;
                with_comments(tx, by_key(ranked)).await
            }
            Self::Doubted { is_assigned, labels } => {
                let ids: Option<Vec<Id>> = labels.as_ref().map(|labels| labels.iter().map(|label| label.id).collect());
                let ranked = adit_models::doubted(tx, dataset, *is_assigned, ids.as_deref(), after, n).await?;
                with_comments(tx, by_key(ranked)).await
            }
            Self::Search(query) => {
                let question = query.to_index(tx.engine());
                let before = last.map_or(i64::MAX, |cursor| cursor.seq);
                let seqs = crate::search::store::found(tx, &question, before, n).await?;
                with_comments(tx, seqs.into_iter().map(|seq| Cursor { stretch: 0, key: 0.0, exact: 0, seq })).await
            }
            Self::ByLabel { name, label, sentiment } => {
                let cursor = last.unwrap_or(Cursor { stretch: 0, key: TOP, exact: 0, seq: i64::MAX });
                if cursor.stretch == 0 {
                    let seqs = adit_datasets::assigned_to(tx, dataset, name, cursor.seq, n).await?;
                    return with_comments(tx, seqs.into_iter().map(|seq| Cursor { stretch: 0, key: TOP, exact: 0, seq })).await;
                }
                let Some(label) = label else { return Ok(Vec::new()) };
                let ranked = adit_models::ranked_by_label(tx, dataset, *label, sentiment.map(is_well), after, n).await?;
                with_comments(tx, ranked.into_iter().map(|(key, seq)| Cursor { stretch: 1, key, exact: 0, seq })).await
            }
        }
    }

    /// What is searched for, in orders that search.
    pub(super) fn search(&self) -> Option<Arc<SearchQuery>> {
        if let Self::Search(query) = self { Some(query.clone()) } else { None }
    }

    /// Where the order goes on after one stretch of it ended.
    pub(super) fn next_stretch(&self, last: Option<Cursor>) -> Option<Cursor> {
        let is_first = last.is_none_or(|cursor| cursor.stretch == 0);
        (matches!(self, Self::ByLabel { .. }) && is_first).then_some(Cursor { stretch: 1, key: TOP, exact: 0, seq: i64::MAX })
    }

    /// Comments that passed the filters but do not belong into this order.
    pub(super) fn excludes(&self, seen: &Seen, stretch: u8) -> bool {
        match self {
            Self::ByLabel { name, sentiment, .. } => is_not_of(seen, stretch, name, *sentiment),
            // What people decided already teaches; these orders ask for new decisions.
            Self::Ranked { .. } | Self::Near { .. } => seen.is_reviewed(),
            Self::Field { question: FieldQuestion::Teach | FieldQuestion::Extraction, .. } => seen.is_reviewed(),
            // Decisions may have been taken back since they were judged.
            Self::Field { question, type_id } => {
                let entities = seen.annotation.as_ref().and_then(|annotation| annotation.entities.as_ref());
                let is_of = |id: &str| type_id.is_none_or(|wanted| wanted == id);
                let is_assigned = entities.is_some_and(|entities| entities.assigned.iter().any(|one| is_of(&one.id)));
                entities.is_none() || *question == FieldQuestion::Check && !is_assigned
            }
            Self::Doubted { is_assigned, labels } => {
                // Decisions may have changed since they were judged.
                let is_open = |label: &Label| seen.has_label(&label.name) == *is_assigned;
                !seen.is_reviewed() || labels.as_ref().is_some_and(|labels| !labels.iter().any(is_open))
            }
            // The index may be behind.
            Self::Search(query) => !query.matches(&seen.comment),
            Self::Recent | Self::Sample { .. } | Self::AnyLabel | Self::ByProperty { .. } => false,
        }
    }

    /// Where each of these comments stands; `None` for one that is not in the order.
    pub(super) async fn places(&self, tx: &mut Tx, scope: &Scope, seen: &[&Seen]) -> Result<Vec<Option<Place>>> {
        let seqs: Vec<i64> = seen.iter().map(|one| one.comment.seq).collect();
        let dataset = scope.dataset.id;
        let found: HashMap<i64, Place> = match self {
            Self::Recent => {
                let place = |one: &&Seen| (one.comment.seq, -(one.comment.timestamp.micros() as f64), -one.comment.seq);
                seen.iter().map(place).map(|(seq, key, exact)| (seq, Place { stretch: 0, key, exact })).collect()
            }
            Self::Sample { seed, .. } => {
                seqs.iter().map(|seq| (*seq, Place { stretch: 0, key: 0.0, exact: mixed(*seed, *seq) })).collect()
            }
            Self::Search(_) => seqs.iter().map(|seq| (*seq, Place { stretch: 0, key: 0.0, exact: -seq })).collect(),
            Self::AnyLabel => {
                let predicted = adit_models::predictions_of(tx, dataset, &seqs).await?;
                let best = |seq: &i64| predicted.get(seq).into_iter().flatten().map(|(_, p)| *p).fold(0.0, f64::max);
                seqs.iter().map(|seq| (*seq, Place { stretch: 0, key: best(seq), exact: *seq })).collect()
            }
            Self::Ranked { rank, is_falling } => {
                let ranks = adit_models::rank_of(tx, dataset, *rank, &seqs).await?;
                let sign = if *is_falling { -1.0 } else { 1.0 };
                let exact = |seq: i64| if *is_falling { -seq } else { seq };
                ranks.into_iter().map(|(seq, key)| (seq, Place { stretch: 0, key: sign * key, exact: exact(seq) })).collect()
            }
            Self::ByProperty { kind, is_falling } => {
                let scores = adit_models::scores_of(tx, dataset, &seqs).await?;
                let sign = if *is_falling { -1.0 } else { 1.0 };
                let exact = |seq: i64| if *is_falling { -seq } else { seq };
                let place = |seq: i64, value: f64| (seq, Place { stretch: 0, key: sign * value, exact: exact(seq) });
                scores.into_iter().map(|(seq, scores)| place(seq, scores.property(*kind))).collect()
            }
            Self::Field { question, type_id } => {
                let ranks = adit_models::field_rank_of(tx, dataset, *question, *type_id, &seqs).await?;
                ranks.into_iter().map(|(seq, key)| (seq, Place { stretch: 0, key, exact: seq })).collect()
            }
            Self::Near { label, center } => {
                let predicted = adit_models::predictions_of(tx, dataset, &seqs).await?;
                let of_label = |labels: &[(Id, f64)]| labels.iter().find(|(id, _)| id == label).map(|(_, p)| (p - center).abs());
                let near = predicted.iter().filter_map(|(seq, labels)| Some((*seq, of_label(labels)?)));
                near.map(|(seq, key)| (seq, Place { stretch: 0, key, exact: seq })).collect()
            }
            Self::Doubted { is_assigned, labels } => {
                let ids: Option<Vec<Id>> = labels.as_ref().map(|labels| labels.iter().map(|label| label.id).collect());
                let beliefs = adit_models::doubts_of(tx, dataset, *is_assigned, ids.as_deref(), &seqs).await?;
                beliefs.into_iter().map(|(seq, key)| (seq, Place { stretch: 0, key, exact: seq })).collect()
            }
            Self::ByLabel { name, label, sentiment } => {
                let predicted = adit_models::signed_predictions_of(tx, dataset, &seqs).await?;
                let place = |one: &&Seen| {
                    let seq = one.comment.seq;
                    if one.has_label(name) {
                        return Some((seq, Place { stretch: 0, key: 0.0, exact: -seq }));
                    }
                    let labels = predicted.get(&seq)?;
                    let (_, probability, sign) = labels.iter().find(|(id, ..)| Some(*id) == *label)?;
                    if sentiment.is_some_and(|wanted| is_well(wanted) != (sign.unwrap_or(1.0) >= 0.0)) {
                        return None;
                    }
                    Some((seq, Place { stretch: 1, key: -probability, exact: -seq }))
                };
                seen.iter().filter_map(place).collect()
            }
        };
        let place = |one: &&Seen| found.get(&one.comment.seq).copied().filter(|place| !self.excludes(one, place.stretch));
        Ok(seen.iter().map(place).collect())
    }
}

fn is_well(sentiment: &str) -> bool {
    sentiment != "negative"
}

/// Whether a comment has nothing to do with a label, or not in the wanted sentiment.
fn is_not_of(seen: &Seen, stretch: u8, name: &str, sentiment: Option<&str>) -> bool {
    let Some(annotation) = seen.annotation.as_ref().filter(|annotation| annotation.reviewed) else {
        // Those that a model expects are picked by its sentiment already.
        return stretch == 0 && sentiment == Some("negative");
    };
    if stretch > 0 {
        // The stretch before held every reviewed comment that has the label.
        return true;
    }
    // On a reviewed comment people decided; what a model predicts there no longer counts.
    let below = format!("{name} > ");
    let has = annotation.assigned.iter().any(|label| {
        (label.name == *name || label.name.starts_with(&below)) && sentiment.is_none_or(|wanted| label.sentiment == wanted)
    });
    !has
}

/// The labels of these names; for one that is only the beginning of others, those.
async fn named(tx: &mut Tx, scope: &Scope, names: &[String], field: &str) -> Result<Vec<Label>> {
    let labels = adit_datasets::labels_of(tx, scope.dataset.id).await?;
    let mut found: Vec<Label> = Vec::new();
    for name in names {
        let below = format!("{name} > ");
        let mut own: Vec<Label> = labels.iter().filter(|label| label.name == *name).cloned().collect();
        if own.is_empty() {
            own = labels.iter().filter(|label| label.name.starts_with(&below)).cloned().collect();
        }
        if own.is_empty() {
            return Err(Error::unprocessable(format!("`{field}`: the dataset has no label `{name}`.")));
        }
        found.extend(own);
    }
    Ok(found)
}

/// The walk of a question about a field, which has to be one of the dataset's.
fn field<'a>(scope: &Scope, question: FieldQuestion, type_id: Option<&'a str>) -> Result<Walk<'a>> {
    let is_known = |id: &str| scope.dataset.settings.entity_defs.iter().any(|def| def.id == id);
    match type_id.filter(|id| !is_known(id)) {
        Some(id) => Err(Error::unprocessable(format!("`order.entity_def_id`: the dataset has no field `{id}`."))),
        None => Ok(Walk::Field { question, type_id }),
    }
}

async fn search(tx: &mut Tx, scope: &Scope, text: &str, field: Field) -> Result<Arc<SearchQuery>> {
    let sources = adit_corpus::sources_by_ids(tx, scope.dataset.tenant_id, &scope.sources).await?;
    Ok(Arc::new(SearchQuery::new(text, field, crate::search::store::languages(&sources))?))
}

async fn with_comments(tx: &mut Tx, ranked: impl Iterator<Item = Cursor>) -> Result<Vec<(Cursor, StoredComment)>> {
    let ranked: Vec<Cursor> = ranked.collect();
    let seqs: Vec<i64> = ranked.iter().map(|cursor| cursor.seq).collect();
    let found = adit_corpus::comments_by_seqs(tx, &seqs).await?;
    let mut by_seq: HashMap<i64, StoredComment> = found.into_iter().map(|comment| (comment.seq, comment)).collect();
    Ok(ranked.into_iter().filter_map(|cursor| Some((cursor, by_seq.remove(&cursor.seq)?))).collect())
}

/// All positions in the order of a hash of seed and position: the same for a seed, whatever is added or deleted.
async fn shuffled(tx: &mut Tx, scope: &Scope, seed: i64) -> Result<Vec<(i64, i64)>> {
    let mut order = Vec::new();
    let mut after = 0;
    loop {
        let page = adit_corpus::text_versions(tx, &scope.sources, after, 10_000).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        order.extend(page.iter().map(|(seq, _)| (mixed(seed, *seq), *seq)));
    }
    order.sort_unstable();
    Ok(order)
}

/// SplitMix64's finaliser over seed and position.
fn mixed(seed: i64, seq: i64) -> i64 {
    let mut x = seed.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(seq.cast_unsigned());
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (x ^ (x >> 31)).cast_signed()
}
