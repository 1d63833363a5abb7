//! What to look at next: unsure, uncovered, under-represented and doubtful comments.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::setting::{annotate, apps, comment, filled, text};
use super::story::walk;

const DATASET: &str = "/api/_private/datasets/acme/orders";

fn number(id: &str) -> usize {
    id[1..].parse().unwrap()
}

#[tokio::test]
async fn orders_for_learning_hold_every_unreviewed_comment_once() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 60).await;
        let learning = json!({"kind": "learning"});
        assert!(walk(&app, learning.clone(), 7).await.is_empty(), "{engine}: nothing is known yet");
        annotate(&app, &source_id, 20).await;
        app.run_jobs().await;
        let unreviewed: BTreeSet<usize> = (20..60).collect();
        let diagnostic = |kind: &str| json!({"kind": "diagnostic", "diagnostic_kind": kind});
        for order in
            [learning, diagnostic("bias"), diagnostic("neglect"), diagnostic("label_only_neglect"), diagnostic("informative")]
        {
            let ids = walk(&app, order.clone(), 7).await;
            assert_eq!(ids.len(), 40, "{engine} {order}");
            assert_eq!(ids.iter().map(|id| number(id)).collect::<BTreeSet<_>>(), unreviewed, "{engine} {order}");
            assert_eq!(ids, walk(&app, order, 16).await, "pages of any size give one order");
        }
        let neglected = walk(&app, diagnostic("neglect"), 50).await;
        let informative = walk(&app, diagnostic("informative"), 50).await;
        assert_eq!(neglected.iter().rev().collect::<Vec<_>>(), informative.iter().collect::<Vec<_>>());
        let body = json!({"filter": {}, "order": diagnostic("neglect"), "limit": 40});
        let page = app.ok("POST", &format!("{DATASET}/query"), body).await;
        let values: Vec<f64> =
            page["results"].as_array().unwrap().iter().map(|r| r["diagnostics"][0]["value"].as_f64().unwrap()).collect();
        assert!(values.is_sorted(), "{values:?}");

        let near = walk(&app, json!({"kind": "learning", "label": "Card > Arrival"}), 9).await;
        let distinct: BTreeSet<usize> = near.iter().map(|id| number(id)).collect();
        assert!(distinct.len() == near.len() && distinct.is_subset(&unreviewed), "{near:?}");
        let body = json!({"filter": {}, "order": {"kind": "learning", "label": "Card > Arrival"}, "limit": 40});
        let page = app.ok("POST", &format!("{DATASET}/query"), body).await;
        let apart: Vec<f64> = page["results"].as_array().unwrap().iter().map(|r| probability(r, "Arrival")).collect();
        let apart: Vec<f64> = apart.iter().map(|p| (p - 0.5).abs()).collect();
        assert!(apart.windows(2).all(|pair| pair[0] <= pair[1] + 1e-6), "{engine}: {apart:?}");

        let unknown = json!({"filter": {}, "order": {"kind": "learning", "label": "No such"}});
        assert_eq!(app.err("POST", &format!("{DATASET}/query"), unknown).await.0, 422);
        let filtered = json!({"filter": {"user_properties": {"string:Team": {"one_of": ["red"]}}},
            "order": {"kind": "learning"}, "limit": 100});
        let page = app.ok("POST", &format!("{DATASET}/query"), filtered).await;
        let expected = unreviewed.iter().filter(|n| n.is_multiple_of(3)).count();
        assert_eq!(page["results"].as_array().unwrap().len(), expected, "filters combine with every order");
        let reviewed = json!({"filter": {"reviewed": "only_reviewed"}, "order": {"kind": "learning"}});
        assert_eq!(app.ok("POST", &format!("{DATASET}/query"), reviewed).await["results"], json!([]));
    }
}

#[tokio::test]
async fn what_repeats_a_doubtful_comment_is_not_asked_on_the_same_page() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 60).await;
        annotate(&app, &source_id, 20).await;
        app.run_jobs().await;
        let first = walk(&app, json!({"kind": "learning"}), 50).await.remove(0);
        let copy = |n: usize| {
            json!({"id": format!("c{n}"), "timestamp": "2024-03-05T10:00:00Z",
            "messages": [{"body": {"text": text(number(&first)).1}}]})
        };
        let copies: Vec<Value> = (60..64).map(copy).collect();
        app.ok("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": copies})).await;
        app.run_jobs().await;
        let order = walk(&app, json!({"kind": "learning"}), 7).await;
        let is_copy = |id: &&String| **id == first || number(id) >= 60;
        assert_eq!(order.len(), 44, "{engine}: nothing is lost");
        // Copies are as doubtful as what they repeat: they would follow it at once.
        assert_eq!(order[..4].iter().filter(is_copy).count(), 1, "{engine}: {order:?}");
        assert_eq!(order.iter().filter(is_copy).count(), 5, "{engine}");
    }
}

