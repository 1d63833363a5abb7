//! The report of a validation, and the rating that follows from it.

use serde::{Deserialize, Serialize};

use super::curve::Judged;
use super::groups::{self, PartScore, Tested};
use super::interval::{Interval, wilson};
use super::outlook::{self, Outlook};
use super::rating::{Balance, Quality};
use super::relations::Confusion;

/// Labels with fewer examples cannot be healthier than amber.
pub(super) const MIN_EXAMPLES_FOR_HEALTH: usize = 25;
const RED_BELOW: f32 = 0.5;
pub(super) const AMBER_BELOW: f32 = 0.75;
/// A label with more of its examples met by text search than this knows only what was searched for.
const BIASED_ABOVE: f32 = 0.8;
/// Examples about whose origin something was said, before a label can be called biased.
const MIN_EXAMPLES_FOR_BIAS: usize = 5;
/// Fewer scored examples than this prove nothing.
const MIN_EVIDENCE: f64 = 10.0;
/// Bounds further apart than this leave open whether a label is good or poor.
const MAX_WIDTH: f32 = 0.3;

/// How well a model trained on the training part does on the test part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Reviewed comments in all.
    pub n_reviewed: usize,
    /// Those that the validated model was trained on.
    pub n_train: usize,
    /// Those that it was tested on.
    pub n_test: usize,
    /// Every label, in the order of the taxonomy.
    pub labels: Vec<LabelReport>,
    /// Mean average precision of the labels with 20 training examples or more.
    pub mean_average_precision: Option<f32>,
    /// Mean average precision of every label that has one.
    pub mean_average_precision_any: Option<f32>,
    /// F1 at the balanced thresholds, all decisions counted together.
    pub micro_f1: Option<f32>,
    /// F1 at the balanced thresholds, averaged over labels.
    pub macro_f1: Option<f32>,
    /// How much of the comments has an informative prediction, from 0 to 1: of the test part, or of the comments that
    /// nobody reviewed once [`Report::with_outlook`] was told of them.
    pub coverage: Option<f32>,
    /// Whether the reviewed comments are representative; unknown until [`Report::with_balance`].
    pub balance: Option<Balance>,
    /// Mean health of the labels, from 0 to 1.
    pub all_labels_score: Option<f32>,
    /// Mean health of the worst tenth of the labels, from 0 to 1.
    pub underperforming_score: Option<f32>,
    /// The rating, from 0 to 100.
    pub score: u32,
    /// The rating in a word.
    pub quality: Quality,
    /// Where the true mean average precision may lie: of the labels that count in it, or of all while none does.
    #[serde(default)]
    pub interval: Option<Interval>,
    /// How many comments drawn at random the scored ones are worth, which stand for more or fewer of all comments; absent
    /// from reports of earlier versions and where nothing was scored.
    #[serde(default)]
    pub effective_size: Option<f32>,
    /// Reviewed comments that have no label.
    #[serde(default)]
    pub n_uninformative: usize,
    /// What the model makes of comments that nobody reviewed; unknown until [`Report::with_outlook`].
    #[serde(default)]
    pub outlook: Option<Outlook>,
    /// Scores by language; empty until [`Report::with_parts`].
    #[serde(default)]
    pub languages: Vec<PartScore>,
    /// Scores by source; empty until [`Report::with_parts`].
    #[serde(default)]
    pub sources: Vec<PartScore>,
}

