//! Annotate, wait for a model, pin it, predict, judge it, query with it.

use std::thread;
use std::time::{Duration, Instant};

use adit_conformance::{Question, Server};
use reinfer_client::resources::comment::{CommentPredictionsThreshold, GetLabellingsAfter};
use reinfer_client::resources::dataset::{OrderEnum, QueryRequestParams, StatisticsRequestParams};
use reinfer_client::resources::stream::StreamLabelThreshold;
use reinfer_client::{
    AnnotatedComment, CommentFilter, GetLabellingsInBulk, LabelName, ModelVersion, NewLabelling, Prediction,
    TriggerLabelThreshold,
};
use serde_json::{Value, from_value, json};

use super::{Desk, refused};
use crate::story::sample;

const N_LABELS: usize = 10;
const N_REVIEWED_EACH: usize = 15;
const PREDICTED_WITHIN: Duration = Duration::from_secs(60);

#[test]
fn a_dataset_learns_from_its_annotations() {
    let server = Server::start();
    let desk = Desk::new(&server, "learn");
    let rows = sample("train", N_LABELS, 35);
    let unseen = sample("test", N_LABELS, 10);
    desk.place.sync(&rows, 0);
    desk.place.sync(&unseen, rows.len());

    refused(desk.client.get_latest_validation(&desk.dataset), 404, "");
    assert!(desk.client.get_labellers(&desk.dataset).unwrap().is_empty());
    let reviewed: Vec<Question> = rows.chunks(35).flat_map(|of_label| of_label[..N_REVIEWED_EACH].to_vec()).collect();
    annotate(&desk, &reviewed);
    labellings(&desk, &reviewed);

    let version = desk.place.model_of(reviewed.len() as u64);
    let version = ModelVersion(u32::try_from(version).unwrap());
    let listed = desk.client.get_labellers(&desk.dataset).unwrap();
    assert!(listed.iter().any(|model| model.version == version));
    assert!(listed.windows(2).all(|pair| pair[0].version.0 > pair[1].version.0), "newest first");
    desk.place.pin(u64::from(version.0));

    predictions(&desk, &version, &unseen);
    validation(&desk, &version, &rows[0]);
    queries(&desk, &rows[0], rows.len() + unseen.len());
    statistics(&desk, rows.len() + unseen.len());
}

fn annotate(desk: &Desk, reviewed: &[Question]) {
    for row in reviewed {
        let labelling: Vec<NewLabelling> =
            from_value(json!([{"group": "default", "assigned": [{"name": row.label(), "sentiment": "positive"}]}])).unwrap();
        let answer = desk.client.update_labelling(&desk.dataset, &desk.uid(&row.id), Some(&labelling), None, None).unwrap();
        assert_eq!(answer.comment.id.0, row.id);
        assert_eq!(assigned(&answer), [row.label()]);
    }
}

