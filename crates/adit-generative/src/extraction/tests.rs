//! Extraction through HTTP, on both engines.

use serde_json::{Value, json};

use crate::tests_world::{DATASET, Endpoint, FakeLlm, PRIVATE, World, says, worlds};

fn labels() -> Value {
    let field = |name: &str, kind: &str| json!({"name": name, "kind": kind});
    json!([
        {"name": "Refund", "instructions": "Money is asked back.", "moon_form": [field("Amount", "policy-number"), field("Policy", "policy-number")]},
        {"name": "Complaint"},
    ])
}

fn field(name: &str, quote: &str) -> Value {
    json!({"field": name, "quote": quote, "choice": null, "confidence": "certain"})
}

fn record(label: &str, fields: Value) -> Value {
    json!({"label": label, "confidence": "likely", "fields": fields})
}

fn document(text: &str) -> Value {
    json!({"messages": [{"body": {"text": text}, "subject": {"text": "Refund P-1"}}], "user_properties": {}})
}

fn path(version: &str) -> String {
    format!("{PRIVATE}/labellers/{version}/predict-extractions")
}

async fn predict(world: &World, texts: &[&str]) -> Value {
    let documents: Vec<Value> = texts.iter().map(|text| document(text)).collect();
    world.app.ok("POST", &path("latest"), json!({"documents": documents})).await["predictions"].clone()
}

#[tokio::test]
async fn every_request_in_a_text_gets_a_record_of_values_that_stand_there() {
    let fake = FakeLlm::start(vec![]).await;
    for world in worlds(Some(fake.options())).await {
        world.filled(&[], labels(), &["external_moon_llm"]).await;
        fake.play(says(json!({"records": [
            record("Refund", json!([field("Policy", "P-1"), field("Amount", "£10")])),
            record("Refund", json!([field("Amount", "£20"), field("Policy", "P-99")])),
        ]})));
        let predictions = predict(&world, &["😀 please refund £10, and £20 for the other"]).await;
        let group = &predictions[0]["groups"][0];
        assert_eq!((&group["group"], &group["extractions"][0]["label"]), (&json!("default"), &json!({"name": "Refund"})));
        let captures = group["extractions"][0]["captures"].as_array().unwrap();
        assert_eq!(captures.len(), 2);
        let dataset = world.app.ok("GET", DATASET, Value::Null).await["dataset"].clone();
        let form = &dataset["label_defs"][0]["moon_form"];
        let amount = &captures[0]["fields"][0];
        assert_eq!((&amount["field_id"], &amount["field_type_id"]), (&form[0]["field_id"], &form[0]["field_type_id"]));
        assert_eq!(
            (&amount["name"], &amount["formatted_value"], &amount["kind"]),
            (&json!("Amount"), &json!("£10"), &json!("policy-number"))
        );
        let span = json!({"content_part": "body", "message_index": 0, "char_start": 16, "char_end": 19, "utf16_byte_start": 34, "utf16_byte_end": 40});
        assert_eq!((&amount["span"], &amount["spans"]), (&span, &json!([span])));
        assert_eq!(captures[0]["fields"][1]["span"]["content_part"], "subject");
        // `P-99` stands nowhere, so nobody could check it.
        assert_eq!(captures[1]["fields"].as_array().unwrap().len(), 1);
        assert_eq!(captures[1]["fields"][0]["formatted_value"], "£20");
        assert_eq!(captures[0]["probability"], 0.75);
        let heard = fake.heard().pop().unwrap();
        assert!(!heard.turn(1).contains("Complaint"), "labels without a form are no question");
        assert!(!heard.turn(1).contains("filled in"), "there are no examples yet");
    }
}

#[tokio::test]
async fn examples_of_people_and_choices_of_types_are_shown() {
    let fake = FakeLlm::start(vec![]).await;
    for world in worlds(Some(fake.options())).await {
        let source = world.filled(&["refund £7 to policy P-7 please"], labels(), &["external_moon_llm"]).await;
        let span = json!({"content_part": "body", "message_index": 0, "utf16_byte_start": 14, "utf16_byte_end": 18});
        let filled = json!({"label": {"name": "Refund", "sentiment": "positive"},
            "captures": [{"fields": [{"name": "Amount", "spans": [span], "formatted_value": "£7"}]}]});
        let body = json!({"moon_forms": [{"group": "default", "assigned": [filled], "dismissed": []}]});
        world.app.ok("POST", &format!("{PRIVATE}/labellings/{source}.0"), body).await;
        let choices =
            json!({"choices": [{"name": "Gold", "values": ["gold"]}, {"name": "Silver", "values": ["silver"]}], "regex": null});
        let type_ =
            json!([{"name": "policy-number", "title": "Tier", "inherits_from": [], "trainable": false, "rules": choices}]);
        world.app.ok("POST", DATASET, json!({"dataset": {"entity_defs": type_}})).await;
        let choice = |name: &str, choice: &str| json!({"field": name, "quote": "the shiny one", "choice": choice, "confidence": "possible"});
        fake.play(says(json!({"records": [record("Refund", json!([choice("Amount", "gold"), choice("Policy", "Bronze")]))]})));
        let predictions = predict(&world, &["for the shiny one"]).await;
        let fields = &predictions[0]["groups"][0]["extractions"][0]["captures"][0]["fields"];
        assert_eq!(fields.as_array().unwrap().len(), 1, "`Bronze` is no choice");
        assert_eq!((&fields[0]["formatted_value"], &fields[0]["probability"]), (&json!("Gold"), &json!(0.4)));
        let heard = fake.heard().pop().unwrap();
        assert!(heard.turn(1).contains("\"Amount\": \"£7\"") && heard.turn(1).contains("Silver"));
    }
}

