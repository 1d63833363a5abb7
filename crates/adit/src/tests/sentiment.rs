//! Sentiment, tone and quality of service end to end: annotated, learnt, predicted, queried, counted, streamed.

use std::sync::Arc;

use adit_ml::MiniLm;
use adit_testing::TestApp;
use serde_json::{Value, json};

use super::setting::{apps, apps_with};

const DATASET: &str = "/api/_private/datasets/acme/voices";
const DATASET_V1: &str = "/api/v1/datasets/acme/voices";
const TONE: &str = "0000000000000001";
const SERVICE: &str = "0000000000000002";

/// Texts with what they are about, and whether they speak well of it.
const TEXTS: [(&str, &str, bool); 16] = [
    ("the waiter was friendly and quick", "Staff", true),
    ("your staff helped me at once, thank you", "Staff", true),
    ("such a kind lady at the desk", "Staff", true),
    ("the people at the counter were great", "Staff", true),
    ("the waiter was rude and slow", "Staff", false),
    ("nobody of the staff helped me, a disgrace", "Staff", false),
    ("an arrogant man at the desk", "Staff", false),
    ("the people at the counter were awful", "Staff", false),
    ("the pasta was delicious and hot", "Food", true),
    ("excellent soup and lovely bread", "Food", true),
    ("best steak i ever had", "Food", true),
    ("the dessert was wonderful", "Food", true),
    ("the pasta was cold and bland", "Food", false),
    ("terrible soup and stale bread", "Food", false),
    ("worst steak i ever had", "Food", false),
    ("the dessert was disgusting", "Food", false),
];

const UNSEEN: [(&str, &str, bool); 4] = [
    ("the waitress was great and helpful", "Staff", true),
    ("a horrible and rude manager at the desk", "Staff", false),
    ("wonderful delicious bread and soup", "Food", true),
    ("the steak was disgusting, awful food", "Food", false),
];

/// A source with the texts and a few more, and a dataset whose first comments are annotated; returns the source's id.
async fn set_up(app: &TestApp, has_sentiment: bool) -> String {
    app.ok("PUT", "/api/_private/projects/acme", json!({"project": {"title": "Acme"}, "user_ids": []})).await;
    let source = app.ok("PUT", "/api/v1/sources/acme/desk", json!({"source": {"title": "Desk"}})).await;
    let source_id = source["source"]["id"].as_str().unwrap().to_owned();
    let texts = TEXTS.iter().chain(&UNSEEN).enumerate();
    let comment = |(n, (text, ..)): (usize, &(&str, &str, bool))| json!({"id": format!("c{n}"), "timestamp": format!("2024-03-{:02}T10:00:00Z", 1 + n % 9), "messages": [{"body": {"text": text}}]});
    let comments: Vec<Value> = texts.map(comment).collect();
    app.ok("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": comments})).await;
    let body = json!({"dataset": {"source_ids": [source_id], "has_sentiment": has_sentiment, "_label_properties": [TONE, SERVICE],
        "label_defs": [{"name": "Staff"}, {"name": "Food"}]}});
    app.ok("PUT", DATASET_V1, body).await;
    for (n, (_, label, is_well)) in TEXTS.iter().enumerate() {
        let sentiment = if *is_well || !has_sentiment { "positive" } else { "negative" };
        let labelling = json!({"labelling": [{"group": "default", "assigned": [{"name": label, "sentiment": sentiment}]}]});
        app.ok("POST", &format!("{DATASET}/labellings/{source_id}.c{n}"), labelling).await;
    }
    app.run_jobs().await;
    app.ok("PUT", &format!("{DATASET}/labellers/latest/pin"), json!({})).await;
    source_id
}

async fn apps_with_vectors() -> Vec<(&'static str, TestApp)> {
    let encoder = Arc::new(MiniLm::embedded(2).unwrap());
    apps_with(|env| env.with_service(adit_models::Engine::new(encoder.clone(), 2))).await
}

fn documents() -> Value {
    UNSEEN.iter().map(|(text, ..)| json!({"messages": [{"body": {"text": text}}]})).collect()
}

fn property(list: &Value, name: &str) -> f64 {
    let found = list.as_array().unwrap().iter().find(|one| one["property_name"] == name || one["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {list}"))["value"].as_f64().unwrap()
}

fn sentiment_of(labels: &Value, label: &str) -> f64 {
    let is_it = |one: &&Value| one["name"] == json!([label]);
    labels.as_array().unwrap().iter().find(is_it).unwrap_or_else(|| panic!("no {label} in {labels}"))["sentiment"]
        .as_f64()
        .unwrap()
}

