//! Importing taxonomies through HTTP, on both engines.

use serde_json::{Value, json};

use crate::tests_world::{DATASET, on_both};

const IMPORT: &str = "/api/_private/ixp/projects/acme/orders/import-taxonomy";

fn group(name: &str, labels: Value) -> Value {
    json!({"name": name, "label_defs": labels, "label_collection_name": null, "trainable": true, "hidden": false, "instructions": "About orders."})
}

fn money(id: &str, title: &str) -> Value {
    json!({"id": id, "name": "money-field", "title": title, "inherits_from": ["money"], "trainable": true})
}

fn body(entity_defs: Value, labels: Value, overwrite: bool) -> Value {
    json!({"entity_defs": entity_defs, "label_groups": [group("default", labels)], "overwrite_duplicates": overwrite})
}

fn order(field_type: &str) -> Value {
    let field = json!({"field_id": "00000000000000f1", "id": field_type, "field_type_id": field_type, "name": "Amount"});
    json!({"name": "Order > Missing", "instructions": "It never came.", "moon_form": [field], "_flags": ["llm_generated"]})
}

#[test]
fn an_imported_taxonomy_keeps_its_links_under_ids_of_the_dataset() {
    on_both(|world| async move {
        world.orders(0).await;
        let n_before = world.events("taxonomy_changed").await;
        let import = body(json!([money("suggested-1", "Money")]), json!([order("suggested-1"), {"name": "Order"}]), false);
        assert_eq!(world.post(IMPORT, import.clone()).await, json!({"status": "ok"}));
        let dataset = world.get(DATASET).await["dataset"].clone();
        let money = &dataset["entity_defs"][0];
        assert_ne!(money["id"], "suggested-1");
        let label = &dataset["label_defs"][0];
        assert_eq!((&label["name"], &label["instructions"]), (&json!("Order > Missing"), &json!("It never came.")));
        assert_eq!(
            (&label["moon_form"][0]["field_type_id"], &label["moon_form"][0]["kind"]),
            (&money["id"], &json!("money-field"))
        );
        assert_eq!(dataset["label_groups"][0]["instructions"], "About orders.");
        assert_eq!(world.events("taxonomy_changed").await, n_before + 1, "learning is due");
        // Sent again, it changes nothing.
        world.post(IMPORT, import).await;
        let again = world.get(DATASET).await["dataset"].clone();
        assert_eq!((&again["entity_defs"], &again["label_groups"]), (&dataset["entity_defs"], &dataset["label_groups"]));
    });
}

#[test]
fn duplicates_stay_unless_they_are_to_be_overwritten() {
    on_both(|world| async move {
        world.orders(0).await;
        world.post(IMPORT, body(json!([money("a", "Money")]), json!([{"name": "Order", "instructions": "Old."}]), false)).await;
        let old = world.get(DATASET).await["dataset"].clone();
        let newer = json!([{"name": "Order", "instructions": "New."}, {"name": "Fees"}]);
        world.post(IMPORT, body(json!([money("b", "Cash")]), newer.clone(), false)).await;
        let kept = world.get(DATASET).await["dataset"].clone();
        assert_eq!(kept["entity_defs"], old["entity_defs"]);
        assert_eq!((&kept["label_defs"][0], &kept["label_defs"][1]["name"]), (&old["label_defs"][0], &json!("Fees")));
        world.post(IMPORT, body(json!([money("b", "Cash")]), newer, true)).await;
        let new = world.get(DATASET).await["dataset"].clone();
        assert_eq!(
            (&new["entity_defs"][0]["id"], &new["entity_defs"][0]["title"]),
            (&old["entity_defs"][0]["id"], &json!("Cash"))
        );
        assert_eq!(new["label_defs"][0]["instructions"], "New.");
        assert_eq!(new["label_defs"].as_array().unwrap().len(), 2);
    });
}

#[test]
fn further_groups_are_made_and_broken_imports_change_nothing() {
    on_both(|world| async move {
        world.orders(0).await;
        let two = json!({"entity_defs": [], "overwrite_duplicates": false,
            "label_groups": [group("default", json!([{"name": "A"}])), group("extra", json!([{"name": "A"}]))]});
        world.post(IMPORT, two).await;
        let dataset = world.get(DATASET).await["dataset"].clone();
        assert_eq!(dataset["label_groups"][1]["label_defs"][0]["name"], "A");
        let refused = |body: Value, code: u16, word: &'static str| {
            let world = &world;
            async move {
                let (status, message) = world.app.err("POST", IMPORT, body).await;
                assert!(status == code && message.contains(word), "{status} {message}");
            }
        };
        refused(body(json!([]), json!([{"name": "B"}, order("nobody")]), false), 422, "`Amount` of label `Order > Missing`")
            .await;
        refused(body(json!([]), json!([{"name": "B"}, {"name": "B"}]), false), 422, "`B` is defined more than once").await;
        refused(body(json!([]), json!([{"name": ""}]), false), 400, "not a valid label name").await;
        refused(body(json!([money("a", ""), money("b", "")]), json!([]), true), 422, "more than once").await;
        refused(json!({"entity_defs": [], "label_groups": []}), 400, "overwrite_duplicates").await;
        let after = world.get(DATASET).await["dataset"].clone();
        assert_eq!(after["label_groups"], dataset["label_groups"]);
        let elsewhere = "/api/_private/ixp/projects/acme/nothing/import-taxonomy";
        assert_eq!(world.app.err("POST", elsewhere, body(json!([]), json!([]), false)).await.0, 404);
        let token = [("authorization", "Bearer voc-readonly+datasets-review")];
        let reply = world.app.send_raw("POST", IMPORT, &token, body(json!([]), json!([]), false).to_string().into_bytes()).await;
        assert_eq!(reply.status, 403);
    });
}