/// The same labellings by ids, by iterator and page by page.
fn labellings(desk: &Desk, reviewed: &[Question]) {
    let uids: Vec<_> = reviewed[..20].iter().rev().map(|row| desk.uid(&row.id)).collect();
    let by_id = desk.client.get_labellings(&desk.dataset, uids.iter()).unwrap();
    assert_eq!(by_id.iter().map(|found| found.comment.uid.clone()).collect::<Vec<_>>(), uids);
    assert!(by_id.iter().all(|found| found.comment.has_annotations));

    for return_predictions in [false, true] {
        let pages = desk.client.get_labellings_iter(&desk.dataset, &desk.source_id, return_predictions, Some(64));
        let mut found: Vec<_> = pages.flat_map(Result::unwrap).map(|comment| comment.comment.id.0).collect();
        let mut expected: Vec<_> = reviewed.iter().map(|row| row.id.clone()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
    }

    let mut after: Option<GetLabellingsAfter> = None;
    let mut n_found = 0;
    loop {
        let parameters =
            GetLabellingsInBulk { source_id: &desk.source_id, return_predictions: &false, after: &after, limit: &Some(7) };
        let page = desk.client.get_labellings_in_bulk(&desk.dataset, parameters).unwrap();
        if page.results.is_empty() {
            break;
        }
        assert!(page.after.is_some() && page.after != after, "a page with results moves on");
        assert!(page.results.len() <= 7);
        n_found += page.results.len();
        after = page.after;
    }
    assert_eq!(n_found, reviewed.len());
}

fn predictions(desk: &Desk, version: &ModelVersion, unseen: &[Question]) {
    let uids: Vec<_> = unseen.iter().map(|row| desk.uid(&row.id)).collect();
    let ask = |threshold, labels| desk.client.get_comment_predictions(&desk.dataset, version, uids.iter(), threshold, labels);

    let plain = ask(None, None).unwrap();
    assert_eq!(plain.iter().map(|found| found.uid.clone()).collect::<Vec<_>>(), uids, "in the order asked");
    let n_right = plain.iter().zip(unseen).filter(|(found, row)| best(found) == row.label()).count();
    assert!(n_right * 100 >= unseen.len() * 80, "{n_right} of {} unseen questions are right", unseen.len());
    assert_eq!(ask(None, None).unwrap(), plain, "a version always says the same");

    let auto = ask(Some(CommentPredictionsThreshold::Auto), None).unwrap();
    let labels = auto.iter().flat_map(|found| found.labels.iter().flatten());
    let met: Vec<_> = labels.map(|label| label.auto_thresholds.clone().expect("`auto` names the thresholds met")).collect();
    let is_known =
        |name: &String| ["high_recall", "balanced", "high_precision"].contains(&name.as_str()) || name.starts_with("sampled_");
    assert!(met.iter().flatten().all(is_known), "{met:?}");
    assert!(met.iter().any(|names| !names.is_empty()), "some label meets some threshold");

    let one = vec![threshold(&[unseen[0].label()], 0.3)];
    let filtered = ask(None, Some(one)).unwrap();
    assert_eq!(filtered.len(), uids.len());
    for label in filtered.iter().flat_map(|found| found.labels.as_ref().expect("`labels` is there even if empty")) {
        assert_eq!(label.name.to_label_name().0, unseen[0].label());
        assert!(label.probability.into_inner() >= 0.3);
    }
    assert!(filtered.iter().any(|found| found.labels.as_ref().is_some_and(|labels| !labels.is_empty())));
    let never = ask(None, Some(vec![threshold(&[unseen[0].label()], 1.0)])).unwrap();
    assert!(never.iter().all(|found| found.labels.as_ref().is_some_and(Vec::is_empty)));

    let missing = ModelVersion(version.0 + 1_000);
    let answer = desk.client.get_comment_predictions(&desk.dataset, &missing, uids.iter(), None, None);
    refused(answer, 404, "");
}

fn validation(desk: &Desk, version: &ModelVersion, row: &Question) {
    let latest = desk.client.get_latest_validation(&desk.dataset).unwrap();
    let of_version = desk.client.get_validation(&desk.dataset, version).unwrap();
    assert_eq!(latest.validation.version, *version);
    assert_eq!(latest, of_version);
    assert_eq!(latest.get_default_label_group().unwrap().label_defs.len(), N_LABELS);
    assert!((0.0..=100.0).contains(&latest.validation.model_rating.score.0));

    let label = LabelName(row.label().to_owned());
    let curve = desk.client.get_label_validation(&label, &desk.dataset, version).unwrap();
    let n_points = curve.thresholds.len();
    assert!(n_points > 0 && curve.recalls.len() == n_points && curve.precisions.len() == n_points);
    assert!(curve.thresholds.windows(2).all(|pair| pair[0] >= pair[1]), "thresholds fall");
    assert!(curve.recalls.windows(2).all(|pair| pair[0] <= pair[1]), "recalls rise");
    assert_eq!(curve.thresholds[n_points - 1].into_inner(), 0.0, "the client needs a threshold below any");
    refused(desk.client.get_label_validation(&LabelName("No such".to_owned()), &desk.dataset, version), 404, "");
}

fn queries(desk: &Desk, row: &Question, n_comments: usize) {
    let recent = all(desk, params(json!({}), OrderEnum::Recent, 100));
    assert_eq!(recent.len(), n_comments);
    assert!(recent.windows(2).all(|pair| pair[0].comment.timestamp >= pair[1].comment.timestamp), "newest first");
    let is_predicted = |found: &AnnotatedComment| found.labelling.iter().flatten().any(|group| group.predicted.is_some());
    assert!(recent.iter().any(is_predicted));

    let ids = |list: &[AnnotatedComment]| list.iter().map(|found| found.comment.id.0.clone()).collect::<Vec<_>>();
    let in_pages = ids(&all(desk, params(json!({}), OrderEnum::Sample { seed: 42 }, 64)));
    let at_once = ids(&all(desk, params(json!({}), OrderEnum::Sample { seed: 42 }, 512)));
    let other_seed = ids(&all(desk, params(json!({}), OrderEnum::Sample { seed: 7 }, 512)));
    assert_eq!(in_pages, at_once);
    assert_ne!(at_once, other_seed);
    let mut sorted = at_once.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), n_comments, "a sample without limit holds everything once");

    // What nobody looks at is predicted in the background, which makes way while predictions are asked for.
    let deadline = Instant::now() + PREDICTED_WITHIN;
    let by_label = loop {
        let by_label = all(desk, params(json!({}), OrderEnum::ByLabel { label: row.label().to_owned() }, 512));
        if by_label.len() >= 20 || Instant::now() > deadline {
            break by_label;
        }
        thread::sleep(Duration::from_millis(100));
    };
    let is_right =
        |found: &&AnnotatedComment| assigned(found).iter().any(|name| name == row.label()) || best_of(found) == row.label();
    assert!(by_label[..20].iter().filter(is_right).count() >= 18, "a label's own comments come first");

    let only = |filter: Value| all(desk, params(filter, OrderEnum::Recent, 200)).len();
    assert_eq!(only(json!({"reviewed": "only_reviewed"})), N_LABELS * N_REVIEWED_EACH);
    assert_eq!(only(json!({"reviewed": "only_unreviewed"})), n_comments - N_LABELS * N_REVIEWED_EACH);
    assert_eq!(only(json!({"sources": [desk.source_id.0], "timestamp": {}, "messages": {}})), n_comments);
    let mut labelled = params(json!({"reviewed": "only_reviewed"}), OrderEnum::Recent, 200);
    labelled.attribute_filters = vec![reinfer_client::resources::dataset::AttributeFilter {
        attribute: reinfer_client::resources::dataset::Attribute::Labels,
        filter: reinfer_client::resources::dataset::AttributeFilterEnum::StringAnyOf { any_of: vec![row.label().to_owned()] },
    }];
    assert_eq!(all(desk, labelled).len(), N_REVIEWED_EACH);

    let first = desk.client.get_recent_comments(&desk.dataset, &CommentFilter::default(), 10, None).unwrap();
    let second =
        desk.client.get_recent_comments(&desk.dataset, &CommentFilter::default(), 10, first.continuation.as_ref()).unwrap();
    let both = [ids(&first.results), ids(&second.results)].concat();
    assert_eq!(both, ids(&recent)[..20]);

    let csv =
        desk.client.query_dataset_csv(&desk.dataset, &params(json!({}), OrderEnum::Sample { seed: 42 }, n_comments)).unwrap();
    let header = csv.lines().next().unwrap_or_default();
    assert!(header.split(',').any(|column| column.trim_matches('"') == "Date"), "{header}");
    assert!(header.split(',').any(|column| column.trim_matches('"') == row.label()), "{header}");
}