#[tokio::test]
async fn labels_and_comments_have_the_sentiment_that_people_gave_them() {
    for (engine, app) in apps_with_vectors().await {
        let source_id = set_up(&app, true).await;
        let model = app.ok("POST", &format!("{DATASET}/labellers"), json!({})).await["labellers"][0]["version"].clone();
        let body = json!({"documents": documents(), "threshold": 0.0});
        let predicted = app.ok("POST", &format!("{DATASET_V1}/labellers/{model}/predict"), body.clone()).await;
        let uids: Vec<String> = (16..20).map(|n| format!("{source_id}.c{n}")).collect();
        let by_uid = json!({"uids": uids, "threshold": 0.0});
        let stored = app.ok("POST", &format!("{DATASET_V1}/labellers/{model}/predict-comments"), by_uid).await;
        let query = json!({"filter": {"reviewed": "only_unreviewed"}, "order": {"kind": "recent"}, "limit": 10});
        let queried = app.ok("POST", &format!("{DATASET}/query"), query).await;
        for (n, (text, label, is_well)) in UNSEEN.iter().enumerate() {
            let sign = if *is_well { 1.0 } else { -1.0 };
            let of_label = sentiment_of(&predicted["predictions"][n], label);
            assert!(sign * of_label > 0.2 && of_label.abs() <= 1.0, "{engine} {text}: {of_label}");
            let total = predicted["sentiment"][n]["total"].as_f64().unwrap();
            assert!(sign * total > 0.2 && total.abs() <= 1.0, "{engine} {text}: {total}");
            let tone = property(&predicted["label_properties"][n], "tone");
            assert!(sign * tone > 1.0 && tone.abs() <= 10.0, "{engine} {text}: {tone}");

            let one = &stored["predictions"][n];
            assert!((sentiment_of(&one["labels"], label) - of_label).abs() < 1e-6);
            assert!((one["sentiment"]["total"].as_f64().unwrap() - total).abs() < 1e-6);
            assert!((property(&one["label_properties"], "tone") - tone).abs() < 1e-5);
            let results = queried["results"].as_array().unwrap();
            let shown = results.iter().find(|it| it["comment"]["id"] == format!("c{}", 16 + n)).unwrap();
            assert!((sentiment_of(&shown["labelling"][0]["predicted"], label) - of_label).abs() < 1e-6);
            assert!((property(&shown["label_properties"], "tone") - tone).abs() < 1e-5);
            assert_eq!(shown["label_properties"][0]["breakdown"]["other_group_contributions"][0]["name"], "text");
        }
        let latest = app.ok("POST", &format!("{DATASET}/labellers/predict"), body).await;
        assert_eq!(
            (&latest["sentiment"], &latest["label_properties"]),
            (&predicted["sentiment"], &predicted["label_properties"])
        );

        for (sentiment, expected) in [("positive", "c16"), ("negative", "c17")] {
            let order = json!({"kind": "by_label", "label": "Staff", "sentiment": sentiment});
            let body = json!({"filter": {"reviewed": "only_unreviewed"}, "order": order, "limit": 20});
            let page = app.ok("POST", &format!("{DATASET}/query"), body).await;
            let ids: Vec<&str> =
                page["results"].as_array().unwrap().iter().map(|it| it["comment"]["id"].as_str().unwrap()).collect();
            let other = if expected == "c16" { "c17" } else { "c16" };
            assert!(ids.contains(&expected) && !ids.contains(&other), "{engine} {sentiment}: {ids:?}");
        }
        let body = json!({"comment_filter": {}, "label_timeseries": false, "label_property_timeseries": false});
        let statistics = app.ok("POST", &format!("{DATASET}/statistics"), body).await;
        let staff = &statistics["statistics"]["label_counts"]["Staff"];
        let (well, ill) = (staff["positive"].as_f64().unwrap(), staff["negative"].as_f64().unwrap());
        assert!(
            well > 4.2 && ill > 4.2 && well + ill < 12.1,
            "{engine}: four of each were annotated, one of each predicted: {staff}"
        );
        let filtered =
            json!({"comment_filter": {"sources": [source_id]}, "label_timeseries": false, "label_property_timeseries": false});
        let filtered = app.ok("POST", &format!("{DATASET}/statistics"), filtered).await;
        let same = &filtered["statistics"]["label_counts"]["Staff"];
        assert!((same["negative"].as_f64().unwrap() - ill).abs() < 1e-6, "{engine}: {same} {staff}");
    }
}

