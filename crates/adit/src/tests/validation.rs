//! Validation: every part of the reply, what a dataset with faults is warned of, and what scores are said to prove.

use adit_testing::TestApp;
use serde_json::{Value, json};

use super::setting::{annotate, apps, filled, user};

const DATASET: &str = "/api/_private/datasets/acme/orders";
const DATASET_V1: &str = "/api/v1/datasets/acme/orders";

async fn validation(app: &TestApp) -> Value {
    app.ok("GET", &format!("{DATASET}/labellers/latest/validation"), json!({})).await["validation"].take()
}

fn factor<'a>(validation: &'a Value, kind: &str) -> &'a Value {
    let factors = validation["model_rating"]["factors"].as_array().unwrap();
    factors.iter().find(|factor| factor["kind"] == kind).unwrap_or_else(|| panic!("no factor {kind}"))
}

fn contributor(validation: &Value, kind: &str, name: &str) -> f64 {
    let all = factor(validation, kind)["contributors"].as_array().unwrap();
    let one = all.iter().find(|one| one["kind"] == name).unwrap_or_else(|| panic!("no contributor {name}: {all:?}"));
    one["value"].as_f64().unwrap()
}

fn kinds(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_validation_is_complete_and_says_how_sure_it_is() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 220).await;
        annotate(&app, &source_id, 120).await;
        app.ok(
            "POST",
            &format!("{DATASET}/labellings/{source_id}.c120"),
            json!({"labelling": [{"group": "default", "assigned": [], "uninformative": {"mode": "explicit"}}]}),
        )
        .await;
        app.run_jobs().await;
        let found = validation(&app).await;
        assert_eq!(found["reviewed_size"], 121, "{engine}");
        assert_eq!(found["train_size"].as_i64().unwrap() + found["test_size"].as_i64().unwrap(), 121);
        assert_eq!(found["has_uninformative"], true);
        let map = found["mean_average_precision_safe"].as_f64().unwrap();
        let interval = &found["_mean_average_precision_interval"];
        assert!(interval["low"].as_f64().unwrap() <= map && map <= interval["high"].as_f64().unwrap(), "{interval} {map}");
        assert_eq!(found["_evidence"], "enough", "{interval}");
        let worth = found["_effective_size"].as_f64().unwrap();
        assert!(worth > 0.0 && worth <= 121.0, "{worth}");

        // Names in order; a parent holds wherever its child does.
        let names: Vec<&String> = found["labels"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["Card", "Card > Arrival", "Exchange rate"]);
        let together = &found["cooccurrence"];
        let places: Vec<i64> = together["label_indices"].as_array().unwrap().iter().map(|at| at.as_i64().unwrap()).collect();
        let at = |a: i64, b: i64| {
            let place = |label| places.iter().position(|place| *place == label).unwrap();
            together["row_major_matrix"][place(a) * places.len() + place(b)].as_f64().unwrap()
        };
        assert_eq!((at(1, 0), at(0, 1), at(0, 2), at(2, 2)), (1.0, 1.0, 0.0, 1.0), "{together}");

        for (kind, name) in [
            ("overall_label_health", "weighted_map"),
            ("lowest_label_health", "lowest_labels_map"),
            ("coverage", "p_any_label"),
            ("coverage", "p_uninformative"),
            ("biased", "bias_model_score"),
        ] {
            assert!((0.0..=1.0).contains(&contributor(&found, kind, name)), "{engine}: {kind} {name}");
        }
        assert!(contributor(&found, "coverage", "expected_num_labels") > 0.5, "{engine}");
        let sum = contributor(&found, "coverage", "p_any_label") + contributor(&found, "coverage", "p_uninformative");
        assert!((sum - 1.0).abs() < 1e-6);
        assert_eq!(contributor(&found, "overall_label_health", "num_poor_labels"), 0.0);
        assert_eq!(found["_languages"]["en"]["num_comments"], 121, "{engine}: every comment is scored once");
        assert_eq!(found["_sources"]["acme/desk"]["num_comments"], 121);
        assert!(found["_sources"]["acme/desk"]["precision_interval"]["low"].as_f64().unwrap() > 0.5);

        let label = app.ok("POST", &format!("{DATASET}/labellers/1/label-validation"), json!({"label": "Exchange rate"})).await;
        let label = &label["label_validation"];
        assert_eq!(label["_scored_on"], if label["test_size"].as_i64().unwrap() < 10 { "all_parts" } else { "test_part" });
        let point = &label["_at_thresholds"]["balanced"];
        let errors = label["test_error_count"].as_i64().unwrap();
        assert_eq!(errors == 0, point["precision"] == 1.0 && point["recall"] == 1.0, "{point}");
        assert_eq!(label["test_expected_count"], label["_num_scored_examples"]);

        // Summaries tell the health of labels too, and the status which version is how far.
        let summary = app.ok("POST", &format!("{DATASET}/summary"), json!({"label_filter": ["Exchange rate"]})).await;
        let summed = &summary["summary"]["labels"][0];
        assert_eq!(summed["health"], label["health"], "{engine}");
        assert_eq!(summed["threshold"], label["optimal_thresholds"]["balanced"], "{engine}");
        let status = app.ok("GET", &format!("{DATASET}/labellers/status"), json!({})).await["dataset_status"].take();
        assert_eq!(status["inference_stats_by_version"]["1"]["comments"], 220, "{engine}: {status}");
        assert_eq!(status["inference_stats_by_version"]["1"]["timestamp"], found["trained_time"], "{engine}");
        assert_eq!(status["inference_stuck"], false);

        let short = app.ok("GET", &format!("{DATASET_V1}/labellers/1/validation"), json!({})).await;
        assert_eq!(short["validation"]["coverage"], found["model_rating"]["factors"][2]["contributors"][0]["value"]);
        assert_eq!(short["validation"]["_evidence"], "enough");
    }
}

