//! `POST /api/_private/datasets/{owner}/{dataset_name}/statistics`
//!
//! How many comments pass a filter, and how many of them have each label: those people assigned, plus the sum of
//! the probabilities on comments nobody reviewed. On request by day, by property, by length of conversation.

use std::collections::{BTreeMap, HashMap};

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Id, Permission, Result};
use adit_store::Tx;
use http::Method;
use serde_json::json;

use super::count::{Counts, Plan};
use super::dates::zone;
use super::histogram::{self, Measured, histogram};
use super::properties;
use super::units::{Breakdown, Reader, Unit};
use super::wire::{
    ByLabels, CountTable, CountsSettings, EmailCounts, GetDatasetStatisticsRequest, GetDatasetStatisticsResponse, PropertyCounts,
    Sentiment, Series, SeriesEntry, Statistics,
};
use crate::facts::Scope;

pub(super) static OPERATION: Operation = Operation {
    id: "get_dataset_statistics",
    method: Method::POST,
    path: "/api/_private/datasets/{owner}/{dataset_name}/statistics",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

/// Comments looked at in one step.
const STEP: usize = 2000;
/// The most frequent labels or values that may be asked for.
const MAX_LISTED: usize = 1_000;

async fn handle(call: Call) -> Result<Reply> {
    let body: GetDatasetStatisticsRequest = call.json()?;
    let timezone = body.timezone.clone().unwrap_or_else(|| "UTC".into());
    let tz = zone(&timezone)?;
    let mut tx = call.env.read().await?;
    let filters = body.attribute_filters.clone().unwrap_or_default();
    let filter = body.comment_filter.clone().unwrap_or_default();
    let scope = Scope::new(&call, &mut tx, filter, filters, false).await?;
    let kinds = properties::asked(body.by_label_properties.as_deref(), &scope.dataset)?;
    let with_property_series = body.label_property_timeseries == Some(true) && !kinds.is_empty();
    let labels = adit_datasets::labels_of(&mut tx, scope.dataset.id).await?;
    let names: Vec<String> = labels.iter().map(|label| label.name.clone()).collect();
    let label_ids: HashMap<Id, usize> = labels.iter().enumerate().map(|(at, label)| (label.id, at)).collect();
    let by_name: HashMap<String, usize> = names.iter().cloned().zip(0..).collect();
    let asked = Asked::new(&body, &scope)?;
    let is_nps_wanted = body.nps_property.is_some();
    let is_series_wanted = body.label_timeseries == Some(true);
    let resolution = body.time_resolution.unwrap_or_default();
    let plan = Plan {
        n_breakdowns: asked.breakdowns.len(),
        by_time: (is_series_wanted || is_nps_wanted || with_property_series).then_some((tz, resolution)),
        measured: asked.histograms.iter().map(|(_, measured)| *measured).collect(),
        is_nps_wanted,
    };
    let is_plain = asked.breakdowns.is_empty() && plan.measured.is_empty() && plan.by_time.is_none();
    let thread_mode = body.thread_mode == Some(true);
    let mut counts = Counts::new(plan);
    let is_whole = scope.admits_all() && scope.sources.len() == scope.dataset.source_ids.len();
    let mut totals: Vec<Sentiment> = vec![Sentiment::default(); names.len()];
    let mut n_comments = 0;
    if is_plain && is_whole && !thread_mode {
        n_comments = adit_corpus::count_comments(&mut tx, &scope.sources).await?;
        counts.span = adit_corpus::time_span(&mut tx, &scope.sources).await?;
        count_whole(&mut tx, scope.dataset.id, &label_ids, &by_name, &mut totals).await?;
        if !kinds.is_empty() {
            properties::sum_whole(&mut tx, scope.dataset.id, &kinds, &label_ids, &mut counts.whole).await?;
        }
    } else {
        let sources = adit_corpus::sources_by_ids(&mut tx, call.caller.tenant_id, &scope.sources).await?;
        let source_names = sources.into_iter().map(|source| (source.id, format!("{}/{}", source.owner, source.name))).collect();
        let reader = Reader {
            labels: &by_name,
            label_ids: &label_ids,
            breakdowns: &asked.breakdowns,
            source_names: &source_names,
            nps_property: body.nps_property.as_deref(),
            properties: &kinds,
        };
        count_passing(&call, &mut tx, &scope, &reader, thread_mode, &mut counts).await?;
        // Whole numbers.
        n_comments += counts.whole.n as i64;
        totals = (0..names.len()).map(|label| counts.whole.sentiment(label)).collect();
    }
    let chosen = chosen(body.by_labels.as_ref(), &names, &totals)?;
    let is_listed = |name: &String| body.label_filter.as_ref().is_none_or(|wanted| wanted.is_empty() || wanted.contains(name));
    let tables = asked.settings.iter().enumerate().map(|(at, settings)| counts.table(at, settings, &chosen, &names));
    let mut tables: Vec<_> = tables.collect();
    let digests = |at: usize, table: &CountTable| (!kinds.is_empty()).then(|| counts.digests(at, &table.values, kinds.len()));
    let of_sources = asked.has_sources.then(|| tables.pop()).flatten();
    let of_people = tables.split_off(asked.n_properties);
    let people = body.email_property_counts.iter().flatten().zip(of_people);
    let mut histograms = BTreeMap::new();
    for (at, ((word, settings), _)) in asked.histograms.iter().enumerate() {
        histograms.insert((*word).clone(), histogram(&settings.binning, &counts.measures(at), &chosen, &names)?);
    }
    let statistics = Statistics {
        thread_mode,
        by_labels: chosen.iter().map(|label| names[*label].clone()).collect(),
        by_label_properties: body.by_label_properties.clone().unwrap_or_default(),
        num_comments: n_comments,
        min_timestamp: counts.span.map(|span| span.0),
        max_timestamp: counts.span.map(|span| span.1),
        label_counts: names.iter().cloned().zip(totals).filter(|(name, _)| is_listed(name)).collect(),
        string_user_property_counts: body
            .string_user_property_counts
            .iter()
            .flatten()
            .zip(tables)
            .map(|(settings, table)| PropertyCounts { settings: settings.clone(), table })
            .collect(),
        email_property_counts: people
            .enumerate()
            .map(|(n, ((kind, settings), table))| {
                let label_property_digest = digests(asked.n_properties + n, &table);
                (kind.clone(), EmailCounts { settings: settings.clone(), table, label_property_digest })
            })
            .collect(),
        thread_histogram_counts: histograms,
        source_counts: body.source_counts.clone().zip(of_sources).map(|(settings, table)| EmailCounts {
            label_property_digest: digests(asked.breakdowns.len() - 1, &table),
            settings,
            table,
        }),
        label_timeseries: is_series_wanted.then(|| encoded(counts.series(&chosen), body.by_label_properties.is_none())),
        nps_summary: body.nps_property.as_deref().map(|property| counts.nps(property, &chosen, &names)),
        label_property_summary: (!kinds.is_empty()).then(|| {
            let series = if with_property_series { counts.property_series(kinds.len()) } else { Vec::new() };
            properties::summary(kinds.len(), &counts.whole, &names, &is_listed, series)
        }),
        timezone,
    };
    Reply::ok(GetDatasetStatisticsResponse { statistics })
}

/// The breakdowns that a request asks for: properties first, then people, then sources.
struct Asked<'a> {
    breakdowns: Vec<Breakdown>,
    settings: Vec<CountsSettings>,
    n_properties: usize,
    has_sources: bool,
    histograms: Vec<((&'a String, &'a super::wire::HistogramSettings), Measured)>,
}

