//! Annotations through HTTP, on both engines, and the arithmetic of spans.

use adit_corpus::wire::{Message, RichText};
use adit_http::Address;
use serde_json::{Value, json};

use super::spans::resolve;
use super::wire::SpanNew;
use crate::tests_world::{DATASET, LABELLINGS, TENANT, assigned, comment, on_both};
use crate::{count_reviewed, dataset_at, labels_of, training_rows};

fn span(utf16: Option<(i64, i64)>, chars: Option<(i64, i64)>) -> SpanNew {
    SpanNew {
        content_part: "body".into(),
        message_index: 0,
        utf16_byte_start: utf16.map(|pair| pair.0),
        utf16_byte_end: utf16.map(|pair| pair.1),
        char_start: chars.map(|pair| pair.0),
        char_end: chars.map(|pair| pair.1),
    }
}

#[test]
fn spans_are_converted_between_units_and_checked() {
    let body = RichText { text: "a😀b".into(), ..RichText::default() };
    let messages = [Message { body, ..Message::default() }];
    let from_chars = resolve(&messages, &span(None, Some((1, 3)))).unwrap();
    assert_eq!((from_chars.utf16_byte_start, from_chars.utf16_byte_end), (2, 8));
    assert_eq!(resolve(&messages, &span(Some((2, 8)), None)).unwrap(), from_chars);
    assert_eq!(resolve(&messages, &span(Some((2, 8)), Some((1, 3)))).unwrap(), from_chars);
    for bad in [
        span(Some((2, 4)), None),
        span(Some((0, 10)), None),
        span(None, Some((-1, 1))),
        span(None, Some((2, 1))),
        span(None, None),
    ] {
        assert!(resolve(&messages, &bad).is_err());
    }
    assert!(resolve(&messages, &span(Some((0, 2)), Some((1, 2)))).is_err());
    assert!(resolve(&[], &span(None, Some((0, 0)))).is_err());
}

#[test]
fn labels_are_assigned_created_and_cleared() {
    on_both(|world| async move {
        let source = world.orders(1).await;
        let uid = format!("{source}.1");
        let metadata = json!({"user_id": "abc", "timestamp": "2024-01-01T00:00:00Z"});
        let body = json!({"labelling": [{"group": "default",
            "assigned": [{"name": "A > B", "sentiment": "negative", "metadata": metadata}],
            "dismissed": [{"name": "C", "sentiment": "positive"}]}]});
        let reply = world.label(&uid, body.clone()).await;
        assert_eq!(reply["labelling"][0]["assigned"], json!([{"name": "A > B", "sentiment": "negative", "metadata": metadata}]));
        assert_eq!(reply["labelling"][0]["dismissed"], json!([{"name": "C", "sentiment": "positive"}]));
        assert_eq!(reply["entities"], json!({"assigned": [], "dismissed": [], "predicted": []}));
        assert_eq!(world.names().await, ["A", "A > B", "C"]);
        assert_eq!(world.events("annotations_changed").await, 1);
        world.label(&uid, body).await;
        world.label(&uid, json!({})).await;
        assert_eq!(world.events("annotations_changed").await, 1, "nothing changed");
        // A missing list stays, assigning a dismissed label moves it.
        let reply = world.label(&uid, assigned(&["C"])).await;
        assert_eq!(reply["labelling"][0]["assigned"][0]["name"], "C");
        assert_eq!(reply["labelling"][0]["dismissed"], json!([]));
        let reply = world.label(&uid, assigned(&[])).await;
        assert_eq!(reply["labelling"][0]["assigned"], json!([]));
        assert_eq!(reply["comment"]["has_annotations"], false);
        let body = json!({"labelling": [{"group": "default", "uninformative": {"mode": "explicit"}}]});
        let reply = world.label(&uid, body).await;
        assert_eq!(reply["labelling"][0]["uninformative"], json!({"mode": "explicit"}));
        assert_eq!(reply["comment"]["has_annotations"], true);
        let reply = world.label(&uid, assigned(&["A"])).await;
        assert!(reply["labelling"][0].get("uninformative").is_none());
    });
}