/// One label of a report.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LabelReport {
    /// The label's full name.
    pub name: String,
    /// Its examples in the training part, those of its children included.
    pub n_train: usize,
    /// Its examples in the test part.
    pub n_test: usize,
    /// Mean precision over recall; unknown without an example to train on and another one to score.
    pub average_precision: Option<f32>,
    /// Falling thresholds; the last is 0. Empty where average precision is unknown.
    pub thresholds: Vec<f32>,
    /// The precision at each threshold.
    pub precisions: Vec<f32>,
    /// The recall at each threshold.
    pub recalls: Vec<f32>,
    /// Thresholds worth choosing.
    pub optimal: Option<OptimalThresholds>,
    /// Share of its comments that have no other label but its ancestors, smoothed.
    pub informativeness: f32,
    /// The traffic light.
    pub health: Health,
    /// Why it is not green, the most pressing first.
    pub warnings: Vec<Warning>,
    /// Which comments the scores are from.
    #[serde(default)]
    pub basis: Basis,
    /// Where the true average precision may lie.
    #[serde(default)]
    pub interval: Option<Interval>,
    /// Decisions at the named thresholds.
    #[serde(default)]
    pub decisions: Option<Decisions>,
    /// How many reviewed comments have it together with other labels: (index of the label, comments).
    #[serde(default)]
    pub together: Vec<(usize, usize)>,
    /// The label it is confused with most.
    #[serde(default)]
    pub confused: Option<Confusion>,
}

/// Which comments a label is scored on; always by models that did not see them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The test part.
    #[default]
    TestPart,
    /// All parts, one after the other: the test part alone has too few examples of the label.
    AllParts,
}

/// How much a score proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// There is no score.
    None,
    /// Too few examples, or too wide an interval, to tell a good label from a poor one.
    Little,
    /// The score can be relied on within its interval.
    Enough,
}

/// Decisions at one threshold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Comments at or above it.
    pub n_taken: usize,
    /// Those among them that have the label.
    pub n_right: usize,
    /// Comments that have the label.
    pub n_positives: usize,
    /// What they stand for; absent from reports of earlier versions, where each stands for itself.
    #[serde(default)]
    pub stands_for: Option<StandsFor>,
}

/// Sums of the weights of comments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct StandsFor {
    /// Of those at or above the threshold.
    pub taken: f64,
    /// Of those among them that have the label.
    pub right: f64,
    /// Of those that have the label.
    pub positives: f64,
    /// Of the squares of the weights of what was taken.
    pub taken_squares: f64,
    /// Of the squares of the weights of what has the label.
    pub positives_squares: f64,
}

impl Point {
    /// The decision about one more comment.
    pub(super) fn add(&mut self, is_taken: bool, one: &Judged) {
        let sums = self.stands_for.get_or_insert_default();
        let weight = f64::from(one.weight);
        if is_taken {
            self.n_taken += 1;
            sums.taken += weight;
            sums.taken_squares += weight * weight;
        }
        if one.holds {
            self.n_positives += 1;
            sums.positives += weight;
            sums.positives_squares += weight * weight;
        }
        if is_taken && one.holds {
            self.n_right += 1;
            sums.right += weight;
        }
    }

    /// The decisions of both.
    pub(super) fn with(self, other: Point) -> Point {
        let (a, b) = (self.sums(), other.sums());
        Point {
            n_taken: self.n_taken + other.n_taken,
            n_right: self.n_right + other.n_right,
            n_positives: self.n_positives + other.n_positives,
            stands_for: Some(StandsFor {
                taken: a.taken + b.taken,
                right: a.right + b.right,
                positives: a.positives + b.positives,
                taken_squares: a.taken_squares + b.taken_squares,
                positives_squares: a.positives_squares + b.positives_squares,
            }),
        }
    }

    fn sums(&self) -> StandsFor {
        let (taken, positives) = (self.n_taken as f64, self.n_positives as f64);
        self.stands_for.unwrap_or(StandsFor {
            taken,
            right: self.n_right as f64,
            positives,
            taken_squares: taken,
            positives_squares: positives,
        })
    }

    /// The share of what was taken that is right, and where its true value may lie.
    #[must_use]
    pub fn precision(&self) -> Option<(f32, Interval)> {
        let sums = self.sums();
        share(sums.right, sums.taken, sums.taken_squares)
    }

    /// The share of what should be taken that was, and where its true value may lie.
    #[must_use]
    pub fn recall(&self) -> Option<(f32, Interval)> {
        let sums = self.sums();
        share(sums.right, sums.positives, sums.positives_squares)
    }

    /// The harmonic mean of precision and recall; 0 where nothing was taken or should have been.
    #[must_use]
    pub fn f1(&self) -> f32 {
        let sums = self.sums();
        if sums.right > 0.0 { (2.0 * sums.right / (sums.taken + sums.positives)) as f32 } else { 0.0 }
    }