#[tokio::test]
async fn scores_by_language_go_by_the_message_and_not_by_its_source() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 60).await;
        annotate(&app, &source_id, 60).await;
        let (mut comments, mut annotations) = (Vec::new(), Vec::new());
        for n in 0..20 {
            let (label, text) = if n % 2 == 0 {
                ("Card > Arrival", format!("Guten Morgen, meine neue Karte ist noch immer nicht bei mir angekommen, Vorgang {n}"))
            } else {
                ("Exchange rate", format!("Guten Morgen, warum war der Wechselkurs bei meiner Zahlung so schlecht, Vorgang {n}"))
            };
            let mut message = json!({"body": {"text": text}});
            // What is said goes before what is seen.
            if n < 4 {
                message["language"] = json!("fr-CA");
            }
            let timestamp = format!("2024-03-05T11:00:{n:02}Z");
            comments.push(json!({"id": format!("g{n}"), "timestamp": timestamp, "messages": [message]}));
            annotations.push(json!({"comment_uid": format!("{source_id}.g{n}"), "labels": [{"name": label}]}));
        }
        app.ok("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": comments})).await;
        app.ok("POST", &format!("{DATASET_V1}/sync-annotations"), json!({"annotations": annotations})).await;
        app.run_jobs().await;
        let found = validation(&app).await["_languages"].take();
        let counts: Vec<(&str, i64)> = found
            .as_object()
            .unwrap()
            .iter()
            .map(|(language, score)| (language.as_str(), score["num_comments"].as_i64().unwrap()))
            .collect();
        assert_eq!(counts, [("de", 16), ("en", 60), ("fr", 4)], "{engine}: {found}");
    }
}

#[tokio::test]
async fn few_examples_are_said_to_prove_little() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 60).await;
        annotate(&app, &source_id, 12).await;
        app.run_jobs().await;
        let found = validation(&app).await;
        assert_eq!(found["mean_average_precision_safe"], Value::Null, "{engine}");
        let label = &found["labels"]["Exchange rate"];
        assert_eq!((&label["_evidence"], &label["_scored_on"]), (&json!("not_enough"), &json!("all_parts")), "{engine}");
        let interval = &label["_average_precision_interval"];
        assert!(interval["high"].as_f64().unwrap() - interval["low"].as_f64().unwrap() > 0.2, "six examples: {interval}");
        assert_eq!((&label["health"]["need_pinned"], &label["health"]["need_pinned_increment"]), (&json!(19), &json!(10)));
        assert!(kinds(&label["health"]["smart"]["warnings"]).contains(&"very_low_reviewed_comments"));
    }
}