#[test]
fn a_child_implies_its_parents_when_learning() {
    on_both(|world| async move {
        let source = world.orders(2).await;
        world.label(&format!("{source}.2"), assigned(&["A > B"])).await;
        let mut tx = world.app.env.read().await.unwrap();
        let address = Address::Name { owner: "acme".into(), name: "orders".into() };
        let dataset = dataset_at(&mut tx, TENANT, &address).await.unwrap().unwrap();
        let rows = training_rows(&mut tx, dataset.id).await.unwrap();
        let mut ids: Vec<_> = labels_of(&mut tx, dataset.id).await.unwrap().iter().map(|label| label.id).collect();
        ids.sort();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].seq, &rows[0].assigned), (2, &ids));
        assert_eq!(count_reviewed(&mut tx, dataset.id).await.unwrap(), 1);
        drop(tx);
        world.post(DATASET, json!({"dataset": {"source_ids": []}})).await;
        let mut tx = world.app.env.read().await.unwrap();
        assert!(training_rows(&mut tx, dataset.id).await.unwrap().is_empty());
    });
}

#[test]
fn entities_are_named_placed_and_dropped_when_the_text_changes() {
    on_both(|world| async move {
        let source = world.orders(1).await;
        let uid = format!("{source}.1");
        let defs = json!([{"name": "mood", "title": "Mood", "inherits_from": [], "trainable": true}]);
        world.post(DATASET, json!({"dataset": {"entity_defs": defs}})).await;
        let entity = |start: i64, end: i64| {
            json!({"entities": {"assigned": [{"name": "mood", "formatted_value": "x",
            "spans": [{"content_part": "body", "message_index": 0, "char_start": start, "char_end": end}]}]}})
        };
        let reply = world.label(&uid, entity(6, 7)).await;
        let assigned = &reply["entities"]["assigned"][0];
        assert_eq!(assigned["span"]["utf16_byte_end"], 16);
        assert_eq!(assigned["kind"], "mood");
        assert_eq!(reply["comment"]["has_annotations"], true);
        assert_eq!(world.app.err("POST", &format!("{LABELLINGS}/{uid}"), entity(6, 70)).await.0, 422);
        let unknown = json!({"entities": {"assigned": [{"name": "nope", "formatted_value": "x", "spans": []}]}});
        assert_eq!(world.app.err("POST", &format!("{LABELLINGS}/{uid}"), unknown).await.0, 422);
        world.post("/api/v1/sources/acme/desk/sync", json!({"comments": [comment("1", "Other")]})).await;
        let shown = world.get(&format!("{LABELLINGS}?id={uid}")).await;
        assert_eq!(shown["results"][0]["entities"]["assigned"], json!([]));
        assert_eq!(shown["entity_defs"][0]["name"], "mood");
    });
}

