//! Fields end to end: defined, found at once, annotated, learnt, validated, streamed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use adit_ml::encoder::TokenStates;
use adit_ml::{Encoder, HashEncoder};
use adit_models::Engine;
use adit_testing::TestApp;
use serde_json::{Value, json};

use super::setting::{apps, apps_with};
use crate::wiring;

const DATASET: &str = "/api/_private/datasets/acme/claims";
const DATASET_V1: &str = "/api/v1/datasets/acme/claims";

/// The text of the n-th comment: a transfer with an amount and a reference, or a note that has neither label.
fn text(n: usize) -> String {
    let (day, amount) = (1 + n % 27, 100 + n);
    match n % 3 {
        0 => format!("😀 Please transfer £{amount} for file KX-{n}77, due {day} May 2024. Dated {day} January 2024."),
        1 => format!("Transfer of £{amount} is due {day} May 2024\nfile KX-{n}77, your letter of {day} January 2024"),
        _ => format!("We close on {day} January 2024, thank you all {n}"),
    }
}

fn span(text: &str, what: &str) -> Value {
    let start = text.find(what).unwrap();
    let units = |text: &str| 2 * text.encode_utf16().count();
    let (from, to) = (units(&text[..start]), units(&text[..start + what.len()]));
    json!({"content_part": "body", "message_index": 0, "utf16_byte_start": from, "utf16_byte_end": to})
}

async fn set_up(app: &TestApp, n: usize) -> String {
    app.ok("PUT", "/api/_private/projects/acme", json!({"project": {"title": "Acme"}, "user_ids": []})).await;
    let source = app.ok("PUT", "/api/v1/sources/acme/desk", json!({"source": {"title": "Desk"}})).await;
    let comment =
        |n: usize| json!({"id": format!("c{n}"), "timestamp": "2024-03-05T10:00:00Z", "messages": [{"body": {"text": text(n)}}]});
    let comments: Vec<Value> = (0..n).map(comment).collect();
    app.ok("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": comments})).await;
    let source_id = source["source"]["id"].as_str().unwrap().to_owned();
    let entity = |name: &str, base: &[&str], trainable: bool| json!({"name": name, "title": name, "inherits_from": base, "trainable": trainable});
    let choices = json!([{"name": "Thanks", "values": ["thank you", "cheers"]}]);
    let defs = json!([
        entity("money", &["money"], false),
        entity("due-date", &["date"], true),
        entity("file-number", &[], true),
        {"name": "courtesy", "title": "", "inherits_from": [], "trainable": false,
            "rules": {"choices": choices, "suppressors": ["thank you not"], "regex": null}},
    ]);
    let form = json!([{"name": "Amount", "kind": "money"}, {"name": "File", "kind": "file-number", "instructions": "of ours"}]);
    let labels = json!([{"name": "Transfer", "moon_form": form}, {"name": "Note"}]);
    let body = json!({"dataset": {"source_ids": [source_id], "has_sentiment": false, "entity_defs": defs, "label_defs": labels,
        "general_fields": [{"api_name": "deadline", "field_type_name": "due-date", "title": "Deadline"}]}});
    app.ok("PUT", DATASET_V1, body).await;
    source_id
}

async fn annotate(app: &TestApp, source_id: &str, count: usize) {
    annotate_some(app, source_id, &(0..count).collect::<Vec<_>>()).await;
}

