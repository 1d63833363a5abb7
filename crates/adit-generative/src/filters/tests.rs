//! Conversational filters through HTTP, and how conditions become filters.

use adit_kernel::{Id, Timestamp};
use serde_json::{Value, json};

use super::conditions::Conditions;
use super::inventory::{Inventory, Property, SourceItem};
use super::previous::Filter;
use super::resolve::{Resolved, resolve};
use crate::taxonomy_text::ShownLabel;
use crate::tests_world::{DATASET, Endpoint, FakeLlm, PRIVATE, says, worlds};

/// Conditions of a sentence that says nothing, changed.
fn conditions(changes: Value) -> Value {
    let mut all = json!({
        "start_from": "nothing", "drop": [], "conversations": false, "reviewed": null, "period": null, "from_date": null,
        "to_date": null, "labels": [], "without_labels": [], "sources": [], "properties": [], "senders": [], "not_senders": [],
        "recipients": [], "attachments": null, "not_possible": [],
    });
    for (key, value) in changes.as_object().unwrap() {
        all[key] = value.clone();
    }
    all
}

fn property(name: &str, changes: Value) -> Value {
    let mut all = json!({"name": name, "one_of": [], "not_one_of": [], "minimum": null, "maximum": null});
    for (key, value) in changes.as_object().unwrap() {
        all[key] = value.clone();
    }
    all
}

#[tokio::test]
async fn a_sentence_becomes_a_filter_that_the_dataset_understands() {
    let fake = FakeLlm::start(vec![]).await;
    let path = format!("{PRIVATE}/conversational-filter-query");
    for world in worlds(Some(fake.options())).await {
        let source =
            world.filled(&["one", "two", "three"], json!([{"name": "Card > Arrival"}, {"name": "Rate"}]), &["gpt4"]).await;
        world.app.ok("POST", "/api/v1/sources/acme/desk", json!({"source": {"sensitive_properties": ["string:Secret"]}})).await;
        fake.play(says(conditions(json!({
            "period": "last_week", "labels": ["arrival", "Refunds"], "sources": ["help desk"], "conversations": true,
            "properties": [property("team", json!({"one_of": ["red", "Green"]})), property("number:NPS", json!({"minimum": 1}))],
            "senders": ["acme.test"], "not_possible": ["that sound angry"],
        }))));
        let reply = world.app.ok("POST", &path, json!({"query": "late cards of the red team last week that sound angry"})).await;
        assert_eq!(
            reply["filter"],
            json!({
                "timestamp": {"minimum": "2024-02-26T00:00:00Z", "maximum": "2024-03-03T23:59:59.999999Z"},
                "sources": [source],
                "user_properties": {"string:Team": {"one_of": ["Red"]}, "number:NPS": {"minimum": 1.0}},
                "messages": {"from": {"domain_one_of": ["acme.test"]}},
            })
        );
        let labels = json!([{"attribute": "labels", "filter": {"kind": "string_any_of", "any_of": ["Card > Arrival"]}}]);
        assert_eq!(reply["attribute_filters"], labels);
        assert_eq!((&reply["resolved"], &reply["unresolved"], &reply["thread_mode"]), (&json!(6), &json!(3), &json!(true)));
        let said = reply["reply"].as_str().unwrap();
        assert!(said.contains("label `Card > Arrival`") && said.ends_with("`label Refunds`, `that sound angry`."), "{said}");
        let heard = fake.heard().pop().unwrap();
        assert!(heard.turn(0).contains("Tuesday, 2024-03-05"));
        assert!(heard.turn(1).contains("string:Team") && heard.turn(1).contains("Blue"));
        assert!(!heard.turn(1).contains("Secret"), "sensitive properties are not for a model");
        assert!(!heard.turn(1).contains("three"), "a filter needs no messages");
    }
}

