//! From the validation of fields to what callers see. Pure.

use std::collections::BTreeMap;

use adit_ml::fields::{FieldScore, FormScore, RecordCurve};
use adit_ml::validation::{LabelReport, Report};

use super::fields_wire::{
    Counts, EntitiesPrStats, EntityAverageStats, EntityDefIdStat, EntityHealth, EntityHealthSmart, IntentValidation,
    IntentsValue, MeanPrCurve, MoonIntentFieldsMetrics, MoonSummaryMetrics, MoonValidation, PrCurve,
};
use super::mapping::{BATCH, MIN_TRAINING_EXAMPLES, companions, health, label_metrics, optimal, recall_grid};
use super::wire::{Kinded, OptimalThreshold};
use crate::fields::store::FieldRow;
use crate::fields::{Thresholds, thresholds};

/// Examples a field should have.
const WANTED_EXAMPLES: usize = 25;
/// Below this F1 a field is poor, and below that one very poor.
const LOW_F1: f32 = 0.75;
const VERY_LOW_F1: f32 = 0.5;

fn counts(score: &FieldScore) -> Counts {
    Counts {
        num_train_entities: score.n_train,
        num_test_entities: score.n_test,
        num_reviewed_entities: score.n_train + score.n_test,
        num_train_documents: score.n_train_documents,
        num_test_documents: score.n_test_documents,
        num_reviewed_documents: score.n_train_documents + score.n_test_documents,
        error_count: score.n_errors(),
        precision: score.precision(),
        recall: score.recall(),
        f1_score: score.f1(),
    }
}

fn is_safe(score: &FieldScore) -> bool {
    score.n_train >= MIN_TRAINING_EXAMPLES && score.n_test > 0
}

fn stat(score: &FieldScore) -> EntityDefIdStat {
    let n_examples = score.n_train + score.n_test;
    let smart = score.f1().map(|f1| {
        let mut kinds = Vec::new();
        if n_examples * 2 < WANTED_EXAMPLES {
            kinds.push("very_low_reviewed_comments");
        } else if n_examples < WANTED_EXAMPLES {
            kinds.push("low_reviewed_comments");
        }
        if f1 < VERY_LOW_F1 {
            kinds.push("very_low_f1_score");
        } else if f1 < LOW_F1 {
            kinds.push("low_f1_score");
        }
        let mut actions = Vec::new();
        if n_examples < WANTED_EXAMPLES {
            actions.push("teach");
        }
        if f1 < LOW_F1 {
            // What is wrong more often is looked at first.
            let (precision, recall) = (score.precision().unwrap_or(0.0), score.recall().unwrap_or(0.0));
            let both = ["correct_entity", "missing_entity"];
            actions.extend(if precision <= recall { both } else { [both[1], both[0]] });
        }
        let kinded = |kinds: Vec<&'static str>| kinds.into_iter().map(Kinded::new).collect();
        EntityHealthSmart { score: f1, warnings: kinded(kinds), actions: kinded(actions) }
    });
    let need_pinned = WANTED_EXAMPLES.saturating_sub(n_examples);
    let health = EntityHealth { need_pinned, need_pinned_increment: need_pinned.min(BATCH), smart };
    EntityDefIdStat { counts: counts(score), is_safe: is_safe(score), health }
}

fn average<'a>(scores: impl Iterator<Item = &'a FieldScore> + Clone) -> EntityAverageStats {
    let is_safe = scores.clone().any(is_safe);
    EntityAverageStats { counts: counts(&FieldScore::sum(scores)), is_safe }
}