impl<'a> Asked<'a> {
    fn new(body: &'a GetDatasetStatisticsRequest, scope: &Scope) -> Result<Self> {
        let (mut breakdowns, mut settings) = (Vec::new(), Vec::new());
        for one in body.string_user_property_counts.iter().flatten() {
            let name =
                if one.group_by.starts_with("string:") { one.group_by.clone() } else { format!("string:{}", one.group_by) };
            scope.check_property(&name)?;
            breakdowns.push(Breakdown::Property(name));
            settings.push(one.counts.clone());
        }
        let n_properties = breakdowns.len();
        for (kind, one) in body.email_property_counts.iter().flatten() {
            breakdowns.push(Breakdown::People(kind.clone()));
            settings.push(one.clone());
        }
        if let Some(one) = &body.source_counts {
            breakdowns.push(Breakdown::Source);
            settings.push(one.clone());
        }
        if settings.iter().any(|one| one.limit.is_some_and(|limit| !(1..=MAX_LISTED).contains(&limit))) {
            return Err(Error::invalid(format!("`limit` of counts must be a whole number from 1 to {MAX_LISTED}.")));
        }
        if let Some(name) = &body.nps_property {
            if !name.starts_with("number:") {
                return Err(Error::invalid(format!(
                    "`nps_property` must name a number property, as `number:NPS`, not `{name}`."
                )));
            }
            scope.check_property(name)?;
        }
        let mut histograms = Vec::new();
        for (word, one) in body.thread_histogram.iter().flatten() {
            histogram::check(word, &one.binning)?;
            histograms.push(((word, one), Measured::named(word)?));
        }
        Ok(Self { breakdowns, settings, n_properties, has_sources: body.source_counts.is_some(), histograms })
    }
}