#[tokio::test]
async fn tone_and_service_order_comments_count_and_are_streamed() {
    for (engine, app) in apps_with_vectors().await {
        let source_id = set_up(&app, false).await;
        let documents = json!({"documents": documents(), "threshold": 0.0});
        let predicted = app.ok("POST", &format!("{DATASET}/labellers/predict"), documents.clone()).await;
        assert_eq!(predicted["sentiment"], Value::Null, "{engine}: the dataset has no sentiment");
        assert_eq!(predicted["predictions"][0][0]["sentiment"], Value::Null);
        let tones: Vec<f64> = predicted["label_properties"].as_array().unwrap().iter().map(|it| property(it, "tone")).collect();
        assert!(tones[0] > 1.0 && tones[1] < -1.0 && tones[2] > 1.0 && tones[3] < -1.0, "{engine}: {tones:?}");
        let service = property(&predicted["label_properties"][0], "quality_of_service");
        assert!((service - 0.1 * tones[0]).abs() < 1e-5, "no label has an impact yet");

        let impact = |value: f64| json!({"label": {"properties": [{"name": "quality_of_service", "value": value}]}});
        let label = format!("{DATASET}/labels/default");
        let error = app.err("POST", &format!("{label}?label_name=Staff"), impact(10.5)).await;
        assert!(error.0 == 422 && error.1.contains("between -10 and 10"), "{error:?}");
        app.ok("POST", &format!("{label}?label_name=Staff"), impact(-8.0)).await;
        app.run_jobs().await;
        let predicted = app.ok("POST", &format!("{DATASET}/labellers/predict"), documents).await;
        let properties = &predicted["label_properties"][0];
        let labels = predicted["predictions"][0].as_array().unwrap();
        let of_staff = labels.iter().find(|it| it["name"] == json!(["Staff"])).unwrap()["probability"].as_f64().unwrap();
        let expected = 0.9 * -8.0 * of_staff + 0.1 * tones[0];
        let service = property(properties, "quality_of_service");
        assert!((service - expected).abs() < 1e-4, "{engine}: {service} {expected}");
        let breakdown = &properties[1]["_breakdown"];
        assert_eq!(breakdown["label_contributions"][0]["name"], "Staff");
        assert_eq!(breakdown["other_group_contributions"][0]["name"], "tone");

        for (direction, is_right) in [("ascending", true), ("descending", false)] {
            let order = json!({"kind": "label_property", "label_property_id": SERVICE, "direction": direction});
            let mut values = Vec::new();
            let mut token = Value::Null;
            loop {
                let mut body = json!({"filter": {}, "order": order, "limit": 7});
                if !token.is_null() {
                    body["continuation"] = token;
                }
                let page = app.ok("POST", &format!("{DATASET}/query"), body).await;
                let shown =
                    page["results"].as_array().unwrap().iter().map(|it| property(&it["label_properties"], "quality_of_service"));
                values.extend(shown);
                token = page["continuation"].clone();
                if token.is_null() {
                    break;
                }
            }
            assert_eq!(values.len(), 20, "{engine} {direction}");
            let in_order =
                values.windows(2).all(|pair| if is_right { pair[0] <= pair[1] + 1e-5 } else { pair[0] + 1e-5 >= pair[1] });
            assert!(in_order, "{engine} {direction}: the changed impact is met: {values:?}");
            let body = json!({"filter": {}, "order": order, "limit": 20, "collapse_mode": "thread_id"});
            assert_eq!(app.ok("POST", &format!("{DATASET}/query"), body).await["results"].as_array().unwrap().len(), 20);
        }

        let ask = |filter: Value, timeseries: bool| {
            json!({"comment_filter": filter, "by_label_properties": [SERVICE, TONE], "label_timeseries": false,
                "label_property_timeseries": timeseries, "time_resolution": "day"})
        };
        let whole = app.ok("POST", &format!("{DATASET}/statistics"), ask(json!({}), false)).await["statistics"].clone();
        let by_day = app.ok("POST", &format!("{DATASET}/statistics"), ask(json!({}), true)).await["statistics"].clone();
        let sums = |of: &Value| of.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect::<Vec<_>>();
        let (one, other) = (&whole["label_property_summary"], &by_day["label_property_summary"]);
        assert!((sums(&one["totals"])[0] - sums(&other["totals"])[0]).abs() < 1e-6, "{engine}: {one} {other}");
        assert!(sums(&one["totals"])[0] < -30.0, "half of the comments are about staff: {one}");
        for n in 0..2 {
            let (a, b) = (&one["labels"][n], &other["labels"][n]);
            assert_eq!(a["label_name"], b["label_name"]);
            assert!((sums(&a["label_property_sums"])[0] - sums(&b["label_property_sums"])[0]).abs() < 1e-6, "{engine}: {a} {b}");
        }
        let mut by_source = ask(json!({}), false);
        by_source["source_counts"] = json!({"limit": 5});
        let by_source = app.ok("POST", &format!("{DATASET}/statistics"), by_source).await["statistics"]["source_counts"].clone();
        let digest = &by_source["label_property_digest"][0]["label_property_digests"][1];
        assert!((digest["sum"].as_f64().unwrap() - sums(&one["totals"])[1]).abs() < 1e-6, "{engine}: {by_source}");
        let days = other["timeseries"].as_array().unwrap();
        assert_eq!((days.len(), &days[0]["timestamp_str"]), (9, &json!("2024-03-01")));
        let of_days: f64 = days.iter().map(|day| sums(&day["sums"])[1]).sum();
        assert!((of_days - sums(&other["totals"])[1]).abs() < 1e-6);

        let stream = json!({"stream": {"name": "all", "model": {"version": 1, "label_thresholds": []}}});
        app.ok("PUT", &format!("{DATASET_V1}/streams"), stream).await;
        app.ok("POST", &format!("{DATASET_V1}/streams/all/reset"), json!({"to_comment_created_at": "2020-01-01T00:00:00Z"}))
            .await;
        let fetched = app.ok("POST", &format!("{DATASET_V1}/streams/all/fetch"), json!({"size": 20})).await;
        let result = fetched["results"].as_array().unwrap().iter().find(|it| it["comment"]["id"] == "c16").unwrap();
        assert!((property(&result["label_properties"], "quality_of_service") - service).abs() < 1e-4, "{engine}");
        let results = app.ok("GET", &format!("{DATASET_V1}/streams/all/results?max_results=20"), json!({})).await;
        let result = results["results"].as_array().unwrap().iter().find(|it| it["comment"]["id"] == "c16").unwrap();
        assert!((property(&result["prediction"]["scores"], "tone") - tones[0]).abs() < 1e-4, "{engine}");

        // Switched off, nothing shows them, and what would need them says so.
        app.ok("POST", DATASET_V1, json!({"dataset": {"_label_properties": [TONE]}})).await;
        let shown = app.ok("GET", &format!("{DATASET}/labellings?id={source_id}.c16&return_predictions=true"), json!({})).await;
        let properties = shown["results"][0]["label_properties"].as_array().unwrap();
        assert_eq!((properties.len(), &properties[0]["id"]), (1, &json!(TONE)));
        let order = json!({"kind": "label_property", "label_property_id": SERVICE});
        assert_eq!(app.err("POST", &format!("{DATASET}/query"), json!({"filter": {}, "order": order})).await.0, 422);
        assert_eq!(app.err("POST", &format!("{DATASET}/statistics"), ask(json!({}), false)).await.0, 422);
        app.ok("POST", DATASET_V1, json!({"dataset": {"_label_properties": []}})).await;
        let shown = app.ok("GET", &format!("{DATASET}/labellings?id={source_id}.c16&return_predictions=true"), json!({})).await;
        assert_eq!(shown["results"][0]["label_properties"], Value::Null);
    }
}

#[tokio::test]
async fn without_vectors_words_tell_the_sentiment() {
    for (engine, app) in apps().await {
        set_up(&app, true).await;
        let body = json!({"documents": documents(), "threshold": 0.0});
        let predicted = app.ok("POST", &format!("{DATASET}/labellers/predict"), body).await;
        for (n, (text, label, is_well)) in UNSEEN.iter().enumerate() {
            let sign = if *is_well { 1.0 } else { -1.0 };
            let of_label = sentiment_of(&predicted["predictions"][n], label);
            let tone = property(&predicted["label_properties"][n], "tone");
            assert!(sign * of_label > 0.0 && sign * tone > 0.0, "{engine} {text}: {of_label} {tone}");
        }
        let before = app.ok("POST", &format!("{DATASET}/labellers"), json!({})).await["labellers"].as_array().unwrap().len();
        app.run_jobs().await;
        let after = app.ok("POST", &format!("{DATASET}/labellers"), json!({})).await["labellers"].as_array().unwrap().len();
        assert_eq!(before, after, "{engine}: the same decisions give no new version");
    }
}