fn probability(result: &Value, last_part: &str) -> f64 {
    let labels = result["labelling"][0]["predicted"].as_array().unwrap();
    let label = labels.iter().find(|label| label["name"].as_array().unwrap().last().unwrap() == last_part);
    label.map_or(0.0, |label| label["probability"].as_f64().unwrap())
}

#[tokio::test]
async fn a_wrong_annotation_is_the_first_that_check_and_missed_show() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 60).await;
        annotate(&app, &source_id, 50).await;
        let wrong = [4, 13];
        let say = |n: usize, name: &str| json!({"comment_uid": format!("{source_id}.c{n}"), "labels": [{"name": name}]});
        let annotations = [say(4, text(13).0), say(13, text(4).0)];
        app.ok("POST", "/api/v1/datasets/acme/orders/sync-annotations", json!({"annotations": annotations})).await;
        app.run_jobs().await;

        let check = walk(&app, json!({"kind": "check"}), 7).await;
        assert_eq!(check.len(), 50, "{engine}: every reviewed comment once");
        assert_eq!(check[..2].iter().map(|id| number(id)).collect::<BTreeSet<_>>(), wrong.into(), "{engine}: {check:?}");
        let missed = walk(&app, json!({"kind": "missed"}), 7).await;
        assert_eq!(missed[..2].iter().map(|id| number(id)).collect::<BTreeSet<_>>(), wrong.into(), "{engine}: {missed:?}");

        let about = |label: &str| {
            json!([{"attribute": "labels", "filter": {"kind": "assigned_predicted_present", "any_assigned": [label],
                "any_predicted": [], "none_present": []}}])
        };
        let first = async |kind: &str, label: &str| {
            let body = json!({"filter": {}, "attribute_filters": about(label), "order": {"kind": kind}, "limit": 100});
            let page = app.ok("POST", &format!("{DATASET}/query"), body).await;
            let results = page["results"].as_array().unwrap().clone();
            results.iter().map(|r| number(r["comment"]["id"].as_str().unwrap())).collect::<Vec<_>>()
        };
        let rates = first("check", "Exchange rate").await;
        assert_eq!((rates[0], rates.len()), (4, 25), "{engine}: only comments that have the label");
        assert_eq!(first("missed", "Exchange rate").await[0], 13, "{engine}: only comments that lack it");
        let unknown = json!({"filter": {}, "attribute_filters": about("No such"), "order": {"kind": "check"}});
        assert_eq!(app.err("POST", &format!("{DATASET}/query"), unknown).await.0, 422);

        // Set right, it is doubted no longer, even before the next scoring.
        let right = json!({"annotations": [say(4, text(4).0)]});
        app.ok("POST", "/api/v1/datasets/acme/orders/sync-annotations", right).await;
        assert!(!first("check", "Exchange rate").await.contains(&4));
        app.run_jobs().await;
        assert_eq!(walk(&app, json!({"kind": "check"}), 7).await[0], "c13");
    }
}

#[tokio::test]
async fn a_conversation_shows_once_in_every_order() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 0).await;
        let comments: Vec<Value> = (0..48)
            .map(|n| {
                let mut comment = comment(n);
                if !n.is_multiple_of(8_usize) {
                    comment["thread_id"] = json!(format!("t{}", n % 7));
                }
                comment
            })
            .collect();
        app.ok("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": comments})).await;
        annotate(&app, &source_id, 24).await;
        app.run_jobs().await;
        let thread = |n: usize| if n.is_multiple_of(8) { format!("alone {n}") } else { format!("t{}", n % 7) };
        for order in [
            json!({"kind": "recent"}),
            json!({"kind": "sample", "seed": 3}),
            json!({"kind": "learning"}),
            json!({"kind": "check"}),
            json!({"kind": "any_label_asc"}),
            json!({"kind": "by_label", "label": "Exchange rate"}),
            json!({"kind": "learning", "label": "Exchange rate"}),
            json!({"kind": "diagnostic", "diagnostic_kind": "informative"}),
        ] {
            let whole = walk(&app, order.clone(), 100).await;
            let mut seen = BTreeSet::new();
            let expected: Vec<&String> = whole.iter().filter(|id| seen.insert(thread(number(id)))).collect();
            let mut found = Vec::new();
            let mut continuation = Value::Null;
            loop {
                let body =
                    json!({"filter": {}, "order": order, "limit": 3, "continuation": continuation, "collapse_mode": "thread_id"});
                let page = app.ok("POST", &format!("{DATASET}/query"), body).await;
                let results = page["results"].as_array().unwrap();
                found.extend(results.iter().map(|r| r["comment"]["id"].as_str().unwrap().to_owned()));
                continuation = page["continuation"].clone();
                if continuation.is_null() {
                    break;
                }
            }
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{engine} {order}");
        }
    }
}