    /// How many equal comments its examples are worth.
    fn worth(&self) -> f64 {
        let sums = self.sums();
        if sums.positives_squares > 0.0 { sums.positives * sums.positives / sums.positives_squares } else { 0.0 }
    }

    /// Comments wrongly taken or wrongly left.
    #[must_use]
    pub fn n_errors(&self) -> usize {
        self.n_taken + self.n_positives - 2 * self.n_right
    }
}

fn share(part: f64, of: f64, squares: f64) -> Option<(f32, Interval)> {
    if of <= 0.0 {
        return None;
    }
    let share = (part / of).min(1.0) as f32;
    Some((share, wilson(share, of * of / squares)?))
}

/// Decisions at the thresholds of [`OptimalThresholds`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Decisions {
    /// At `high_precision`.
    pub high_precision: Point,
    /// At `balanced`.
    pub balanced: Point,
    /// At `high_recall`.
    pub high_recall: Point,
}

/// Named thresholds of a label.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OptimalThresholds {
    /// The lowest with a precision of at least 0.9, else the one of the best precision.
    pub high_precision: f32,
    /// The one with the best F1.
    pub balanced: f32,
    /// The highest with a recall of at least 0.9.
    pub high_recall: f32,
    /// The highest with a recall of at least 0.1, 0.2 and so on to 0.9; absent from reports of earlier versions.
    #[serde(default)]
    pub sampled: Option<[f32; 9]>,
}

const SAMPLED: [&str; 9] = [
    "sampled_10",
    "sampled_20",
    "sampled_30",
    "sampled_40",
    "sampled_50",
    "sampled_60",
    "sampled_70",
    "sampled_80",
    "sampled_90",
];

impl OptimalThresholds {
    /// The names of the thresholds that a probability meets.
    #[must_use]
    pub fn names_met(&self, probability: f32) -> Vec<&'static str> {
        let named = [("high_recall", self.high_recall), ("balanced", self.balanced), ("high_precision", self.high_precision)];
        let sampled = self.sampled.iter().flat_map(|thresholds| SAMPLED.into_iter().zip(*thresholds));
        named.into_iter().chain(sampled).filter(|(_, threshold)| probability >= *threshold).map(|(name, _)| name).collect()
    }
}

/// The traffic light of a label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Nothing is known yet.
    #[default]
    Unknown,
    /// Poor.
    Red,
    /// Below satisfactory.
    Amber,
    /// Satisfactory.
    Green,
}

/// What is wrong with a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// Fewer than 25 examples.
    FewExamples,
    /// No example in the test part.
    NoTestExamples,
    /// Average precision below 0.75.
    LowAveragePrecision,
    /// Precision below 0.5 at the balanced threshold.
    LowPrecision,
    /// Recall below 0.5 at the balanced threshold.
    LowRecall,
    /// More than 80 % of its examples were met by text search.
    Biased,
    /// Another label is taken for it, or it for another one.
    Confused,
    /// Most comments that are expected to have it stay below its balanced threshold.
    PoorCoverage,
}

impl Report {
    /// The report with the balance counted in; score and quality follow.
    #[must_use]
    pub fn with_balance(mut self, balance: Balance) -> Report {
        self.balance = Some(balance);
        self.rated()
    }

    /// The report with what the model makes of comments that nobody reviewed: coverage, score and quality follow.
    ///
    /// `predicted` holds the probability of every label for each of them.
    #[must_use]
    pub fn with_outlook(mut self, predicted: &[Vec<f32>]) -> Report {
        self.outlook = outlook::outlook(&self.labels, predicted);
        if let Some(outlook) = &self.outlook {
            self.coverage = Some(outlook.coverage);
        }
        for (at, label) in self.labels.iter_mut().enumerate() {
            if outlook::is_poorly_covered(label, predicted.iter().map(|row| row[at])) {
                label.warnings.push(Warning::PoorCoverage);
            }
        }
        self.rated()
    }

