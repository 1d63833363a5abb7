//! Adds units up: over all, by day, by value, by length of conversation. Pure.

use std::collections::{BTreeMap, HashMap};

use adit_kernel::Timestamp;
use chrono::NaiveDate;
use chrono_tz::Tz;

use super::dates::{next, start};
use super::histogram::Measured;
use super::units::{Chances, Unit};
use super::wire::{
    CountTable, CountsSettings, LabelPropertiesDigest, LabelPropertyDigest, LabelPropertyTimeSeriesRow, NpsSummary, Resolution,
    Sentiment, SeriesEntry,
};

/// A series with more stretches than this keeps its gaps.
const MAX_FILLED: usize = 5_000;
/// Values listed when the caller does not say how many.
const DEFAULT_LIMIT: usize = 20;

/// Comments, and how many of those have each label.
#[derive(Debug, Default, Clone)]
pub(super) struct Cell {
    pub(super) n: f64,
    positive: f64,
    negative: f64,
    labels: Chances,
    /// Sums of label properties.
    pub(super) sums: Vec<f64>,
    /// The same over comments with a label, each as often as it is likely to have it.
    pub(super) label_sums: HashMap<usize, Vec<f64>>,
}

/// Adds values, so many times.
pub(super) fn add_to(sums: &mut Vec<f64>, values: impl Iterator<Item = f64>, times: f64) {
    for (at, value) in values.enumerate() {
        if sums.len() == at {
            sums.push(0.0);
        }
        sums[at] += times * value;
    }
}

impl Cell {
    pub(super) fn add(&mut self, unit: &Unit) {
        self.n += 1.0;
        let most = |of: fn(&(f64, f64)) -> f64| unit.labels.values().map(of).fold(0.0, f64::max);
        self.positive += most(|chance| chance.0);
        self.negative += most(|chance| chance.1);
        for (label, (positive, negative)) in &unit.labels {
            let own = self.labels.entry(*label).or_default();
            *own = (own.0 + positive, own.1 + negative);
        }
        add_to(&mut self.sums, unit.properties(), 1.0);
        if !unit.properties.is_empty() {
            for (label, (positive, negative)) in &unit.labels {
                add_to(self.label_sums.entry(*label).or_default(), unit.properties(), positive + negative);
            }
        }
    }

    /// How many have a label, in either sentiment.
    pub(super) fn with_label(&self, label: usize) -> f64 {
        self.labels.get(&label).map_or(0.0, |(positive, negative)| positive + negative)
    }

    /// How many have a label in each sentiment.
    pub(super) fn sentiment(&self, label: usize) -> Sentiment {
        let (positive, negative) = self.labels.get(&label).copied().unwrap_or_default();
        Sentiment { positive, negative }
    }
}

/// What is to be counted besides the whole.
pub(super) struct Plan {
    pub(super) n_breakdowns: usize,
    /// Whether and by what stretches of time.
    pub(super) by_time: Option<(Tz, Resolution)>,
    pub(super) measured: Vec<Measured>,
    pub(super) is_nps_wanted: bool,
}

/// The counts so far.
pub(super) struct Counts {
    plan: Plan,
    pub(super) span: Option<(Timestamp, Timestamp)>,
    pub(super) whole: Cell,
    by_time: BTreeMap<NaiveDate, Cell>,
    by_value: Vec<HashMap<String, Cell>>,
    /// By the value's bits: two equal numbers have the same.
    by_measure: Vec<HashMap<u64, Cell>>,
    by_score: BTreeMap<i64, Cell>,
    /// Promoters, passives and detractors.
    nps_by_time: BTreeMap<NaiveDate, [f64; 3]>,
}