#[tokio::test]
async fn the_filter_that_is_set_can_be_narrowed_and_taken_back() {
    let fake = FakeLlm::start(vec![]).await;
    let path = format!("{PRIVATE}/conversational-filter-query");
    let world = worlds(Some(fake.options())).await.remove(0);
    world.filled(&["one"], json!([{"name": "Rate"}]), &["gpt4"]).await;
    fake.play(says(conditions(json!({"start_from": "previous", "drop": ["time"], "reviewed": "only_unreviewed"}))));
    let set = json!({
        "filter": {"timestamp": {"minimum": "2024-01-01T00:00:00Z"}, "user_properties": {"string:Team": {"one_of": ["Red"]}}},
        "attribute_filters": [{"attribute": "labels", "filter": {"kind": "string_any_of", "any_of": ["Rate"]}}],
    });
    let body = json!({"query": "only unreviewed, any time", "previous_filter": set.to_string()});
    let reply = world.app.ok("POST", &path, body).await;
    assert_eq!(reply["filter"], json!({"user_properties": {"string:Team": {"one_of": ["Red"]}}, "reviewed": "only_unreviewed"}));
    assert_eq!(reply["attribute_filters"], set["attribute_filters"]);
    assert_eq!((&reply["resolved"], &reply["unresolved"]), (&json!(1), &json!(0)));
    assert!(fake.heard()[0].turn(1).contains("2024-01-01"));
}

#[tokio::test]
async fn bad_requests_and_absent_consent_never_reach_the_model() {
    let fake = FakeLlm::start(vec![]).await;
    let path = format!("{PRIVATE}/conversational-filter-query");
    let world = worlds(Some(fake.options())).await.remove(0);
    world.filled(&["one"], json!([]), &["gpt4"]).await;
    for (body, word) in [
        (json!({}), "'query'"),
        (json!({"query": " "}), "`query`"),
        (json!({"query": "x".repeat(2001)}), "`query`"),
        (json!({"query": "x", "previous_filter": "red"}), "`previous_filter`"),
        (json!({"query": "x", "previous_filter": "{\"reviewed\": \"maybe\"}"}), "`previous_filter`"),
        (json!({"query": "x", "previous_filter": "{\"attribute_filters\": [{\"attribute\": \"x\"}]}"}), "`previous_filter`"),
    ] {
        let (code, message) = world.app.err("POST", &path, body).await;
        assert!(code == 400 && message.contains(word), "{code} {message}");
    }
    world.app.ok("POST", DATASET, json!({"dataset": {"_dataset_flags": []}})).await;
    let (code, message) = world.app.err("POST", &path, json!({"query": "x"})).await;
    assert!(code == 422 && message.contains("`gpt4`"), "{code} {message}");
    let off = worlds(None).await.remove(0);
    off.filled(&["one"], json!([]), &["gpt4"]).await;
    let (code, message) = off.app.err("POST", &path, json!({"query": "x"})).await;
    assert!(code == 422 && message.contains("--llm-url") && message.contains("--llm-model"), "{code} {message}");
    assert!(fake.heard().is_empty());
}

#[tokio::test]
async fn dates_that_do_not_exist_are_sent_back() {
    let fake = FakeLlm::start(vec![
        says(conditions(json!({"from_date": "2024-02-30"}))),
        says(conditions(json!({"from_date": "2024-02-29", "to_date": "2024-02-29"}))),
    ])
    .await;
    let world = worlds(Some(fake.options())).await.remove(0);
    world.filled(&["one"], json!([]), &["gpt4"]).await;
    let reply = world.app.ok("POST", &format!("{PRIVATE}/conversational-filter-query"), json!({"query": "on leap day"})).await;
    let day = json!({"minimum": "2024-02-29T00:00:00Z", "maximum": "2024-02-29T23:59:59.999999Z"});
    assert_eq!(reply["filter"], json!({"timestamp": day}));
    assert_eq!(fake.heard().len(), 2);
}

