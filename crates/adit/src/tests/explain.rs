//! Why a label: the words that a prediction hangs on.

use adit_http::Address;
use adit_tenancy::tenants;

use super::setting::{annotate, apps, filled};

#[tokio::test]
async fn a_prediction_hangs_on_the_words_it_was_learnt_from() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 40).await;
        annotate(&app, &source_id, 30).await;
        app.run_jobs().await;
        let mut tx = app.env.read().await.unwrap();
        let tenant = tenants::named_or_default(&mut tx, None).await.unwrap().id;
        let address = Address::Name { owner: "acme".into(), name: "orders".into() };
        let dataset = adit_datasets::dataset_at(&mut tx, tenant, &address).await.unwrap().unwrap();
        let uid = format!("{source_id}.c33");
        let comment = adit_corpus::comment_by_uid(&mut tx, tenant, &uid).await.unwrap().unwrap();
        drop(tx);
        let found = adit_models::explained(&app.env, &dataset, &comment, "Exchange rate").await.unwrap();
        assert!(found.probability > 0.5, "{engine}: {}", found.probability);
        let best: Vec<&str> = found.words.iter().take(2).map(|(word, _)| word.as_str()).collect();
        assert!(best.contains(&"exchange") || best.contains(&"rate"), "{engine}: {:?}", found.words);
        assert!(!found.nearest.is_empty() && found.nearest.is_sorted_by(|a, b| a.1 >= b.1), "{engine}");
        let unknown = adit_models::explained(&app.env, &dataset, &comment, "No such").await.err().unwrap();
        assert_eq!(unknown.kind(), adit_kernel::Kind::Unprocessable);
    }
}