impl Counts {
    pub(super) fn new(plan: Plan) -> Self {
        let (n_breakdowns, n_measured) = (plan.n_breakdowns, plan.measured.len());
        Self {
            plan,
            span: None,
            whole: Cell::default(),
            by_time: BTreeMap::new(),
            by_value: vec![HashMap::new(); n_breakdowns],
            by_measure: vec![HashMap::new(); n_measured],
            by_score: BTreeMap::new(),
            nps_by_time: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, unit: &Unit) {
        self.span = Some(self.span.map_or((unit.at, unit.at), |(least, most)| (least.min(unit.at), most.max(unit.at))));
        self.whole.add(unit);
        let day = self.plan.by_time.and_then(|(zone, resolution)| start(unit.at, zone, resolution));
        if let Some(day) = day {
            self.by_time.entry(day).or_default().add(unit);
        }
        for (cells, values) in self.by_value.iter_mut().zip(&unit.values) {
            values.iter().for_each(|value| cells.entry(value.clone()).or_default().add(unit));
        }
        for (cells, measured) in self.by_measure.iter_mut().zip(&self.plan.measured) {
            if let Some(value) = unit.thread.as_ref().and_then(|thread| measured.of(thread)) {
                cells.entry(value.to_bits()).or_default().add(unit);
            }
        }
        if let Some(score) = unit.nps.filter(|score| self.plan.is_nps_wanted && (0.0..=10.0).contains(score)) {
            // Whole numbers from 0 to 10.
            let score = score.round() as i64;
            self.by_score.entry(score).or_default().add(unit);
            if let Some(day) = day {
                self.nps_by_time.entry(day).or_default()[kind_of_score(score)] += 1.0;
            }
        }
    }

    /// The series, its gaps filled, for these labels.
    pub(super) fn series(&self, labels: &[usize]) -> Vec<SeriesEntry> {
        let entry = |day: NaiveDate, cell: &Cell| SeriesEntry {
            timestamp_str: day.to_string(),
            expected_count_any: cell.n,
            expected_count_positive: cell.positive,
            expected_count_negative: cell.negative,
            label_sentiment_counts: labels
                .iter()
                .map(|label| cell.sentiment(*label))
                .flat_map(|count| [count.positive, count.negative])
                .collect(),
        };
        self.days().into_iter().map(|day| entry(day, self.by_time.get(&day).unwrap_or(&Cell::default()))).collect()
    }

    /// Sums of properties by time, gaps filled.
    pub(super) fn property_series(&self, n_properties: usize) -> Vec<LabelPropertyTimeSeriesRow> {
        let sums = |day: &NaiveDate| self.by_time.get(day).map(|cell| &cell.sums).filter(|sums| !sums.is_empty()).cloned();
        let row = |day: NaiveDate| LabelPropertyTimeSeriesRow {
            sums: sums(&day).unwrap_or_else(|| vec![0.0; n_properties]),
            timestamp_str: day.to_string(),
        };
        self.days().into_iter().map(row).collect()
    }

    /// Sums of properties for each value of a table.
    pub(super) fn digests(&self, breakdown: usize, values: &[String], n_properties: usize) -> Vec<LabelPropertiesDigest> {
        let digest = |value: &String| {
            let sums = self.by_value[breakdown].get(value).map(|cell| &cell.sums).filter(|sums| !sums.is_empty()).cloned();
            let sums = sums.unwrap_or_else(|| vec![0.0; n_properties]);
            LabelPropertiesDigest { label_property_digests: sums.into_iter().map(|sum| LabelPropertyDigest { sum }).collect() }
        };
        values.iter().map(digest).collect()
    }

    fn days(&self) -> Vec<NaiveDate> {
        let met: Vec<NaiveDate> = self.by_time.keys().copied().collect();
        let (Some(first), Some(last), Some((_, resolution))) = (met.first(), met.last(), self.plan.by_time) else { return met };
        let all: Vec<NaiveDate> = std::iter::successors(Some(*first), |day| next(*day, resolution))
            .take_while(|day| day <= last)
            .take(MAX_FILLED + 1)
            .collect();
        if all.len() > MAX_FILLED { met } else { all }
    }

    /// One breakdown: the values that the settings name, or the most frequent ones.
    pub(super) fn table(&self, breakdown: usize, settings: &CountsSettings, labels: &[usize], names: &[String]) -> CountTable {
        let cells = &self.by_value[breakdown];
        let values: Vec<String> = match &settings.values {
            Some(values) => values.clone(),
            None => {
                let mut ranked: Vec<(&String, f64)> = cells.iter().map(|(value, cell)| (value, cell.n)).collect();
                ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
                ranked.into_iter().take(settings.limit.unwrap_or(DEFAULT_LIMIT)).map(|(value, _)| value.clone()).collect()
            }
        };
        let nothing = Cell::default();
        let cells: Vec<&Cell> = values.iter().map(|value| cells.get(value).unwrap_or(&nothing)).collect();
        CountTable {
            num_comments: cells.iter().map(|cell| cell.n).collect(),
            num_labels: cells.iter().map(|cell| labels.iter().map(|label| cell.with_label(*label)).collect()).collect(),
            labels: labels.iter().map(|label| names[*label].clone()).collect(),
            values,
        }
    }

    /// The values of one measure of conversations, rising, with their counts.
    pub(super) fn measures(&self, at: usize) -> Vec<(f64, &Cell)> {
        let mut all: Vec<(f64, &Cell)> = self.by_measure[at].iter().map(|(bits, cell)| (f64::from_bits(*bits), cell)).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all
    }

    /// Net promoter scores.
    pub(super) fn nps(&self, property: &str, labels: &[usize], names: &[String]) -> NpsSummary {
        let row = |(day, [promoters, passives, detractors]): (&NaiveDate, &[f64; 3])| {
            vec![day.to_string(), promoters.to_string(), passives.to_string(), detractors.to_string()]
        };
        let of_score = |score: i64| {
            let cell = self.by_score.get(&score).cloned().unwrap_or_default();
            [score as f64, cell.n].into_iter().chain(labels.iter().map(|label| cell.with_label(*label))).collect()
        };
        let bubble = |label: &usize| {
            let mut kinds = [0.0; 3];
            for (score, cell) in &self.by_score {
                kinds[kind_of_score(*score)] += cell.with_label(*label);
            }
            let n: f64 = kinds.iter().sum();
            vec![n, if n > 0.0 { 100.0 * (kinds[0] - kinds[2]) / n } else { 0.0 }]
        };
        NpsSummary {
            nps_property: property.to_owned(),
            label_names: labels.iter().map(|label| names[*label].clone()).collect(),
            timeseries: self.nps_by_time.iter().map(row).collect(),
            histogram: (0..=10).map(of_score).collect(),
            bubbles: labels.iter().map(bubble).collect(),
        }
    }
}

/// Promoters from 9 on, passives from 7 on, detractors below (F. Reichheld, 2003).
fn kind_of_score(score: i64) -> usize {
    match score {
        9.. => 0,
        7..9 => 1,
        _ => 2,
    }
}