#[tokio::test]
async fn labels_that_were_searched_for_are_biased_and_labels_set_by_lot_are_confused() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 200).await;
        let ui = |method: &str| {
            let (assignment_method, view) = ("manual", "explore");
            json!({"user_id": "1", "timestamp": "2024-01-01T00:00:00Z", "ui": {"assignment_method": assignment_method,
                "view": view, "retrieval_method": method, "has_label_filter": false}})
        };
        for n in 0..80 {
            // Two labels for the same texts, by lot: nothing tells them apart.
            let (name, method) = match (n % 2, n / 8 % 2) {
                (0, 0) => ("Late", "text_search"),
                (0, _) => ("Lost", "shuffle"),
                _ => ("Exchange rate", "shuffle"),
            };
            let label = json!({"name": name, "sentiment": "positive", "metadata": ui(method)});
            let body = json!({"labelling": [{"group": "default", "assigned": [label]}]});
            app.ok("POST", &format!("{DATASET}/labellings/{source_id}.c{n}"), body).await;
        }
        app.run_jobs().await;
        let found = validation(&app).await;
        let health = |name: &str| found["labels"][name]["health"]["smart"].clone();
        let late = health("Late");
        assert!(kinds(&late["warnings"]).contains(&"biased"), "{engine}: {late}");
        assert!(!kinds(&health("Lost")["warnings"]).contains(&"biased"));
        let confused = |smart: &Value| {
            let all = smart["warnings"].as_array().unwrap().clone();
            all.into_iter().find(|one| one["kind"] == "confused").map(|one| one["label"].as_str().unwrap().to_owned())
        };
        let pair = (confused(&late), confused(&health("Lost")));
        assert!(pair.0.as_deref() == Some("Lost") || pair.1.as_deref() == Some("Late"), "{engine}: {pair:?}");
        assert_eq!(confused(&health("Exchange rate")), None, "{engine}");
        assert!((contributor(&found, "biased", "text_search_ratio") - 0.25).abs() < 1e-6);
        let listed = factor(&found, "biased")["label_actions"].as_array().unwrap().clone();
        assert_eq!(listed.iter().map(|one| one["label"].as_str().unwrap()).collect::<Vec<_>>(), ["Late"], "{engine}");

        // What to do about the pair leads to comments of either label.
        let actions = app.ok("GET", &format!("{DATASET}/latest/training-actions/labels"), json!({})).await;
        let actions = actions["training_actions_labels"].as_array().unwrap();
        let apart = actions.iter().find(|one| matches!(one["sub_kind"].as_str(), Some("deconfuse" | "merge"))).unwrap();
        assert!(apart["plan"]["action"]["label"].is_string() && apart["plan"]["warning"]["label"].is_string(), "{apart}");
        let path = format!("{DATASET}/{}/training-action-comment-uids", apart["id"].as_str().unwrap());
        let uids = app.ok("GET", &path, json!({})).await;
        assert_eq!(uids["comment_uids"].as_array().unwrap().len(), 10, "{engine}");
    }
}

#[tokio::test]
async fn sources_that_a_caller_may_not_read_are_not_named() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 60).await;
        app.ok("PUT", "/api/_private/projects/other", json!({"project": {"title": "Other"}, "user_ids": []})).await;
        app.ok("PUT", "/api/v1/sources/other/hidden", json!({"source": {"title": "Hidden"}})).await;
        let hidden = app.ok("GET", "/api/v1/sources/other/hidden", json!({})).await["source"]["id"].as_str().unwrap().to_owned();
        let comments: Vec<Value> = (0..20).map(super::setting::comment).collect();
        app.ok("POST", "/api/v1/sources/other/hidden/sync", json!({"comments": comments})).await;
        app.ok("POST", DATASET_V1, json!({"dataset": {"source_ids": [source_id, hidden]}})).await;
        annotate(&app, &source_id, 20).await;
        annotate(&app, &hidden, 20).await;
        app.run_jobs().await;
        let found = validation(&app).await;
        let names = |found: &Value| found["_sources"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&found), ["acme/desk", "other/hidden"], "{engine}");
        let token = user(&app.env, "reader", &[], &[("acme", "voc-readonly"), ("acme", "sources-read")]).await;
        let headers = [("authorization", format!("Bearer {token}"))];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let path = format!("{DATASET}/labellers/latest/validation");
        let reply = app.send_raw("GET", &path, &headers, Vec::new()).await;
        assert_eq!(reply.status, 200, "{engine}: {}", reply.body);
        assert_eq!(names(&reply.body["validation"]), ["acme/desk"], "{engine}");
    }
}