async fn annotate_some(app: &TestApp, source_id: &str, which: &[usize]) {
    for &n in which {
        let text = text(n);
        let (day, uid) = (1 + n % 27, format!("{source_id}.c{n}"));
        let label = |name: &str| json!({"name": name, "sentiment": "positive"});
        let body = if n % 3 == 2 {
            json!({"labelling": [{"group": "default", "assigned": [label("Note")]}]})
        } else {
            let (due, file, amount) = (format!("{day} May 2024"), format!("KX-{n}77"), format!("£{}", 100 + n));
            let entity = |name: &str, what: &str| json!({"name": name, "formatted_value": what, "spans": [span(&text, what)]});
            let field = |name: &str, what: &str| json!({"name": name, "formatted_value": what, "spans": [span(&text, what)]});
            let capture = json!({"fields": [field("Amount", &amount), field("File", &file)]});
            json!({
                "labelling": [{"group": "default", "assigned": [label("Transfer")]}],
                "entities": {"assigned": [entity("deadline", &due), entity("file-number", &file), entity("money", &amount)]},
                "moon_forms": [{"group": "default", "assigned": [{"label": label("Transfer"), "captures": [capture]}]}],
            })
        };
        app.ok("POST", &format!("{DATASET}/labellings/{uid}"), body).await;
    }
}

fn values(entities: &Value, name: &str) -> Vec<String> {
    let list = entities.as_array().unwrap().iter().filter(|it| it["name"] == name);
    list.map(|it| it["formatted_value"].as_str().unwrap().to_owned()).collect()
}

fn document(text: &str) -> Value {
    json!([{"messages": [{"body": {"text": text}}], "timestamp": "2024-03-05T10:00:00Z"}])
}

const UNSEEN: &str = "😀 Please transfer £9,000 for file KX-4242, due 9 June 2024. Dated 2 February 2024. Cheers";

#[tokio::test]
async fn fields_with_a_base_or_rules_are_found_before_anybody_annotates() {
    for (engine, app) in apps().await {
        let source_id = set_up(&app, 6).await;
        let labellings = format!("{DATASET}/labellings?id={source_id}.c0&return_predictions=true");
        let shown = app.ok("GET", &labellings, json!({})).await;
        assert_eq!(values(&shown["results"][0]["entities"]["predicted"], "money"), ["100 GBP"], "{engine}");
        app.run_jobs().await;
        let found = app.ok("POST", &format!("{DATASET}/labellers/predict"), json!({"documents": document(UNSEEN)})).await;
        let entities = &found["entities"][0];
        assert_eq!(values(entities, "money"), ["9000 GBP"]);
        assert_eq!(values(entities, "deadline"), ["2024-06-09T00:00:00Z", "2024-02-02T00:00:00Z"], "its base, before training");
        assert_eq!(values(entities, "courtesy"), ["Thanks"]);
        assert!(values(entities, "file-number").is_empty(), "learnt from scratch, so not yet");
        assert_eq!(found["predictions"][0], json!([]));
        let money = &entities[0];
        assert_eq!((&money["span"]["utf16_byte_start"], &money["span"]["char_start"]), (&json!(38), &json!(18)));
        assert_eq!((&money["probability"], &money["capture_ids"]), (&Value::Null, &json!([])));
        let validation = app.ok("GET", &format!("{DATASET}/labellers/latest/validation"), json!({})).await;
        assert_eq!(validation["validation"]["reviewed_size"], 0);
        app.run_jobs().await;
        let models = app.ok("POST", &format!("{DATASET}/labellers"), json!({})).await;
        assert_eq!(models["labellers"].as_array().unwrap().len(), 1, "one version for one set of definitions");
    }
}

