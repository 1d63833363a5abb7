//! Statistics: counts by day, by property, by length of conversation, of comments and of conversations.

use serde_json::{Value, json};

use super::setting::{annotate, apps, comment, filled, text};

const DATASET: &str = "/api/_private/datasets/acme/orders";

fn sum(list: &Value) -> f64 {
    list.as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).sum()
}

#[tokio::test]
async fn statistics_break_counts_down_by_day_property_person_and_source() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 120).await;
        annotate(&app, &source_id, 120).await;
        let body = json!({
            "by_label_properties": [], "by_labels": {"top": {"num_top_labels": 2, "exclude_labels": ["Card"]}},
            "label_timeseries": true, "time_resolution": "day", "timezone": "Europe/Berlin",
            "string_user_property_counts": [{"group_by": "string:Team", "limit": 1}, {"group_by": "Team", "values": ["red", "green"]}],
            "email_property_counts": {"sender_organisation": {"limit": 5}, "recipient": {"limit": 5}},
            "source_counts": {}, "nps_property": "number:NPS",
        });
        let reply = app.ok("POST", &format!("{DATASET}/statistics"), body).await;
        let found = &reply["statistics"];
        assert_eq!(found["num_comments"], 120, "{engine}");
        assert_eq!(found["by_labels"], json!(["Card > Arrival", "Exchange rate"]), "{engine}: as frequent, so by name");
        assert_eq!(found["label_counts"]["Card"]["positive"], 60.0, "left out of the breakdown alone");

        let days = found["label_timeseries"].as_array().unwrap();
        let dates: Vec<&str> = days.iter().map(|day| day["timestamp_str"].as_str().unwrap()).collect();
        assert_eq!(dates, ["2024-03-01", "2024-03-02"], "{engine}");
        assert_eq!(days[0]["expected_count_any"], 60.0);
        assert_eq!(days[0]["label_sentiment_counts"], json!([30.0, 0.0, 30.0, 0.0]), "positive and negative of each label");

        let teams = &found["string_user_property_counts"];
        assert_eq!((&teams[0]["values"], &teams[0]["num_comments"]), (&json!(["blue"]), &json!([80.0])), "{engine}");
        assert_eq!((&teams[1]["values"], &teams[1]["num_comments"]), (&json!(["red", "green"]), &json!([40.0, 0.0])));
        assert_eq!(teams[1]["num_labels"], json!([[20.0, 20.0], [0.0, 0.0]]), "{engine}");
        assert_eq!(found["email_property_counts"]["sender_organisation"]["values"], json!(["acme"]));
        assert_eq!(found["email_property_counts"]["recipient"]["values"], json!(["desk@bank.test"]));
        assert_eq!(found["source_counts"]["values"], json!(["acme/desk"]));
        assert_eq!(found["source_counts"]["num_labels"], json!([[60.0, 60.0]]), "{engine}");

        let nps = &found["nps_summary"];
        let scores: Vec<f64> = nps["histogram"].as_array().unwrap().iter().map(|row| row[1].as_f64().unwrap()).collect();
        let expected: Vec<f64> = (0..11).map(|score| (0..120).filter(|n| n % 11 == score).count() as f64).collect();
        assert_eq!(scores, expected, "{engine}");
        assert_eq!(nps["bubbles"][0][0], 60.0);

        let refusals = [
            (json!({"by_label_properties": [], "timezone": "Mars/Olympus"}), 400, "timezone"),
            (json!({"by_label_properties": [], "by_labels": {"include": {"include_labels": ["Nope"]}}}), 422, "Nope"),
            (json!({"by_label_properties": [], "nps_property": "string:Team"}), 400, "nps_property"),
            (json!({"by_label_properties": [], "source_counts": {"limit": 0}}), 400, "limit"),
        ];
        for (body, status, word) in refusals {
            let (found, message) = app.err("POST", &format!("{DATASET}/statistics"), body).await;
            assert_eq!(found, status, "{engine}: {message}");
            assert!(message.contains(word), "{message}");
        }
    }
}

#[tokio::test]
async fn conversations_count_once_and_fall_into_bins_by_their_length() {
    for (engine, app) in apps().await {
        filled(&app, 0).await;
        // Ten conversations of three comments each, an hour apart, and five comments alone.
        let comments: Vec<Value> = (0..35)
            .map(|n| {
                let mut one = comment(n);
                one["timestamp"] = json!(format!("2024-03-01T{:02}:00:00Z", n % 3));
                if n < 30 {
                    one["thread_id"] = json!(format!("t{}", n / 3));
                }
                one
            })
            .collect();
        app.ok("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": comments})).await;
        let source = app.ok("GET", "/api/v1/sources/acme/desk", json!({})).await["source"]["id"].as_str().unwrap().to_owned();
        annotate(&app, &source, 35).await;
        let n_threads = |label: &str| (0..10).filter(|t| (3 * t..3 * t + 3).any(|n| text(n).0 == label)).count() as f64;
        let n_alone = |label: &str| (30..35).filter(|n| text(*n).0 == label).count() as f64;
        let binning = json!({"binning": {"fixed": {"interval": 2, "offset": 0}}});
        let mut body = json!({
            "by_label_properties": [], "thread_mode": true, "by_labels": {"include": {"include_labels": ["Exchange rate"]}},
            "thread_histogram": {"num_messages": binning, "duration": {"binning": {"variable": {"max_bins": 4}}}},
        });
        let reply = app.ok("POST", &format!("{DATASET}/statistics"), body.clone()).await;
        let found = &reply["statistics"];
        assert_eq!((&found["num_comments"], &found["thread_mode"]), (&json!(15), &json!(true)), "{engine}");
        let expected = n_threads("Exchange rate") + n_alone("Exchange rate");
        assert_eq!(found["label_counts"]["Exchange rate"]["positive"], expected, "{engine}");
        let bins = found["thread_histogram_counts"]["num_messages"]["bins"].as_array().unwrap();
        assert_eq!((&bins[0]["min"], &bins[0]["max"], &bins[0]["num_comments"]), (&json!(2.0), &json!(4.0), &json!(10.0)));
        assert_eq!(sum(&bins[0]["num_labels"]), n_threads("Exchange rate"), "{engine}");
        let durations = found["thread_histogram_counts"]["duration"]["bins"].as_array().unwrap();
        assert!(durations.len() <= 4 && durations.iter().any(|bin| bin["num_comments"] == 10.0), "{durations:?}");
        body["thread_mode"] = json!(false);
        let reply = app.ok("POST", &format!("{DATASET}/statistics"), body).await;
        assert_eq!(reply["statistics"]["num_comments"], 35);

        let whole = app.ok("POST", &format!("{DATASET}/summary"), json!({"thread_mode": true})).await;
        let label = |reply: &Value| {
            let labels = reply["summary"]["labels"].as_array().unwrap().clone();
            labels.into_iter().find(|label| label["name"] == "Exchange rate").unwrap()["filtered"]["positive"].clone()
        };
        assert_eq!(label(&whole).as_f64().unwrap(), expected, "{engine}: {whole}");
        let plain = app.ok("POST", &format!("{DATASET}/summary"), json!({})).await;
        assert!(label(&plain).as_f64().unwrap() > expected, "{engine}");
    }
}