fn statistics(desk: &Desk, n_comments: usize) {
    let everything = desk.client.get_dataset_statistics(&desk.dataset, &StatisticsRequestParams::default()).unwrap();
    assert_eq!(everything.num_comments.into_inner(), n_comments as f64);
    let comment_filter = from_value(json!({"reviewed": "only_reviewed"})).unwrap();
    let reviewed = StatisticsRequestParams { comment_filter, ..StatisticsRequestParams::default() };
    let reviewed = desk.client.get_dataset_statistics(&desk.dataset, &reviewed).unwrap();
    assert_eq!(reviewed.num_comments.into_inner(), (N_LABELS * N_REVIEWED_EACH) as f64);
}

fn params(filter: Value, order: OrderEnum, limit: usize) -> QueryRequestParams {
    let filter = from_value(filter).unwrap();
    QueryRequestParams { filter, order, limit: Some(limit), ..QueryRequestParams::default() }
}

fn all(desk: &Desk, mut params: QueryRequestParams) -> Vec<AnnotatedComment> {
    desk.client.get_dataset_query_iter(&desk.dataset, &mut params).flat_map(Result::unwrap).collect()
}

fn assigned(comment: &AnnotatedComment) -> Vec<String> {
    let groups = comment.labelling.iter().flatten();
    groups.flat_map(|group| group.assigned.iter().map(|label| label.name.0.clone())).collect()
}

fn best_of(comment: &AnnotatedComment) -> String {
    let labels = comment.labelling.iter().flatten().flat_map(|group| group.predicted.iter().flatten());
    labels.max_by_key(|label| label.probability).map(|label| label.name.to_label_name().0).unwrap_or_default()
}

fn best(prediction: &Prediction) -> String {
    let labels = prediction.labels.iter().flatten();
    labels.max_by_key(|label| label.probability).map(|label| label.name.to_label_name().0).unwrap_or_default()
}

/// The client keeps its number type to itself; a type of its own that can be read brings one.
fn threshold(name: &[&str], threshold: f64) -> TriggerLabelThreshold {
    let read: StreamLabelThreshold = from_value(json!({"name": name, "threshold": threshold})).unwrap();
    TriggerLabelThreshold { name: read.name, threshold: read.threshold }
}
