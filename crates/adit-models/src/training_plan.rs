//! What would make a model better, in the order in which it pays: foundations first, then refinement.

use adit_kernel::{Id, Result, catalogue};
use adit_ml::validation::{LabelReport, Report};
use adit_store::Tx;

use crate::models;
use crate::validation::{Kinded, judgement, quality_of};

/// A factor below this has room.
const GOOD: f32 = 0.7;
/// The share of comments met in random order that a reviewed set should have.
const WANTED_RANDOM_SHARE: f32 = 0.2;
/// The share of labels that count as the worst.
const WORST: usize = 10;
/// So many steps are enough for anybody.
const MOST: usize = 40;

/// One thing to do; the words are the contract's.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedStep {
    /// The factor of the rating that it lifts.
    pub factor: &'static str,
    /// How good that factor is.
    pub quality: &'static str,
    /// What to do: a `ModelRatingAction`, or a `UnaryLabelHealthActionKind` where there is a label.
    pub action: &'static str,
    /// The label it is about, with the warning that asks for it.
    pub label: Option<(String, &'static str)>,
    /// The label that the label is to be told from.
    pub other: Option<String>,
}

/// The version that a path means, and what would make it better; `None` for `latest` before the first training.
///
/// # Errors
/// A version that does not exist.
pub async fn training_plan(tx: &mut Tx, dataset: Id, version: &str) -> Result<Option<Vec<PlannedStep>>> {
    match models::resolve(tx, dataset, version).await {
        Ok(row) => Ok(Some(plan(&row.report))),
        Err(_) if version == "latest" && models::latest_version(tx, dataset).await?.is_none() => Ok(None),
        Err(error) if error.kind() == adit_kernel::Kind::Missing => Err(catalogue::no_model(version)),
        Err(error) => Err(error),
    }
}

/// The label that the newest version confuses a label with most.
pub async fn confused_with(tx: &mut Tx, dataset: Id, label: &str) -> Result<Option<String>> {
    let newest = models::store::latest(tx, dataset).await?;
    let report = newest.and_then(|row| row.report.labels.into_iter().find(|known| known.name == label));
    Ok(report.and_then(|label| label.confused).map(|confused| confused.with))
}

fn plan(report: &Report) -> Vec<PlannedStep> {
    let factor = |kind, share: Option<f32>| (kind, share.map_or("none", quality_of), share.unwrap_or(0.0));
    let all = factor("overall_label_health", report.all_labels_score);
    let worst = factor("lowest_label_health", report.underperforming_score);
    let coverage = factor("coverage", report.coverage);
    let balance = report.balance.map(|balance| factor("biased", Some(balance.score)));
    let of_dataset = |of: (&'static str, &'static str, f32), action| PlannedStep {
        factor: of.0,
        quality: of.1,
        action,
        label: None,
        other: None,
    };
    let mut steps = Vec::new();
    if coverage.2 < GOOD {
        steps.push(of_dataset(coverage, "discover"));
    }
    let is_little_random =
        report.balance.and_then(|balance| balance.random_share).is_some_and(|share| share < WANTED_RANDOM_SHARE);
    if let Some(balance) = balance.filter(|_| is_little_random) {
        steps.push(of_dataset(balance, "shuffle"));
    }
    let mut labels: Vec<&LabelReport> = report.labels.iter().filter(|label| label.n_train + label.n_test > 0).collect();
    let score = |label: &LabelReport| label.average_precision.unwrap_or(0.0);
    labels.sort_by(|a, b| score(a).total_cmp(&score(b)).then_with(|| a.name.cmp(&b.name)));
    let n_worst = labels.len().div_ceil(WORST);
    let of_label = |at: usize, label: &LabelReport, help: Kinded, warning| {
        let of = if at < n_worst { worst } else { all };
        PlannedStep {
            factor: of.0,
            quality: of.1,
            action: help.kind,
            label: Some((label.name.clone(), warning)),
            other: help.label,
        }
    };
    // More examples first: they cure most other ills, and nothing can be judged without them.
    for wants_examples in [true, false] {
        for (at, label) in labels.iter().enumerate() {
            for (warning, helps) in judgement(label) {
                if warning.kind.ends_with("low_reviewed_comments") == wants_examples {
                    steps.extend(helps.into_iter().map(|help| of_label(at, label, help, warning.kind)));
                }
            }
        }
    }
    if coverage.2 < GOOD {
        steps.push(of_dataset(coverage, "low_confidence"));
    }
    if let Some(balance) = balance.filter(|balance| balance.2 < GOOD) {
        steps.push(of_dataset(balance, "bias"));
    }
    steps.truncate(MOST);
    steps
}

#[cfg(test)]
mod tests {
    use adit_ml::validation::{Balance, LabelReport, Report, Warning};

    use super::plan;

    fn label(name: &str, n: usize, average_precision: Option<f32>, warnings: Vec<Warning>) -> LabelReport {
        LabelReport {
            name: name.into(),
            n_train: n,
            n_test: 0,
            average_precision,
            informativeness: 1.0,
            warnings,
            ..LabelReport::default()
        }
    }

    #[test]
    fn foundations_come_before_refinement() {
        let labels = vec![
            label("Good", 60, Some(0.95), vec![]),
            label("Weak", 60, Some(0.4), vec![Warning::LowAveragePrecision]),
            label("Rare", 4, None, vec![Warning::FewExamples, Warning::NoTestExamples]),
            label("Unused", 0, None, vec![Warning::FewExamples]),
        ];
        let report = Report {
            labels,
            coverage: Some(0.4),
            balance: Some(Balance::new(0.3, Some(0.05), None)),
            all_labels_score: Some(0.6),
            underperforming_score: Some(0.1),
            ..Report::empty()
        };
        let found: Vec<(&str, Option<String>)> =
            plan(&report).into_iter().map(|step| (step.action, step.label.map(|label| label.0))).collect();
        let named = |name: &str| Some(name.to_owned());
        assert_eq!(
            found,
            [
                ("discover", None),
                ("shuffle", None),
                ("search_for_examples", named("Rare")),
                ("correct_label", named("Weak")),
                ("missing_label", named("Weak")),
                ("low_confidence", None),
                ("bias", None),
            ]
        );
    }
}