#[tokio::test]
async fn annotated_fields_are_learnt_validated_and_predicted() {
    for (engine, app) in apps().await {
        let source_id = set_up(&app, 90).await;
        annotate(&app, &source_id, 75).await;
        app.run_jobs().await;
        app.ok("PUT", &format!("{DATASET}/labellers/latest/pin"), json!({})).await;

        let body = json!({"documents": document(UNSEEN), "threshold": 0.0});
        let found = app.ok("POST", &format!("{DATASET}/labellers/predict"), body.clone()).await;
        let entities = &found["entities"][0];
        assert_eq!(values(entities, "deadline"), ["2024-06-09T00:00:00Z"], "{engine}: the base is narrowed");
        assert_eq!(values(entities, "file-number"), ["KX-4242"]);
        let deadline = entities.as_array().unwrap().iter().find(|it| it["name"] == "deadline").unwrap();
        assert!(deadline["probability"].as_f64().unwrap() > 0.5 && deadline["kind"] == "due-date");
        let version = found["model"]["version"].as_i64().unwrap();
        let pinned = app.ok("POST", &format!("{DATASET_V1}/labellers/{version}/predict"), body).await;
        assert_eq!(pinned["entities"], found["entities"]);
        let uids: Vec<String> = [81, 80].iter().map(|n| format!("{source_id}.c{n}")).collect();
        let body = json!({"uids": uids});
        let found = app.ok("POST", &format!("{DATASET_V1}/labellers/{version}/predict-comments"), body).await;
        assert_eq!(values(&found["predictions"][0]["entities"], "money"), ["181 GBP"]);
        assert!(values(&found["predictions"][1]["entities"], "money").is_empty());

        let validation = app.ok("GET", &format!("{DATASET}/labellers/{version}/validation"), json!({})).await;
        let stats = &validation["validation"]["entities"];
        assert_eq!(stats["num_reviewed_entities"], 150);
        assert!(stats["f1_score"].as_f64().unwrap() > 0.9, "{stats}");
        assert_eq!(stats["entities_by_def_id"].as_object().unwrap().len(), 4);
        assert_eq!(validation["moon"]["num_reviewed_captures"], 50);
        assert!(validation["moon"]["average_field_stats"]["f1_score"].as_f64().unwrap() > 0.8, "{}", validation["moon"]);
        assert!(validation["moon"]["intents"]["Transfer"]["capture_average_precision"].as_f64().unwrap() > 0.5);
        let ask = json!({"label": "Transfer", "moon": {"intent_threshold": 0.5, "capture_threshold": "balanced"}});
        let label = app.ok("POST", &format!("{DATASET}/labellers/{version}/label-validation"), ask).await;
        assert_eq!(label["moon_validation"]["intent_validation"]["num_reviewed_captures"], 50);
        let note = json!({"label": "Note", "moon": {"intent_threshold": 0.5, "capture_threshold": 0.5}});
        let note = app.ok("POST", &format!("{DATASET}/labellers/{version}/label-validation"), note).await;
        assert_eq!(note["moon_validation"], Value::Null);

        let path = format!("{DATASET}/labellers/{version}/predict-extractions");
        let records = app.ok("POST", &path, json!({"documents": document(UNSEEN)})).await;
        let extraction = &records["predictions"][0]["groups"][0]["extractions"][0];
        assert_eq!(extraction["label"]["name"], "Transfer");
        let fields = extraction["captures"][0]["fields"].as_array().unwrap();
        let shown: Vec<&str> = fields.iter().map(|field| field["formatted_value"].as_str().unwrap()).collect();
        assert_eq!(shown, ["9000 GBP", "KX-4242"], "{engine}: {extraction}");
        assert_eq!(app.ok("POST", &path, json!({"documents": []})).await["predictions"], json!([]));
    }
}

static N_ASKED_FOR_STATES: AtomicUsize = AtomicUsize::new(0);

/// An encoder that is told from others, and counts the texts whose tokens it is asked about.
struct Counted;

impl Encoder for Counted {
    fn digest(&self) -> &str {
        "counted-64"
    }

    fn dimension(&self) -> usize {
        HashEncoder::new().dimension()
    }

    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        HashEncoder::new().encode(texts)
    }

    fn token_states(&self, texts: &[&str]) -> Option<Vec<TokenStates>> {
        N_ASKED_FOR_STATES.fetch_add(texts.len(), Ordering::SeqCst);
        HashEncoder::new().token_states(texts)
    }
}