#[test]
fn forms_imply_labels_and_survive_renaming() {
    on_both(|world| async move {
        let source = world.orders(1).await;
        let uid = format!("{source}.1");
        let spans = json!([{"content_part": "body", "message_index": 0, "utf16_byte_start": 0, "utf16_byte_end": 10}]);
        let fields = json!([{"name": "f", "formatted_value": "Smile", "spans": spans, "document_spans": []}]);
        let body = json!({"moon_forms": [{"group": "default",
            "assigned": [{"label": {"name": "A", "sentiment": "positive"}, "captures": [{"fields": fields}]},
                         {"label": {"name": "B", "sentiment": "positive"}, "captures": []}],
            "dismissed": [{"label": {"name": "C", "sentiment": "positive"}, "captures": []}]}]});
        let reply = world.label(&uid, body).await;
        assert_eq!(reply["labelling"][0]["assigned"].as_array().unwrap().len(), 2);
        assert_eq!(reply["labelling"][0]["dismissed"][0]["name"], "C");
        let form = &reply["moon_forms"][0]["assigned"][0];
        assert_eq!(form["captures"][0]["fields"][0]["span"]["char_end"], 5);
        let labels = "/api/_private/datasets/acme/orders/labels/default";
        world.post(&format!("{labels}?label_name=A"), json!({"label": {"name": "Z"}})).await;
        let shown = world.get(&format!("{LABELLINGS}?id={uid}")).await;
        assert_eq!(shown["results"][0]["moon_forms"][0]["assigned"][0]["label"]["name"], "Z");
        let documented = json!({"moon_forms": [{"group": "default", "assigned": [],
            "dismissed": {"entities": [], "labels": [{"name": "Z", "sentiment": "positive"}]}}]});
        let reply = world.label(&uid, documented).await;
        assert_eq!(reply["labelling"][0]["assigned"], json!([]));
        assert_eq!(reply["labelling"][0]["dismissed"][0]["name"], "Z");
        let reply = world.label(&uid, json!({"moon_forms": []})).await;
        assert!(reply.get("moon_forms").is_none());
    });
}

#[test]
fn what_does_not_belong_together_is_refused() {
    on_both(|world| async move {
        let source = world.orders(1).await;
        let stranger = world.source("acme", "stranger", 1).await;
        let refused = |uid: String, body: Value| {
            let app = &world.app;
            async move { app.err("POST", &format!("{LABELLINGS}/{uid}"), body).await.0 }
        };
        assert_eq!(refused(format!("{source}.9"), json!({})).await, 404);
        assert_eq!(refused(format!("{stranger}.1"), json!({})).await, 422);
        assert_eq!(refused(format!("{source}.1"), json!({"context": "stale"})).await, 409);
        let both = json!({"labelling": [{"group": "default", "assigned": [{"name": "A", "sentiment": "positive"}],
            "dismissed": [{"name": "A", "sentiment": "positive"}]}]});
        assert_eq!(refused(format!("{source}.1"), both).await, 422);
        assert_eq!(refused(format!("{source}.1"), json!({"labelling": [{"group": "other"}]})).await, 400);
        assert!(world.names().await.is_empty());
        let shown = world.get(&format!("{LABELLINGS}?id={source}.1")).await;
        let context = shown["results"][0]["comment"]["context"].clone();
        world.label(&format!("{source}.1"), json!({"context": context})).await;
    });
}

#[test]
fn labellings_are_paged_until_an_empty_page() {
    on_both(|world| async move {
        let source = world.orders(6).await;
        for n in [1, 3, 4, 6] {
            world.label(&format!("{source}.{n}"), assigned(&["A"])).await;
        }
        let (mut ids, mut after) = (Vec::new(), String::new());
        loop {
            let page = world.get(&format!("{LABELLINGS}?source_id={source}&limit=3{after}")).await;
            let results = page["results"].as_array().unwrap();
            if results.is_empty() {
                assert!(page.get("after").is_none());
                break;
            }
            ids.extend(results.iter().map(|result| result["comment"]["id"].as_str().unwrap().to_owned()));
            let next = format!("&after={}", page["after"].as_str().unwrap());
            assert_ne!(next, after);
            after = next;
        }
        assert_eq!(ids, ["1", "3", "4", "6"]);
        let both = world.get(&format!("{LABELLINGS}?id={source}.2&id={source}.1")).await;
        assert_eq!(both["results"][0]["comment"]["id"], "2");
        assert_eq!(world.get(&format!("{LABELLINGS}?id={source}.2,{source}.1")).await["results"], both["results"]);
        assert_eq!(world.get(&format!("{LABELLINGS}?ids={source}.2,{source}.1")).await["results"], both["results"]);
        assert_eq!(world.app.err("GET", &format!("{LABELLINGS}?id={source}.9"), Value::Null).await.0, 404);
        let some =
            world.get(&format!("{LABELLINGS}?id={source}.9&id={source}.1&allow_missing=true&return_predictions=true")).await;
        assert_eq!(some["results"].as_array().unwrap().len(), 1);
        assert_eq!(some["results"][0]["labelling"][0]["predicted"], json!([{"name": ["A", "B"], "probability": 0.5}]));
        assert!(both["results"][0]["labelling"][0].get("predicted").is_none());
        assert_eq!(world.app.err("GET", &format!("{LABELLINGS}?source_id={source}&limit=1000"), Value::Null).await.0, 400);
        assert_eq!(world.app.err("GET", &format!("{LABELLINGS}?source_id={source}&after=x"), Value::Null).await.0, 400);
    });
}