/// The validation of general fields: all together, and by the definition of their type.
pub(super) fn entities(known: &FieldRow) -> EntitiesPrStats {
    let report = &known.report;
    let mut total = counts(&FieldScore::sum(&report.fields));
    total.num_train_documents = report.n_train_documents;
    total.num_test_documents = report.n_test_documents;
    total.num_reviewed_documents = report.n_train_documents + report.n_test_documents;
    let mut by_type: BTreeMap<String, Vec<&FieldScore>> = BTreeMap::new();
    for score in &report.fields {
        let slot = known.definition.slots.iter().find(|slot| slot.field_id == score.id);
        by_type.entry(slot.map_or_else(|| score.id.clone(), |slot| slot.type_id.clone())).or_default().push(score);
    }
    let entities_by_def_id =
        by_type.into_iter().map(|(id, scores)| (id, stat(&FieldScore::sum(scores.iter().copied())))).collect();
    EntitiesPrStats { counts: total, entities_by_def_id }
}

fn shown(thresholds: Thresholds) -> OptimalThreshold {
    OptimalThreshold {
        high_precision: thresholds.high_precision,
        balanced: thresholds.balanced,
        high_recall: thresholds.high_recall,
    }
}

/// Mean over curves of the best precision at or above each recall of the grid; nothing without a curve.
fn mean_curve<'a>(curves: impl Iterator<Item = (&'a [f32], &'a [f32], Option<f32>)>) -> MeanPrCurve {
    let curves: Vec<_> = curves.filter(|(recalls, ..)| !recalls.is_empty()).collect();
    if curves.is_empty() {
        return MeanPrCurve { precisions: Vec::new(), mean: None };
    }
    let at = |wanted: f32, recalls: &[f32], precisions: &[f32]| {
        let reached = recalls.iter().zip(precisions).filter(|(recall, _)| **recall >= wanted);
        reached.map(|(_, precision)| *precision).fold(0.0_f32, f32::max)
    };
    let n = curves.len() as f32;
    let point = |wanted: f32| curves.iter().map(|(recalls, precisions, _)| at(wanted, recalls, precisions)).sum::<f32>() / n;
    let known: Vec<f32> = curves.iter().filter_map(|(.., average)| *average).collect();
    let mean = (!known.is_empty()).then(|| known.iter().sum::<f32>() / known.len() as f32);
    MeanPrCurve { precisions: recall_grid().into_iter().map(point).collect(), mean }
}

/// The forms of labels that the version knows, with the label's report.
fn forms<'a>(known: &'a FieldRow, report: &'a Report) -> impl Iterator<Item = (&'a FormScore, &'a LabelReport)> {
    known.report.forms.iter().filter_map(|score| {
        let form = known.definition.forms.iter().find(|form| form.label_id == score.id)?;
        Some((score, report.labels.iter().find(|label| label.name == form.label)?))
    })
}

/// The validation of all forms; `None` for a version without forms.
pub(super) fn moon(known: &FieldRow, report: &Report) -> Option<MoonSummaryMetrics> {
    if known.definition.forms.is_empty() {
        return None;
    }
    let scores = &known.report.forms;
    let sum = |of: fn(&FormScore) -> usize| scores.iter().map(of).sum::<usize>();
    let (n_train, n_test) = (sum(|form| form.n_train_captures), sum(|form| form.n_test_captures));
    let (train_documents, test_documents) = (sum(|form| form.n_train_documents), sum(|form| form.n_test_documents));
    let mut intents = BTreeMap::new();
    for (form, label) in forms(known, report) {
        let (Some(average_precision), Some(optimal_thresholds)) = (label.average_precision, optimal(&label.optimal)) else {
            continue;
        };
        let Some(capture_average_precision) = form.curve().average_precision else { continue };
        let value = IntentsValue {
            train_size: label.n_train,
            test_size: label.n_test,
            reviewed_size: label.n_train + label.n_test,
            average_precision,
            optimal_thresholds,
            health: health(label),
            cooccurrence: companions(report, label),
            capture_average_precision,
            num_train_captures: form.n_train_captures,
            num_test_captures: form.n_test_captures,
            num_reviewed_captures: form.n_train_captures + form.n_test_captures,
        };
        intents.insert(label.name.clone(), value);
    }
    let labels = forms(known, report).map(|(_, label)| (&label.recalls[..], &label.precisions[..], label.average_precision));
    let curves: Vec<RecordCurve> = scores.iter().map(FormScore::curve).collect();
    let records = curves.iter().map(|curve| (&curve.recalls[..], &curve.precisions[..], curve.average_precision));
    Some(MoonSummaryMetrics {
        num_train_captures: n_train,
        num_test_captures: n_test,
        num_reviewed_captures: n_train + n_test,
        num_train_documents: train_documents,
        num_test_documents: test_documents,
        num_reviewed_documents: train_documents + test_documents,
        intents,
        recalls: recall_grid(),
        mean_curve: mean_curve(labels),
        average_field_stats: average(scores.iter().flat_map(|form| &form.fields)),
        mean_capture_curve: mean_curve(records),
    })
}