#[tokio::test]
async fn answers_that_name_what_does_not_exist_are_sent_back() {
    let good = json!({"records": []});
    for (bad, rule) in [
        (json!({"records": [record("Complaint", json!([]))]}), "none of the labels"),
        (json!({"records": [record("Refund", json!([field("Colour", "x")]))]}), "no field `Colour`"),
        (json!({"records": [record("Refund", json!([field("Amount", "x"), field("Amount", "y")]))]}), "more than once"),
        (json!({"records": vec![record("Refund", json!([])); 65]}), "more than 64"),
    ] {
        let fake = FakeLlm::start(vec![says(bad), says(good.clone())]).await;
        let world = worlds(Some(fake.options())).await.remove(0);
        world.filled(&[], labels(), &["external_moon_llm"]).await;
        let predictions = predict(&world, &["hello"]).await;
        assert_eq!(predictions, json!([{"groups": [{"group": "default", "extractions": []}]}]));
        assert!(fake.heard()[1].turn(3).contains(rule), "{}", fake.heard()[1].turn(3));
    }
}

#[tokio::test]
async fn what_the_datasets_own_model_excludes_is_not_asked() {
    let fake = FakeLlm::start(vec![]).await;
    for world in worlds(Some(fake.options())).await {
        let texts: Vec<String> =
            (0..60).map(|n| if n % 2 == 0 { format!("refund my money {n}") } else { format!("you were rude {n}") }).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let source = world.filled(&texts, labels(), &["external_moon_llm"]).await;
        let label = |n: usize| if n.is_multiple_of(2) { "Refund" } else { "Complaint" };
        let annotations: Vec<Value> =
            (0..60).map(|n| json!({"comment_uid": format!("{source}.{n}"), "labels": [{"name": label(n)}]})).collect();
        world.app.ok("POST", &format!("{DATASET}/sync-annotations"), json!({"annotations": annotations})).await;
        world.app.run_jobs().await;
        let n_before = fake.heard().len();
        fake.play(says(json!({"records": [record("Refund", json!([]))]})));
        let predictions = predict(&world, &["you were rude again", "refund my money again"]).await;
        assert_eq!(fake.heard().len(), n_before + 1, "a complaint is not looked through for refunds");
        assert_eq!(predictions[0]["groups"][0]["extractions"], json!([]));
        let probability = predictions[1]["groups"][0]["extractions"][0]["captures"][0]["probability"].as_f64().unwrap();
        assert!(probability > 0.5 && probability != 0.75, "the model's own probability is told: {probability}");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_never_reaches_the_model() {
    let good = json!({"documents": [document("hello")]});
    let fake = FakeLlm::start(vec![]).await;
    let world = worlds(Some(fake.options())).await.remove(0);
    world.filled(&[], labels(), &["external_moon_llm"]).await;
    assert_eq!(world.app.err("POST", &path("7"), good.clone()).await.0, 404);
    assert_eq!(world.app.err("POST", &path("newest"), good.clone()).await.0, 400);
    assert_eq!(world.app.err("POST", &path("latest"), json!({"documents": vec![document("x"); 65]})).await.0, 400);
    // No documents and no text are no question.
    assert_eq!(predict(&world, &[]).await, json!([]));
    let empty = json!({"documents": [{"messages": [{"body": {"text": " "}}]}]});
    let reply = world.app.ok("POST", &path("latest"), empty).await;
    assert_eq!(reply["predictions"][0]["groups"][0]["extractions"], json!([]));
    // Without the flag nothing is shown to a language model, whatever else the answer is.
    world.app.ok("POST", DATASET, json!({"dataset": {"_dataset_flags": ["gpt4"]}})).await;
    world.app.send("POST", &path("latest"), good).await;
    assert!(fake.heard().is_empty());
}
