//! What there is to filter by.

use serde_json::{Value, json};

use super::setting::{annotate, apps, filled, user};

const DATASET: &str = "/api/_private/datasets/acme/orders";

fn named<'a>(list: &'a Value, key: &str, name: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|item| item[key] == name).unwrap()
}

#[tokio::test]
async fn a_summary_lists_properties_people_and_labels_within_the_filter() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 30).await;
        annotate(&app, &source_id, 10).await;
        let reply = app.ok("POST", &format!("{DATASET}/summary"), json!({"filter": {}})).await;
        let summary = &reply["summary"];
        let team = named(&summary["user_properties"]["string"], "full_name", "string:Team");
        assert_eq!(team["values"], json!([{"value": "blue"}, {"value": "red"}]), "{engine}: the most frequent first");
        assert_eq!(summary["user_properties"]["number"], json!([{"full_name": "number:NPS"}]));
        assert_eq!(summary["source_names"], json!(["acme/desk"]));
        assert_eq!(summary["email_properties"]["sender_domain"]["values"], json!([{"value": "acme.test"}]));
        assert_eq!(named(&summary["labels"], "name", "Card")["unfiltered_assigned"], json!({"positive": 5, "negative": 0}));
        assert_eq!(summary["annotation_metadata"]["unknown"], 10, "{engine}");
        let body = json!({"filter": {"user_properties": {"string:Team": {"one_of": ["red"]}}}, "label_filter": ["Card"]});
        let red = app.ok("POST", &format!("{DATASET}/summary"), body).await;
        let labels = red["summary"]["labels"].as_array().unwrap();
        assert_eq!((labels.len(), &labels[0]["filtered"]["positive"]), (1, &json!(2)), "{engine}: {red}");

        let all = app.ok("GET", &format!("{DATASET}/user-properties"), json!({})).await;
        let team = named(&all["user_properties"]["string"], "full_name", "string:Team");
        assert_eq!((&team["count"], &team["cardinality"]), (&json!(30), &json!(2)));
        let search = json!({"filter": {"attribute_filters": [
            {"attribute": "string:Team", "filter": {"kind": "string_search", "query": "RE"}}]}});
        let values = app.ok("POST", &format!("{DATASET}/user-properties/values"), search).await;
        assert_eq!(values["user_property"]["values"], json!([{"value": "red", "count": 10}]), "{engine}");
        let nameless = json!({"filter": {"attribute_filters": []}});
        assert_eq!(app.err("POST", &format!("{DATASET}/user-properties/values"), nameless).await.0, 422);

        // Sensitive properties are not told to those who may not see them.
        let source = json!({"source": {"sensitive_properties": ["string:Team"]}});
        app.ok("POST", "/api/v1/sources/acme/desk", source).await;
        let reader = user(&app.env, "reader", &[], &[("acme", "voc-readonly"), ("acme", "sources-read")]).await;
        let token = format!("Bearer {reader}");
        let seen = app.send_raw("GET", &format!("{DATASET}/user-properties"), &[("authorization", &token)], Vec::new()).await;
        assert_eq!(seen.body["user_properties"]["string"], json!([]), "{engine}: {}", seen.body);
    }
}