fn inventory() -> Inventory {
    let label = |name: &str| ShownLabel { name: name.into(), description: String::new() };
    let source = |id: u64, name: &str, title: &str| SourceItem { id: Id::new(id), name: name.into(), title: title.into() };
    let property = |name: &str, values: &[&str], is_open| Property {
        name: name.into(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        is_open,
    };
    Inventory {
        labels: vec![label("Card > Arrival"), label("Card > Lost"), label("Parcel > Lost"), label("Ärger")],
        sources: vec![source(1, "acme/desk", "Desk"), source(2, "other/desk", "Desk")],
        properties: vec![
            property("string:Team", &["Red"], false),
            property("string:City", &["Bonn"], true),
            property("number:Team", &[], false),
        ],
    }
}

fn resolved(changes: Value, previous: Option<Filter>) -> Resolved {
    let conditions: Conditions = serde_json::from_value(conditions(changes)).unwrap();
    conditions.check().unwrap();
    let resolved = resolve(&conditions, &inventory(), previous, Timestamp::parse("2024-03-05T09:00:00Z").unwrap());
    resolved.filter.check().unwrap();
    resolved
}

#[test]
fn what_is_ambiguous_or_unknown_is_told_and_never_guessed() {
    let not_understood = |changes: Value| resolved(changes, None).not_understood;
    assert_eq!(not_understood(json!({"labels": ["lost"]})), ["label lost"]);
    assert_eq!(not_understood(json!({"labels": ["parcel > LOST", "card", "ärger"]})), Vec::<String>::new());
    assert_eq!(not_understood(json!({"sources": ["Desk"]})), ["source Desk"]);
    assert_eq!(not_understood(json!({"sources": ["acme/desk"]})), Vec::<String>::new());
    assert_eq!(not_understood(json!({"properties": [property("Team", json!({"one_of": ["Red"]}))]})), ["property Team"]);
    assert_eq!(
        not_understood(json!({"properties": [property("string:Team", json!({"one_of": ["Pink"]}))]})),
        ["string:Team: Pink"]
    );
    assert_eq!(not_understood(json!({"properties": [property("city", json!({"one_of": ["Köln"]}))]})), Vec::<String>::new());
    assert_eq!(not_understood(json!({"properties": [property("number:Team", json!({"one_of": ["many"]}))]})).len(), 1);
    assert_eq!(not_understood(json!({"properties": [property("number:Team", json!({"minimum": 3, "maximum": 1}))]})).len(), 1);
    assert_eq!(not_understood(json!({"from_date": "2024-03-02", "to_date": "2024-03-01"})).len(), 1);
}

#[test]
fn people_are_told_apart_by_how_they_are_written() {
    let found = resolved(
        json!({"senders": ["ann@acme.test", "@bank.test", "bank.test", "Acme"], "not_senders": ["bob@acme.test"]}),
        None,
    );
    let from = json!({
        "one_of": ["ann@acme.test"], "domain_one_of": ["bank.test", "bank.test"], "organisation_one_of": ["Acme"],
        "not_one_of": ["bob@acme.test"],
    });
    assert_eq!(found.filter.comment["messages"], json!({"from": from}));
}

#[test]
fn what_is_said_anew_stands_in_place_of_what_was_said() {
    let set = |attributes: Value| Filter { attributes: attributes.as_array().unwrap().clone(), ..Filter::default() };
    let any = |name: &str| json!({"attribute": "labels", "filter": {"kind": "string_any_of", "any_of": [name]}});
    let before = set(json!([any("Card > Lost")]));
    let found =
        resolved(json!({"start_from": "previous", "labels": ["Card > Arrival"], "attachments": "with"}), Some(before.clone()));
    let files = json!({"attribute": "attachment_property_num_attachments", "filter": {"kind": "number_range", "minimum": 1}});
    assert_eq!(found.filter.attributes, [any("Card > Arrival"), files]);
    assert_eq!(resolved(json!({}), Some(before.clone())).filter, Filter::default(), "a new sentence begins anew");
    assert_eq!(resolved(json!({"start_from": "previous", "drop": ["labels"]}), Some(before)).reply(), "No filter is set.");
}