    /// The report with how the examples were met: health, score and quality follow.
    ///
    /// `by_search` says for each label how many of its examples were met by text search, and of how many it is known
    /// how they were met.
    #[must_use]
    pub fn with_methods(mut self, by_search: &[(usize, usize)]) -> Report {
        for (label, &(n_searched, n_known)) in self.labels.iter_mut().zip(by_search) {
            if n_known >= MIN_EXAMPLES_FOR_BIAS && n_searched as f32 > BIASED_ABOVE * n_known as f32 {
                label.warnings.push(Warning::Biased);
                label.judge();
            }
        }
        self.rated()
    }

    /// The report with scores by language and by source, which are named for each of the corpus' examples.
    #[must_use]
    pub fn with_parts(mut self, tested: &Tested, languages: &[String], sources: &[String], threads: usize) -> Report {
        self.languages = groups::scores(&self.labels, tested, languages, threads);
        self.sources = groups::scores(&self.labels, tested, sources, threads);
        self
    }

    /// How much the mean average precision proves: as little as the labels it is the mean of, or its interval.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        let n = self.labels.iter().filter_map(|label| label.decisions).map(|decisions| decisions.balanced.worth()).sum();
        evidence(self.mean_average_precision_any, self.interval, n)
    }

    /// Fills in the rating; factors that are unknown leave their weight to the others.
    pub(super) fn rated(mut self) -> Report {
        let mut healths: Vec<f32> = self.labels.iter().filter(|label| label.n_train > 0).map(LabelReport::health_score).collect();
        healths.sort_by(f32::total_cmp);
        self.all_labels_score = mean(healths.iter().copied());
        self.underperforming_score = mean(healths.iter().copied().take(healths.len().div_ceil(10)));
        let factors = [
            (0.4, self.all_labels_score),
            (0.2, self.underperforming_score),
            (0.2, self.coverage),
            (0.2, self.balance.map(|balance| balance.score)),
        ];
        let known = || factors.iter().filter_map(|(weight, value)| value.map(|value| (weight, value)));
        let total: f32 = known().map(|(weight, _)| weight).sum();
        if self.all_labels_score.is_none() || self.n_test == 0 {
            (self.score, self.quality) = (0, Quality::None);
            return self;
        }
        let share = known().map(|(weight, value)| weight * value).sum::<f32>() / total;
        self.score = (100.0 * share.clamp(0.0, 1.0)).round() as u32;
        self.quality = Quality::of(self.score);
        self
    }
}

impl LabelReport {
    /// Average precision, capped at amber while there are few examples or all of one kind; unknown counts as nothing.
    #[must_use]
    pub fn health_score(&self) -> f32 {
        let precision = self.average_precision.unwrap_or(0.0);
        let is_capped = self.n_train + self.n_test < MIN_EXAMPLES_FOR_HEALTH || self.warnings.contains(&Warning::Biased);
        if is_capped { precision.min(AMBER_BELOW - 0.01) } else { precision }
    }

    /// Sets the traffic light.
    pub(super) fn judge(&mut self) {
        self.health = match self.average_precision {
            None => Health::Unknown,
            Some(precision) if precision < RED_BELOW => Health::Red,
            Some(_) if self.health_score() < AMBER_BELOW => Health::Amber,
            Some(_) => Health::Green,
        };
    }

    /// How much the average precision proves.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        let n = self.decisions.map_or(self.n_test as f64, |decisions| decisions.balanced.worth());
        evidence(self.average_precision, self.interval, n)
    }
}

fn evidence(score: Option<f32>, interval: Option<Interval>, n: f64) -> Evidence {
    match score {
        None => Evidence::None,
        Some(_) if n < MIN_EVIDENCE || interval.is_none_or(|interval| interval.width() > MAX_WIDTH) => Evidence::Little,
        Some(_) => Evidence::Enough,
    }
}

pub(super) fn mean(values: impl Iterator<Item = f32>) -> Option<f32> {
    let (sum, n) = values.fold((0.0f64, 0u32), |(sum, n), value| (sum + f64::from(value), n + 1));
    (n > 0).then(|| (sum / f64::from(n)) as f32)
}