#[tokio::test]
async fn a_field_from_scratch_reads_the_encoder_and_goes_by_words_where_that_is_missing() {
    for (engine, mut app) in apps_with(|env| env.with_service(Engine::new(Arc::new(Counted), 1))).await {
        let source_id = set_up(&app, 90).await;
        let field = json!({"name": "file-number", "title": "File", "inherits_from": [], "trainable": true});
        let body = json!({"dataset": {"source_ids": [source_id], "has_sentiment": false, "entity_defs": [field]}});
        app.ok("PUT", "/api/v1/datasets/acme/files", body).await;
        let files = "/api/_private/datasets/acme/files";
        for n in (0..60).filter(|n| n % 3 != 2) {
            let (text, file) = (text(n), format!("KX-{n}77"));
            let assigned = json!([{"name": "file-number", "formatted_value": file, "spans": [span(&text, &file)]}]);
            let body = json!({"entities": {"assigned": assigned}});
            app.ok("POST", &format!("{files}/labellings/{source_id}.c{n}"), body).await;
        }
        app.run_jobs().await;
        app.ok("PUT", &format!("{files}/labellers/latest/pin"), json!({})).await;
        let ask = json!({"documents": document(UNSEEN), "threshold": 0.0});
        let asked = || N_ASKED_FOR_STATES.swap(0, Ordering::SeqCst);
        assert!(asked() > 40, "{engine}: it was learnt with the encoder");
        let found = app.ok("POST", &format!("{files}/labellers/predict"), ask.clone()).await;
        assert_eq!(values(&found["entities"][0], "file-number"), ["KX-4242"], "{engine}");
        assert_eq!(asked(), 1, "and is found with it");

        app.env = app.env.clone().with_service(Engine::new(Arc::new(HashEncoder::new()), 1));
        let without = app.with_operations(wiring::all_operations());
        let found = without.ok("POST", &format!("{files}/labellers/predict"), ask).await;
        assert_eq!(values(&found["entities"][0], "file-number"), ["KX-4242"], "{engine}");
        assert_eq!(asked(), 0);
    }
}

#[tokio::test]
async fn comments_reviewed_for_labels_alone_show_where_a_field_has_no_value() {
    for (engine, app) in apps().await {
        let source_id = set_up(&app, 90).await;
        // A note with what looks like a file number, where files never stand.
        let strange = document("We close on 5 January 2024, thank you all KX-12");
        let found = async |document: &Value| {
            let body = json!({"documents": document, "threshold": 0.0});
            let found = app.ok("POST", &format!("{DATASET}/labellers/predict"), body).await;
            found["entities"][0].as_array().unwrap().iter().find(|it| it["name"] == "file-number").cloned()
        };
        let sure = |found: Option<Value>| found.map_or(0.0, |it| it["probability"].as_f64().unwrap());
        let (notes, others): (Vec<usize>, Vec<usize>) = (0..75).partition(|n| n % 3 == 2);
        annotate_some(&app, &source_id, &others).await;
        app.run_jobs().await;
        let before = sure(found(&strange).await);
        annotate_some(&app, &source_id, &notes).await;
        app.run_jobs().await;
        let after = sure(found(&strange).await);
        assert!(after < before - 0.1, "{engine}: notes hold no files: {before} then {after}");
        assert_eq!(found(&document(UNSEEN)).await.unwrap()["formatted_value"], "KX-4242");
    }
}

