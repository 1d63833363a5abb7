//! The main job end to end: upload, annotate, learn, predict, stream.

use serde_json::{Value, json};

use super::setting::{annotate, apps, comment, filled};

const DATASET: &str = "/api/_private/datasets/acme/orders";
const DATASET_V1: &str = "/api/v1/datasets/acme/orders";

#[tokio::test]
async fn comments_become_annotations_become_a_model_become_predictions() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 60).await;
        assert_eq!(app.err("GET", &format!("{DATASET}/labellers/latest/validation"), json!({})).await.0, 404, "{engine}");
        let status = app.ok("GET", &format!("{DATASET}/labellers/status"), json!({})).await;
        assert_eq!(status["dataset_status"]["training_complete"], Value::Null);
        annotate(&app, &source_id, 40).await;
        app.run_jobs().await;

        let models = app.ok("POST", &format!("{DATASET}/labellers"), json!({})).await;
        assert_eq!(models["labellers"][0]["version"], 1);
        let status = app.ok("GET", &format!("{DATASET}/labellers/status"), json!({})).await;
        assert_eq!(status["dataset_status"]["inference_complete"], 1.0);
        let validation = app.ok("GET", &format!("{DATASET}/labellers/latest/validation"), json!({})).await;
        assert_eq!(validation["validation"]["reviewed_size"], 40);
        let label = json!({"label": "Card > Arrival"});
        let curve = app.ok("POST", &format!("{DATASET}/labellers/1/label-validation"), label).await;
        let n_points = curve["label_validation"]["thresholds"].as_array().unwrap().len();
        assert_eq!(curve["label_validation"]["recalls"].as_array().unwrap().len(), n_points);

        let documents = json!([{"messages": [{"body": {"text": "where is my card, it has not arrived"}}]}]);
        let latest =
            app.ok("POST", &format!("{DATASET}/labellers/predict"), json!({"documents": documents, "threshold": 0.0})).await;
        let best = &latest["predictions"][0][0];
        assert!(best["name"][0] == "Card", "{engine}: {latest}");
        let (status, _) = app.err("POST", &format!("{DATASET_V1}/labellers/1/predict"), json!({"documents": documents})).await;
        assert_eq!(status, 422, "an unpinned version does not serve v1");
        app.ok("PUT", &format!("{DATASET}/labellers/1/pin"), json!({})).await;
        app.ok("PUT", &format!("{DATASET}/model-tags/live"), json!({"model_tag": {"version": 1}})).await;
        let body =
            json!({"documents": documents, "threshold": "auto", "labels": [{"name": ["Card", "Arrival"], "threshold": 0.1}]});
        let live = app.ok("POST", &format!("{DATASET_V1}/labellers/live/predict"), body).await;
        assert_eq!(live["predictions"][0].as_array().unwrap().len(), 1);
        assert_eq!(live["model"]["version"], 1);
        let unknown = json!({"documents": documents, "labels": [{"name": ["No such"], "threshold": 0.1}]});
        assert_eq!(app.err("POST", &format!("{DATASET_V1}/labellers/1/predict"), unknown).await.0, 422);
        assert_eq!(app.err("POST", &format!("{DATASET_V1}/labellers/9/predict"), json!({"documents": []})).await.0, 404);

        let uids: Vec<String> = [51, 50, 55].iter().map(|n| format!("{source_id}.c{n}")).collect();
        let body = json!({"uids": uids, "threshold": "auto"});
        let predicted = app.ok("POST", &format!("{DATASET_V1}/labellers/1/predict-comments"), body).await;
        let order: Vec<&str> = predicted["predictions"].as_array().unwrap().iter().map(|p| p["uid"].as_str().unwrap()).collect();
        assert_eq!(order, uids);
        assert_eq!(app.err("DELETE", &format!("{DATASET}/labellers/1/pin"), json!({})).await.0, 409, "tagged live");
        app.ok("GET", &format!("{DATASET_V1}/labellers/1/validation"), json!({})).await;
    }
}

#[tokio::test]
async fn training_again_on_the_same_data_makes_no_new_version() {
    for (_, app) in apps().await {
        let (source_id, _) = filled(&app, 20).await;
        annotate(&app, &source_id, 10).await;
        app.run_jobs().await;
        annotate(&app, &source_id, 10).await;
        app.run_jobs().await;
        annotate(&app, &source_id, 12).await;
        app.run_jobs().await;
        let models = app.ok("POST", &format!("{DATASET}/labellers"), json!({})).await;
        let versions: Vec<i64> = models["labellers"].as_array().unwrap().iter().map(|m| m["version"].as_i64().unwrap()).collect();
        assert_eq!(versions, [2, 1]);
    }
}