#[test]
fn synchronising_replaces_assigned_labels_all_or_none() {
    on_both(|world| async move {
        let source = world.orders(3).await;
        let sync = format!("{DATASET}/sync-annotations");
        world.label(&format!("{source}.1"), assigned(&["Old"])).await;
        let body = json!({"annotations": [
            {"comment_uid": format!("{source}.1"), "labels": [{"name": "A > B", "external_id": "x1"}]},
            {"comment_uid": [format!("{source}.2"), format!("{source}.3")], "labels": [{"name": "A"}]}]});
        world.post(&sync, body.clone()).await;
        let n_events = world.events("annotations_changed").await;
        world.post(&sync, body).await;
        assert_eq!(world.events("annotations_changed").await, n_events);
        let all = world.get(&format!("{LABELLINGS}?source_id={source}")).await;
        assert_eq!(all["results"][0]["labelling"][0]["assigned"], json!([{"name": "A > B", "sentiment": "positive"}]));
        assert_eq!(all["results"].as_array().unwrap().len(), 3);
        assert_eq!(world.get(DATASET).await["dataset"]["label_defs"][2]["external_id"], "x1");
        let bad = json!({"annotations": [{"comment_uid": format!("{source}.1"), "labels": []}, {"comment_uid": "beef.9", "labels": []}]});
        assert_eq!(world.app.err("POST", &sync, bad).await.0, 422);
        let again = world.get(&format!("{LABELLINGS}?source_id={source}")).await;
        assert_eq!(again["results"], all["results"]);
        world.post(&sync, json!({"annotations": [{"comment_uid": format!("{source}.2"), "labels": []}]})).await;
        let left = world.get(&format!("{LABELLINGS}?source_id={source}")).await;
        assert_eq!(left["results"].as_array().unwrap().len(), 2);
    });
}

#[test]
fn many_may_annotate_at_once() {
    on_both(|world| async move {
        let source = world.orders(8).await;
        let label = |n: i32| {
            let (world, uid) = (&world, format!("{source}.{n}"));
            async move { world.label(&uid, assigned(&["New > Label"])).await }
        };
        tokio::join!(label(1), label(2), label(3), label(4), label(5), label(6), label(7), label(8));
        assert_eq!(world.names().await, ["New", "New > Label"]);
        let all = world.get(&format!("{LABELLINGS}?source_id={source}")).await;
        assert_eq!(all["results"].as_array().unwrap().len(), 8);
    });
}

#[test]
fn deleted_comments_take_their_annotations_along_and_learning_is_told() {
    on_both(|world| async move {
        let source = world.orders(2).await;
        world.label(&format!("{source}.1"), assigned(&["A"])).await;
        world.app.run_jobs().await;
        world.delete("/api/v1/sources/acme/desk/comments?id=1").await;
        assert_eq!(world.get(&format!("{LABELLINGS}?source_id={source}")).await["results"], json!([]));
        assert_eq!(world.events("comments-deleted").await, 1);
        world.app.run_jobs().await;
        assert_eq!(world.events("comments-deleted").await, 0);
    });
}