/// The labels that counts are broken down by.
fn chosen(by: Option<&ByLabels>, names: &[String], totals: &[Sentiment]) -> Result<Vec<usize>> {
    match by {
        None => Ok(Vec::new()),
        Some(ByLabels::Include { include_labels }) => {
            let at = |name: &String| {
                let at = names.iter().position(|known| known == name);
                at.ok_or_else(|| Error::unprocessable(format!("`by_labels`: the dataset has no label `{name}`.")))
            };
            include_labels.iter().map(at).collect()
        }
        Some(ByLabels::Top { num_top_labels, exclude_labels }) => {
            let total = |label: usize| totals[label].positive + totals[label].negative;
            let mut labels: Vec<usize> = (0..names.len()).filter(|&label| !exclude_labels.contains(&names[label])).collect();
            labels.sort_by(|&a, &b| total(b).total_cmp(&total(a)).then_with(|| names[a].cmp(&names[b])));
            labels.truncate((*num_top_labels).min(MAX_LISTED));
            Ok(labels)
        }
    }
}

/// The series as the caller reads it: the official client knows no `by_label_properties` and reads lists.
fn encoded(series: Vec<SeriesEntry>, is_official_client: bool) -> Series {
    if !is_official_client {
        return Series::Entries(series);
    }
    let row = |entry: SeriesEntry| {
        let counts = [entry.expected_count_any, entry.expected_count_positive, entry.expected_count_negative];
        let numbers = counts.into_iter().chain(entry.label_sentiment_counts).map(|count| json!(count));
        std::iter::once(json!(entry.timestamp_str)).chain(numbers).collect()
    };
    Series::Rows(series.into_iter().map(row).collect())
}

/// Counts labels without looking at any comment.
async fn count_whole(
    tx: &mut Tx,
    dataset: Id,
    label_ids: &HashMap<Id, usize>,
    by_name: &HashMap<String, usize>,
    totals: &mut [Sentiment],
) -> Result<()> {
    for (label, (positive, negative)) in adit_models::count_by_label(tx, dataset).await? {
        if let Some(at) = label_ids.get(&label) {
            totals[*at].positive += positive;
            totals[*at].negative += negative;
        }
    }
    for (name, (positive, negative)) in adit_datasets::assigned_counts(tx, dataset).await? {
        if let Some(at) = by_name.get(&name) {
            totals[*at].positive += positive as f64;
            totals[*at].negative += negative as f64;
        }
    }
    Ok(())
}

async fn count_passing(
    call: &Call,
    tx: &mut Tx,
    scope: &Scope,
    reader: &Reader<'_>,
    thread_mode: bool,
    counts: &mut Counts,
) -> Result<()> {
    let mut threads: HashMap<(Id, String), Unit> = HashMap::new();
    let mut after = 0;
    loop {
        let step = adit_corpus::scan_by_seq(tx, &scope.sources, after, STEP).await?;
        let Some(last) = step.last() else { break };
        after = last.seq;
        let seen = scope.passing(&call.env, tx, step).await?;
        let open: Vec<i64> = seen.iter().filter(|one| !one.is_reviewed()).map(|one| one.comment.seq).collect();
        let predicted = adit_models::signed_predictions_of(tx, scope.dataset.id, &open).await?;
        let scores = match reader.properties {
            [] => HashMap::new(),
            _ => {
                adit_models::scores_of(tx, scope.dataset.id, &seen.iter().map(|one| one.comment.seq).collect::<Vec<_>>()).await?
            }
        };
        for one in &seen {
            let seq = one.comment.seq;
            let unit = reader.unit(one, predicted.get(&seq).map_or(&[][..], Vec::as_slice), scores.get(&seq));
            match one.comment.thread_id.clone().filter(|_| thread_mode) {
                None => counts.add(&unit),
                Some(thread) => match threads.entry((one.comment.source_id, thread)) {
                    std::collections::hash_map::Entry::Occupied(mut known) => known.get_mut().merge(unit),
                    std::collections::hash_map::Entry::Vacant(place) => {
                        place.insert(unit);
                    }
                },
            }
        }
    }
    // In order, or sums of fractions would differ from call to call.
    let mut threads: Vec<_> = threads.into_iter().collect();
    threads.sort_by(|a, b| a.0.cmp(&b.0));
    threads.iter().for_each(|(_, unit)| counts.add(unit));
    Ok(())
}