#[tokio::test]
async fn streams_carry_fields_and_filters_ask_for_them() {
    for (engine, app) in apps().await {
        let source_id = set_up(&app, 60).await;
        annotate(&app, &source_id, 50).await;
        app.run_jobs().await;
        app.ok("PUT", &format!("{DATASET}/labellers/latest/pin"), json!({})).await;
        let model = app.ok("POST", &format!("{DATASET}/labellers"), json!({})).await["labellers"][0]["version"].clone();
        let filter = json!({"entities": {"presence": [{"kind": "money", "rule": "present"}]}});
        let stream = json!({"stream": {"name": "paid", "comment_filter": filter, "model": {"version": model}}});
        app.ok("PUT", &format!("{DATASET_V1}/streams"), stream).await;
        let reset = json!({"to_comment_created_at": "2024-01-01T00:00:00Z"});
        app.ok("POST", &format!("{DATASET_V1}/streams/paid/reset"), reset).await;
        let batch = app.ok("POST", &format!("{DATASET_V1}/streams/paid/fetch"), json!({"size": 4})).await;
        let ids: Vec<&str> =
            batch["results"].as_array().unwrap().iter().map(|it| it["comment"]["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["c0", "c1", "c3", "c4"], "{engine}: comments without money are skipped");
        assert_eq!(values(&batch["results"][0]["entities"], "money"), ["100 GBP"]);

        let results = app.ok("GET", &format!("{DATASET_V1}/streams/paid/results?max_results=2"), json!({})).await;
        let taxonomy = &results["results"][0]["prediction"]["taxonomies"][0];
        let label = taxonomy["labels"].as_array().unwrap().iter().find(|it| it["name"] == "Transfer").unwrap();
        let (occurs, is_right) = (
            label["occurrence_confidence"]["value"].as_f64().unwrap(),
            label["extraction_confidence"]["value"].as_f64().unwrap(),
        );
        assert!(is_right <= occurs && is_right > 0.0);
        assert_eq!(label["fields"][1]["value"]["formatted"], "KX-077");
        let general: Vec<&str> =
            taxonomy["general_fields"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(general, ["deadline", "money", "file-number", "courtesy"]);
        assert_eq!(taxonomy["general_fields"][3]["value"], Value::Null, "defined, but not in this comment");
        let definition = &results["model"]["definition"]["taxonomies"][0];
        assert_eq!(definition["labels"][0]["fields"][1]["instructions"], "of ours");
        let types = definition["field_types"].as_array().unwrap();
        assert_eq!(
            types.iter().map(|it| it["data_type"]["kind"].as_str().unwrap()).collect::<Vec<_>>(),
            ["date", "money", "text", "text"]
        );

        let path = "/api/preview/datasets/acme/claims/streams/paid/gx-fetch";
        let records = app.ok("POST", path, json!({"size": 1})).await;
        let fields = &records["results"][0]["predictions"][0]["extractions"][0]["captures"][0]["fields"];
        assert_eq!(fields[0]["formatted_value"], "100 GBP", "{engine}: {records}");

        let query =
            |rule: Value| json!({"filter": {"entities": {"presence": [rule]}}, "limit": 100, "order": {"kind": "recent"}});
        let count =
            async |body: Value| app.ok("POST", &format!("{DATASET}/query"), body).await["results"].as_array().unwrap().len();
        assert_eq!(count(query(json!({"kind": "money", "rule": "present"}))).await, 40);
        assert_eq!(count(query(json!({"kind": "money", "rule": "not_present"}))).await, 20);
        let test =
            json!({"kind": "assigned_predicted_present", "any_assigned": ["deadline"], "any_predicted": [], "none_present": []});
        let by_attribute =
            json!({"attribute_filters": [{"attribute": "entities", "filter": test}], "limit": 100, "order": {"kind": "recent"}});
        assert_eq!(count(by_attribute).await, 34);
        let page = app.ok("POST", &format!("{DATASET}/query"), query(json!({"kind": "courtesy", "rule": "present"}))).await;
        assert_eq!(values(&page["results"][0]["entities"]["predicted"], "courtesy"), ["Thanks"]);
    }
}

#[tokio::test]
async fn the_history_of_fields_lists_what_changed() {
    for (engine, app) in apps().await {
        let source_id = set_up(&app, 12).await;
        annotate(&app, &source_id, 9).await;
        app.run_jobs().await;
        let dataset = app.ok("GET", DATASET_V1, json!({})).await;
        let field = dataset["dataset"]["label_defs"][0]["moon_form"][1].clone();
        let id = field["field_id"].as_str().unwrap().to_owned();
        let update = json!({"label": {"moon_form": [
            {"field_id": dataset["dataset"]["label_defs"][0]["moon_form"][0]["field_id"], "name": "Amount"},
            {"field_id": id, "name": "File number", "instructions": "of theirs"},
            {"name": "When", "kind": "due-date"},
        ]}});
        app.ok("POST", &format!("{DATASET}/labels/default?label_name=Transfer"), update).await;
        app.run_jobs().await;
        annotate(&app, &source_id, 12).await;
        app.run_jobs().await;
        let path = format!("{DATASET}/labels/default/Transfer/fields/{id}/history");
        let history = app.ok("GET", &path, json!({})).await;
        let versions = history["versions"].as_array().unwrap();
        let names: Vec<&str> = versions.iter().map(|it| it["snapshot"]["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["File number", "File"], "{engine}: {history}");
        assert_eq!(history["oldest_version"], Value::Null);
        let newest = versions[0]["model_version"].as_i64().unwrap();
        let older = app.ok("GET", &format!("{path}?older_than_version={newest}"), json!({})).await;
        assert_eq!(older["versions"].as_array().unwrap().len(), 1);
        let group = app.ok("GET", &format!("{DATASET}/labels/default/Transfer/history"), json!({})).await;
        let sizes: Vec<usize> = group["versions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["snapshot"]["field_ids"].as_array().unwrap().len())
            .collect();
        assert_eq!(sizes, [3, 2]);
        assert_eq!(app.err("GET", &format!("{DATASET}/labels/default/Nothing/history"), json!({})).await.0, 404);
        assert_eq!(app.err("GET", &format!("{DATASET}/labels/default/Transfer/fields/00/history"), json!({})).await.0, 404);
    }
}

#[tokio::test]
async fn a_pattern_that_cannot_be_used_is_refused_by_name() {
    for (_, app) in apps().await {
        set_up(&app, 1).await;
        let with = |pattern: &str| {
            let rules = json!({"regex": {"pattern": pattern}});
            json!({"dataset": {"entity_defs": [{"name": "id", "title": "", "inherits_from": [], "trainable": false, "rules": rules}]}})
        };
        let (status, message) = app.err("POST", DATASET_V1, with("(unclosed")).await;
        assert!(status == 422 && message.contains("rules.regex") && message.contains("(unclosed"), "{message}");
        assert_eq!(app.err("POST", DATASET_V1, with("(a{1000}){1000}")).await.0, 422);
        app.ok("POST", DATASET_V1, with(r"\bID-\d{4}\b")).await;
        app.run_jobs().await;
        let found = app.ok("POST", &format!("{DATASET}/labellers/predict"), json!({"documents": document("see ID-1234")})).await;
        assert_eq!(values(&found["entities"][0], "id"), ["ID-1234"]);
    }
}

#[tokio::test]
async fn questions_about_fields_lead_to_the_comments_that_answer_them() {
    for (engine, app) in apps().await {
        let source_id = set_up(&app, 60).await;
        annotate(&app, &source_id, 36).await;
        // Somebody overlooks an amount, and takes a letter's date for a deadline.
        let uid = |n: usize| format!("{source_id}.c{n}");
        let entity =
            |n: usize, name: &str, what: &str| json!({"name": name, "formatted_value": what, "spans": [span(&text(n), what)]});
        let wrong = [entity(31, "deadline", "5 January 2024"), entity(31, "file-number", "KX-3177")];
        app.ok("POST", &format!("{DATASET}/labellings/{}", uid(31)), json!({"entities": {"assigned": wrong}})).await;
        app.run_jobs().await;
        let defs = app.ok("GET", DATASET_V1, json!({})).await["dataset"]["entity_defs"].clone();
        let id = |name: &str| defs.as_array().unwrap().iter().find(|def| def["name"] == name).unwrap()["id"].clone();
        let query = async |order: Value| -> Vec<Value> {
            let (mut all, mut continuation) = (Vec::new(), Value::Null);
            loop {
                let mut body = json!({"order": order, "filter": {}, "limit": 7});
                if continuation.is_string() {
                    body["continuation"] = continuation.clone();
                }
                let reply = app.ok("POST", &format!("{DATASET}/query"), body).await;
                all.extend(reply["results"].as_array().unwrap().iter().cloned());
                continuation = reply["continuation"].clone();
                if !continuation.is_string() {
                    return all;
                }
            }
        };
        let ids = |found: &[Value]| found.iter().map(|one| one["comment"]["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let number = |id: &String| id[1..].parse::<usize>().unwrap();
        let diagnostic = |kind: &str, def: Value| {
            let mut order = json!({"kind": "diagnostic", "diagnostic_kind": kind});
            if def.is_string() {
                order["entity_def_id"] = def;
            }
            order
        };

        let missed = ids(&query(json!({"kind": "missed", "entity_def_id": id("money")})).await);
        assert_eq!(missed, ["c31"], "{engine}: its amount was taken away, every other one is there");
        assert_eq!(missed, ids(&query(diagnostic("missed_entity", id("money"))).await), "{engine}: two ways to ask");
        let checked = ids(&query(json!({"kind": "check", "entity_def_id": id("due-date")})).await);
        assert_eq!(checked.len(), 24, "{engine}: each comment with a deadline once");
        let place = checked.iter().position(|id| id == "c31").unwrap();
        assert!(place < 6, "{engine}: the wrong one is among the first, not {place}");
        let taught = query(diagnostic("teach_entity", Value::Null)).await;
        assert!(!taught.is_empty() && ids(&taught).iter().all(|id| number(id) >= 36), "{engine}: nobody reviewed these");
        let values: Vec<f64> = taught.iter().map(|one| one["diagnostics"][0]["value"].as_f64().unwrap()).collect();
        assert!(values.is_sorted(), "{engine}: {values:?}");
        let records = ids(&query(diagnostic("extraction_error_rate", Value::Null)).await);
        assert!(!records.is_empty() && records.iter().all(|id| number(id) >= 36 && number(id) % 3 != 2), "{engine}: {records:?}");
        let unknown = json!({"order": {"kind": "check", "entity_def_id": "0000000000000bad"}});
        let (status, message) = app.err("POST", &format!("{DATASET}/query"), unknown).await;
        assert_eq!((status, message.contains("entity_def_id")), (422, true), "{engine}: {message}");
    }
}

#[tokio::test]
async fn a_query_tells_the_paragraphs_that_a_decision_about_a_field_is_about() {
    for (engine, app) in apps().await {
        set_up(&app, 0).await;
        let text = "Grüße 😀,\n\nplease pay £5\nby May.  \n \nYours";
        let comment = json!({"id": "p", "timestamp": "2024-03-05T10:00:00Z", "messages": [{"body": {"text": text}}, {"body": {"text": ""}}]});
        app.ok("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": [comment]})).await;
        let found = app.ok("POST", &format!("{DATASET}/query"), json!({"order": {"kind": "recent"}, "filter": {}})).await;
        let groups = found["results"][0]["reviewable_blocks"].as_array().unwrap().clone();
        assert_eq!((groups.len(), &groups[1]["body_blocks"]), (2, &json!([])), "{engine}: one group a message");
        let units: Vec<u16> = text.encode_utf16().collect();
        let shown = |block: &Value| {
            let at = |key: &str| usize::try_from(block[key].as_u64().unwrap()).unwrap() / 2;
            String::from_utf16(&units[at("utf16_byte_start")..at("utf16_byte_end")]).unwrap()
        };
        let blocks: Vec<String> = groups[0]["body_blocks"].as_array().unwrap().iter().map(shown).collect();
        assert_eq!(blocks, ["Grüße 😀,", "please pay £5\nby May.", "Yours"], "{engine}");
    }
}