#[tokio::test]
async fn a_stream_repeats_until_advanced_and_follows_new_comments() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 30).await;
        annotate(&app, &source_id, 20).await;
        app.run_jobs().await;
        app.ok("PUT", &format!("{DATASET}/labellers/1/pin"), json!({})).await;
        let filter = json!({"user_properties": {"string:Team": {"one_of": ["blue"]}}});
        let model = json!({"version": 1, "label_thresholds": [{"name": ["Exchange rate"], "threshold": 0.3}]});
        let stream = json!({"stream": {"name": "rates", "comment_filter": filter, "model": model}});
        let created = app.ok("PUT", &format!("{DATASET_V1}/streams"), stream.clone()).await;
        assert_eq!(created["stream"]["comment_filter"], filter);
        assert_eq!(app.err("PUT", &format!("{DATASET_V1}/streams"), stream).await.0, 409);
        let unpinned = json!({"stream": {"name": "other", "model": {"version": 77}}});
        assert_eq!(app.err("PUT", &format!("{DATASET_V1}/streams"), unpinned).await.0, 422);
        assert_eq!(app.err("DELETE", &format!("{DATASET}/labellers/1/pin"), json!({})).await.0, 409, "in use");

        let fetch = format!("{DATASET_V1}/streams/rates/fetch");
        let empty = app.ok("POST", &fetch, json!({"size": 4})).await;
        assert_eq!((empty["results"].as_array().unwrap().len(), &empty["is_end_sequence"]), (0, &json!(true)), "{engine}");
        let more: Vec<Value> = (30..42).map(comment).collect();
        app.ok("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": more})).await;
        let first = app.ok("POST", &fetch, json!({"size": 4})).await;
        assert_eq!(first, app.ok("POST", &fetch, json!({"size": 4})).await, "a read moves nothing");
        let ids: Vec<&str> = first["results"].as_array().unwrap().iter().map(|r| r["comment"]["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["c31", "c32", "c34", "c35"]);
        assert_eq!(first["filtered"], 2);

        let advance = format!("{DATASET_V1}/streams/rates/advance");
        app.ok("POST", &advance, json!({"sequence_id": first["results"][1]["sequence_id"]})).await;
        let second = app.ok("POST", &fetch, json!({"size": 2})).await;
        assert_eq!(second["results"][0]["comment"]["id"], "c34");
        app.ok("POST", &advance, json!({"sequence_id": second["sequence_id"]})).await;
        assert_eq!(app.err("POST", &advance, json!({"sequence_id": "garbage"})).await.0, 400);
        let results = app.ok("GET", &format!("{DATASET_V1}/streams/rates/results?max_results=100"), json!({})).await;
        let ids: Vec<&str> =
            results["results"].as_array().unwrap().iter().map(|r| r["comment"]["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["c37", "c38", "c40", "c41"]);
        assert_eq!(results["more_results"], false);
        app.ok("GET", "/api/preview/datasets/acme/orders/streams/rates/results", json!({})).await;
        app.ok("POST", &advance, json!({"sequence_id": results["results"][0]["continuation"]})).await;

        let at = first["results"][0]["comment"]["created_at"].clone();
        app.ok("POST", &format!("{DATASET_V1}/streams/rates/reset"), json!({"to_comment_created_at": at})).await;
        let again = app.ok("POST", &fetch, json!({"size": 100})).await;
        assert_eq!(again["results"].as_array().unwrap().len(), 8);

        let uid = format!("{source_id}.c31");
        let exceptions = json!({"exceptions": [{"uid": uid, "metadata": {"type": "Wrong Prediction"}}]});
        app.ok("PUT", &format!("{DATASET_V1}/streams/rates/exceptions"), exceptions).await;
        let stream_id = created["stream"]["id"].as_str().unwrap();
        let query =
            json!({"filter": {"trigger_exceptions": {stream_id: {"one_of": ["Wrong Prediction"]}}}, "order": {"kind": "recent"}});
        let tagged = app.ok("POST", &format!("{DATASET}/query"), query.clone()).await;
        assert_eq!(tagged["results"].as_array().unwrap().len(), 1, "{engine}");
        let summary = app.ok("POST", &format!("{DATASET}/summary"), json!({"filter": {}})).await;
        let expected = json!({stream_id: {"display_name": created["stream"]["title"], "types": ["Wrong Prediction"]}});
        assert_eq!(summary["summary"]["trigger_exceptions"], expected, "{engine}");
        app.ok("DELETE", &format!("{DATASET_V1}/streams/rates/exceptions?uid={uid}"), json!({})).await;
        let tagged = app.ok("POST", &format!("{DATASET}/query"), query).await;
        assert_eq!(tagged["results"].as_array().unwrap().len(), 0);

        let old = app.ok("GET", &format!("{DATASET_V1}/triggers/rates"), json!({})).await;
        assert_eq!(old["trigger"]["id"], created["stream"]["id"]);
        app.ok("POST", &format!("{DATASET_V1}/triggers/rates/fetch"), json!({"size": 1})).await;
        app.ok("DELETE", &format!("{DATASET_V1}/triggers/rates"), json!({})).await;
        assert_eq!(app.ok("GET", &format!("{DATASET_V1}/streams"), json!({})).await["streams"], json!([]));
    }
}

pub(super) async fn walk(app: &adit_testing::TestApp, order: Value, limit: usize) -> Vec<String> {
    let mut ids = Vec::new();
    let mut continuation = Value::Null;
    loop {
        let body = json!({"filter": {}, "order": order, "limit": limit, "continuation": continuation});
        let page = app.ok("POST", &format!("{DATASET}/query"), body).await;
        let results = page["results"].as_array().unwrap();
        assert!(results.len() <= limit);
        ids.extend(results.iter().map(|r| r["comment"]["id"].as_str().unwrap().to_owned()));
        continuation = page["continuation"].clone();
        if continuation.is_null() {
            return ids;
        }
    }
}

#[tokio::test]
async fn orders_cover_every_comment_once_and_statistics_agree() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 50).await;
        annotate(&app, &source_id, 30).await;
        app.run_jobs().await;
        let all = |mut ids: Vec<String>| {
            ids.sort();
            ids.dedup();
            ids.len()
        };
        let recent = walk(&app, json!({"kind": "recent"}), 7).await;
        assert_eq!((recent.len(), all(recent.clone()), recent[0].as_str()), (50, 50, "c49"), "{engine}");
        let sample = walk(&app, json!({"kind": "sample", "seed": 42}), 7).await;
        assert_eq!((sample.len(), all(sample.clone())), (50, 50));
        assert_eq!(sample, walk(&app, json!({"kind": "sample", "seed": 42}), 16).await);
        assert_ne!(sample, walk(&app, json!({"kind": "sample", "seed": 43}), 16).await);
        let any = walk(&app, json!({"kind": "any_label_asc"}), 7).await;
        assert_eq!((any.len(), all(any)), (50, 50));
        let card = walk(&app, json!({"kind": "by_label", "label": "Card > Arrival"}), 4).await;
        assert_eq!(all(card.clone()), card.len());
        assert!(card[..15].iter().all(|id| id[1..].parse::<usize>().unwrap() % 2 == 0), "assigned ones first: {card:?}");
        let parent = walk(&app, json!({"kind": "by_label", "label": "Card"}), 9).await;
        assert!(parent.len() >= 15);
        let bad = json!({"filter": {}, "order": {"kind": "recent"}, "continuation": "zzz"});
        assert_eq!(app.err("POST", &format!("{DATASET}/query"), bad).await.0, 400);

        let ask = json!({"comment_filter": {}, "label_property_timeseries": false, "label_timeseries": false});
        let counted = app.ok("POST", &format!("{DATASET}/statistics"), ask).await;
        assert_eq!(counted["statistics"]["num_comments"], 50);
        let n_card = counted["statistics"]["label_counts"]["Card"]["positive"].as_f64().unwrap();
        assert!((15.0..=50.0).contains(&n_card), "{n_card}");
        let reviewed = json!({"comment_filter": {"reviewed": "only_reviewed", "sources": [source_id]}});
        let counted = app.ok("POST", &format!("{DATASET}/statistics"), reviewed).await;
        assert_eq!(counted["statistics"]["num_comments"], 30);
        assert_eq!(counted["statistics"]["label_counts"]["Exchange rate"]["positive"], 15.0);
        let red =
            json!({"comment_filter": {"user_properties": {"string:Team": {"one_of": ["red"]}, "number:NPS": {"minimum": 3}}}});
        let counted = app.ok("POST", "/api/v1/sources/acme/desk/statistics", red).await;
        let expected = (0..50).filter(|n| n % 3 == 0 && n % 11 >= 3).count();
        assert_eq!(counted["statistics"]["num_comments"], expected);

        let token = format!("Bearer {}", app.token);
        let headers = [("authorization", token.as_str()), ("accept", "text/csv")];
        let body = json!({"filter": {}, "order": {"kind": "sample", "seed": 42}, "limit": 150_000}).to_string();
        let table = app.send_raw("POST", &format!("{DATASET}/query"), &headers, body.into()).await;
        let text = String::from_utf8(table.bytes).unwrap();
        assert!(text.starts_with("Date,ID,Message,Card"), "{}", text.lines().next().unwrap_or_default());
        assert_eq!(text.lines().count(), 51);
    }
}
