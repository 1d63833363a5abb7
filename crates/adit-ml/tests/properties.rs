//! What holds for any texts and any decisions: the same result on any number of threads, probabilities that are some,
//! children below their parents, reports within their bounds.

#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

use adit_ml::validation::{Evidence, Report};
use adit_ml::{Corpus, Encoder, Example, HashEncoder, LabelSpec, Options, TrainError, Unreviewed, held_out, train};
use proptest::prelude::*;

const LABELS: [&str; 5] = ["Card", "Card > Late", "Card > Late > Twice", "Rate", "Größe > 📦"];

fn corpus(texts: &[(String, Vec<usize>, Vec<usize>)], unreviewed: &[String]) -> Corpus {
    let encoder = HashEncoder::new();
    let embed = |text: &str| encoder.encode(&[text]).remove(0);
    let label =
        |name: &str| LabelSpec { name: name.into(), embedding: embed(&LabelSpec::text(name, "")), ..LabelSpec::default() };
    let example = |(n, (text, assigned, dismissed)): (usize, &(String, Vec<usize>, Vec<usize>))| Example {
        uid: format!("s.c{n}"),
        text: text.clone(),
        embedding: embed(text),
        assigned: assigned.clone(),
        dismissed: dismissed.clone(),
    };
    Corpus {
        labels: LABELS.map(label).into(),
        examples: texts.iter().enumerate().map(example).collect(),
        unreviewed: unreviewed.iter().map(|text| Unreviewed { text: text.clone(), embedding: embed(text) }).collect(),
        n_unreviewed: 10 * unreviewed.len(),
    }
}

/// Any characters at all, and words that tell something.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "\\PC{0,60}",
        Just(String::new()),
        "(card|rate|late|twice|📦){1,4}( [a-z]{1,6}){0,5}",
        "[\u{0}-\u{1f}\u{200b}-\u{202e}\u{fe00}-\u{feff}]{0,12}",
    ]
}

fn decided() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..LABELS.len(), 0..3)
}

fn check_report(report: &Report) -> Result<(), TestCaseError> {
    let is_share = |share: f32| (0.0..=1.0).contains(&share);
    prop_assert!(report.score <= 100 && report.n_train + report.n_test == report.n_reviewed);
    for label in &report.labels {
        prop_assert!(label.thresholds.is_sorted_by(|a, b| a > b) && label.recalls.is_sorted(), "{label:?}");
        prop_assert!(label.precisions.iter().chain(&label.recalls).copied().all(is_share), "{label:?}");
        prop_assert_eq!(label.average_precision.is_none(), label.evidence() == Evidence::None);
        if let (Some(score), Some(interval)) = (label.average_precision, label.interval) {
            prop_assert!(is_share(score) && interval.low <= score && score <= interval.high && is_share(interval.high));
        }
        if let (Some(optimal), Some(decisions)) = (label.optimal, label.decisions) {
            let mut named = [
                (optimal.high_precision, decisions.high_precision),
                (optimal.balanced, decisions.balanced),
                (optimal.high_recall, decisions.high_recall),
            ];
            // A label that is told well has nine tenths of precision below the threshold that has nine tenths of recall,
            // so the names say nothing about the order.
            named.sort_by(|a, b| b.0.total_cmp(&a.0));
            for (threshold, point) in named {
                prop_assert!(is_share(threshold) && point.n_right <= point.n_taken.min(point.n_positives));
            }
            for pair in named.windows(2) {
                let [(_, higher), (_, lower)] = pair else { continue };
                prop_assert!(higher.n_taken <= lower.n_taken && higher.n_right <= lower.n_right, "{label:?}");
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_texts_and_decisions_give_the_same_model_and_report_on_any_number_of_threads(
        texts in prop::collection::vec((any_text(), decided(), decided()), 1..40),
        others in prop::collection::vec(any_text(), 0..10),
    ) {
        let corpus = corpus(&texts, &others);
        let options = |threads| Options { threads, seed: 3 };
        let alone = train(&corpus, None, &options(1), &|_| true).unwrap();
        check_report(&alone.report)?;
        let together = train(&corpus, None, &options(3), &|_| true).unwrap();
        prop_assert_eq!(alone.model.to_bytes(), together.model.to_bytes());
        prop_assert_eq!(&alone.report, &together.report);
        prop_assert_eq!(&alone.tested, &together.tested);

        let rows: Vec<(&str, &[f32])> =
            corpus.unreviewed.iter().map(|one| (one.text.as_str(), one.embedding.as_slice()))
            .chain(corpus.examples.iter().map(|one| (one.text.as_str(), one.embedding.as_slice()))).collect();
        let predicted = alone.model.predict_many(&rows, 2);
        let believed = held_out(&corpus, &alone.model, None, &options(2), &|_| true).unwrap().probabilities;
        for row in predicted.iter().chain(believed.iter().filter(|row| !row.is_empty())).chain(&alone.tested.probabilities) {
            prop_assert!(row.iter().all(|p| (0.0..=1.0).contains(p)), "{row:?}");
            prop_assert!(row[1] <= row[0] && row[2] <= row[1], "a child above its parent: {row:?}");
        }
        check_report(&alone.report.with_outlook(&predicted))?;
    }

    #[test]
    fn training_stops_at_any_moment_without_a_model(
        texts in prop::collection::vec((any_text(), decided(), decided()), 25..40),
        n_steps in 0usize..60,
    ) {
        let corpus = corpus(&texts, &[]);
        let n_heard = std::cell::Cell::new(0);
        let go_on = |_: f32| n_heard.replace(n_heard.get() + 1) < n_steps;
        match train(&corpus, None, &Options { threads: 2, seed: 0 }, &go_on) {
            Ok(_) => prop_assert!(n_heard.get() <= n_steps, "it went on after it was stopped"),
            Err(error) => prop_assert_eq!(error, TrainError::Cancelled),
        }
    }
}
