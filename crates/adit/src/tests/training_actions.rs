//! Training actions: what to do next, its comments, and what each user has been through.

use std::collections::BTreeSet;

use adit_testing::TestApp;
use serde_json::{Value, json};

use super::setting::{annotate, apps, filled, text, user};

const DATASET: &str = "/api/_private/datasets/acme/orders";

async fn actions(app: &TestApp) -> Vec<Value> {
    let reply = app.ok("GET", &format!("{DATASET}/latest/training-actions/labels"), json!({})).await;
    reply["training_actions_labels"].as_array().unwrap().clone()
}

fn plans(actions: &[Value]) -> Vec<String> {
    let plan = |action: &Value| match action["kind"].as_str().unwrap() {
        "label" => format!("{} {}", action["sub_kind"].as_str().unwrap(), action["plan"]["label"].as_str().unwrap()),
        _ => action["plan"].as_str().unwrap().to_owned(),
    };
    actions.iter().map(plan).collect()
}

async fn batch(app: &TestApp, id: &str) -> Vec<String> {
    let reply = app.ok("GET", &format!("{DATASET}/{id}/training-action-comment-uids"), json!({})).await;
    reply["comment_uids"].as_array().unwrap().iter().map(|uid| uid.as_str().unwrap().to_owned()).collect()
}

async fn see(app: &TestApp, id: &str, uid: &str, is_with_annotation: bool) -> String {
    let path = format!("{DATASET}/{id}/{uid}/seen-training-comment");
    let reply = app.ok("PUT", &path, json!({"is_with_annotation": is_with_annotation})).await;
    reply["training_action_completeness"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn actions_lead_from_nothing_to_a_model_and_on() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 120).await;
        let first = actions(&app).await;
        assert_eq!(plans(&first), ["insufficient-labels", "missing-model-rating"], "{engine}");
        let id = first[0]["id"].as_str().unwrap();
        assert!(batch(&app, id).await.is_empty(), "{engine}: nothing to annotate there");
        assert_eq!(see(&app, id, &format!("{source_id}.c0"), true).await, "uncompletable");
        assert_eq!(app.err("GET", &format!("{DATASET}/7/training-actions/labels"), json!({})).await.0, 404);

        annotate(&app, &source_id, 20).await;
        app.run_jobs().await;
        let listed = actions(&app).await;
        let found = plans(&listed);
        assert!(found.contains(&"search_for_examples Exchange rate".to_owned()), "{engine}: ten examples are few: {found:?}");
        let at = |word: &str| listed.iter().find(|action| action["sub_kind"] == word || action["plan"] == word);
        let search = at("search_for_examples").unwrap();
        assert!(["exchange rate", "arrival", "card"].contains(&search["search_term"].as_str().unwrap()), "{engine}: {search}");

        // A batch holds ten comments nobody reviewed; seen ones do not come again for who saw them.
        let shuffle = "04000000-0000-8000-8000-000000000000";
        let ten = batch(&app, shuffle).await;
        assert_eq!(ten.iter().collect::<BTreeSet<_>>().len(), 10, "{engine}");
        assert_eq!(ten, batch(&app, shuffle).await, "reading moves nothing");
        let mut said = Vec::new();
        for uid in &ten {
            let n: usize = uid.rsplit_once(".c").unwrap().1.parse().unwrap();
            assert!(n >= 20, "only what nobody reviewed");
            let labelling =
                json!({"labelling": [{"group": "default", "assigned": [{"name": text(n).0, "sentiment": "positive"}]}]});
            app.ok("POST", &format!("{DATASET}/labellings/{uid}"), labelling).await;
            said.push(see(&app, shuffle, uid, true).await);
        }
        assert_eq!(said[..9].iter().collect::<BTreeSet<_>>().len(), 1, "{said:?}");
        assert_eq!((said[8].as_str(), said[9].as_str()), ("incomplete", "newly-completed"), "{engine}");
        assert_eq!(see(&app, shuffle, &ten[9], true).await, "already-complete", "{engine}: twice is once");
        let next = batch(&app, shuffle).await;
        assert!(next.len() == 10 && next.iter().all(|uid| !ten.contains(uid)), "{engine}");
        see(&app, shuffle, &next[0], false).await;
        assert!(!batch(&app, shuffle).await.contains(&next[0]), "skipped comments do not come again");
        let other = user(&app.env, "other", &["tenant-admin"], &[]).await;
        let headers = [("authorization", format!("Bearer {other}"))];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let path = format!("{DATASET}/{shuffle}/training-action-comment-uids");
        let theirs = app.send_raw("GET", &path, &headers, Vec::new()).await;
        assert_eq!(theirs.body["comment_uids"][0], next[0], "{engine}: each user has an own list");

        // Every listed action gives comments or says that it has none.
        app.run_jobs().await;
        for action in actions(&app).await {
            let uids = batch(&app, action["id"].as_str().unwrap()).await;
            assert!(uids.len() <= 10, "{action}");
            assert_eq!(uids.iter().collect::<BTreeSet<_>>().len(), uids.len(), "{action}");
        }
        let unknown = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
        assert_eq!(app.err("GET", &format!("{DATASET}/{unknown}/training-action-comment-uids"), json!({})).await.0, 404);
        assert_eq!(app.err("GET", &format!("{DATASET}/nonsense/training-action-comment-uids"), json!({})).await.0, 400);
        let body = json!({"is_with_annotation": true});
        let absent = format!("{DATASET}/{shuffle}/{source_id}.none/seen-training-comment");
        assert_eq!(app.err("PUT", &absent, body).await.0, 404);
    }
}