/// The validation of one label's form; `None` if the version knows no form of it.
pub(super) fn moon_of_label(known: &FieldRow, label: &LabelReport) -> Option<MoonValidation> {
    let form = known.definition.forms.iter().find(|form| form.label == label.name)?;
    let score = known.report.forms.iter().find(|score| score.id == form.label_id)?;
    let curve = score.curve();
    let optimal_thresholds = thresholds(&curve).map(shown);
    let capture_pr = curve.average_precision.is_some().then_some(PrCurve {
        precisions: curve.precisions,
        recalls: curve.recalls,
        thresholds: curve.thresholds,
        average_precision: curve.average_precision,
    });
    Some(MoonValidation {
        intent_validation: IntentValidation {
            label: label_metrics(label),
            num_test_captures: score.n_test_captures,
            num_train_captures: score.n_train_captures,
            num_reviewed_captures: score.n_train_captures + score.n_test_captures,
        },
        field_validation: MoonIntentFieldsMetrics {
            field_stats: score.fields.iter().map(|field| (field.id.clone(), stat(field))).collect(),
            average_field_stats: average(score.fields.iter()),
            capture_pr,
            optimal_thresholds,
        },
    })
}

#[cfg(test)]
mod tests {
    use adit_ml::fields::{FieldReport, FieldScore};

    use super::{FieldRow, entities};
    use crate::fields::{Definition, Slot};

    #[test]
    fn fields_of_one_type_are_counted_together_and_warned_about() {
        let slot = |id: &str| Slot { field_id: id.into(), type_id: "t".into(), ..Slot::default() };
        let score = |id: &str, n_train, n_test, n_predicted, n_right| FieldScore {
            id: id.into(),
            n_train,
            n_test,
            n_predicted,
            n_right,
            ..FieldScore::default()
        };
        let row = FieldRow {
            definition: Definition { slots: vec![slot("a"), slot("b")], ..Definition::default() },
            report: FieldReport { fields: vec![score("a", 4, 2, 4, 1), score("b", 3, 0, 0, 0)], ..FieldReport::default() },
            ..FieldRow::default()
        };
        let shown = entities(&row);
        let stat = &shown.entities_by_def_id["t"];
        assert_eq!((stat.counts.num_reviewed_entities, stat.counts.error_count, stat.is_safe), (9, 4, false));
        assert_eq!((stat.counts.precision, stat.counts.recall), (Some(0.25), Some(0.5)));
        let smart = stat.health.smart.as_ref().unwrap();
        assert_eq!(
            smart.warnings.iter().map(|it| it.kind).collect::<Vec<_>>(),
            ["very_low_reviewed_comments", "very_low_f1_score"]
        );
        assert_eq!(smart.actions.iter().map(|it| it.kind).collect::<Vec<_>>(), ["teach", "correct_entity", "missing_entity"]);
        assert_eq!(stat.health.need_pinned, 16);
        let unknown = entities(&FieldRow {
            report: FieldReport { fields: vec![score("a", 9, 0, 3, 0)], ..row.report },
            ..FieldRow::default()
        });
        assert!(unknown.entities_by_def_id["a"].health.smart.is_none() && unknown.counts.f1_score.is_none());
    }
}
