//! Deletions beside other changes at the same time, on both engines.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use adit_http::{Address, Call, Needs, Operation, Reply};
use adit_kernel::Error;
use adit_store::{Tx, args};
use serde_json::{Value, json};

use super::store::{self, Dataset, dataset_at};
use crate::tests_world::{DATASET, TENANT, World, on_both};

/// Long enough for what was begun to wait for whoever is in its way.
const A_WHILE: Duration = Duration::from_millis(300);

async fn with_two_labels(world: &World) -> Dataset {
    world.put(DATASET, json!({"dataset": {"label_defs": [{"name": "First"}, {"name": "Last"}]}})).await;
    let mut tx = world.app.env.read().await.unwrap();
    let address = Address::Name { owner: "acme".into(), name: "orders".into() };
    dataset_at(&mut tx, TENANT, &address).await.unwrap().unwrap()
}

async fn change(tx: &mut Tx, dataset: &Dataset, label: &str) {
    let sql = "UPDATE labels SET title = 'new' WHERE dataset_id = $1 AND name = $2";
    assert_eq!(tx.execute(sql, args![dataset.id, label]).await.unwrap(), 1, "{label}");
}

#[test]
fn a_deletion_waits_for_whoever_holds_the_dataset() {
    on_both(|world| async move {
        let dataset = with_two_labels(&world).await;
        let env = &world.app.env;
        let mut tx = env.begin().await.unwrap();
        assert!(store::holds(&mut tx, &dataset).await.unwrap());
        let deletion = tokio::spawn({
            let (env, dataset) = (env.clone(), dataset.clone());
            async move {
                let mut tx = env.begin().await?;
                store::seize(&mut tx, &dataset).await?;
                store::delete(&mut tx, &dataset).await?;
                tx.commit().await
            }
        });
        // The other way round than the deletion goes.
        change(&mut tx, &dataset, "Last").await;
        tokio::time::sleep(A_WHILE).await;
        change(&mut tx, &dataset, "First").await;
        assert!(!deletion.is_finished());
        tx.commit().await.unwrap();
        deletion.await.unwrap().unwrap();
        let mut tx = env.begin().await.unwrap();
        assert!(!store::holds(&mut tx, &dataset).await.unwrap());
        let gone = store::seize(&mut tx, &dataset).await.unwrap_err();
        assert_eq!(gone.message(), "The dataset was deleted at the same time.");
    });
}

#[test]
fn a_deletion_that_loses_a_race_is_run_again() {
    on_both(|world| async move {
        let dataset = with_two_labels(&world).await;
        // Without holding the dataset, so that both wait for each other and PostgreSQL undoes the one that waited first.
        let mut tx = world.app.env.begin().await.unwrap();
        change(&mut tx, &dataset, "Last").await;
        let rest = async {
            tokio::time::sleep(A_WHILE).await;
            change(&mut tx, &dataset, "First").await;
            tx.commit().await.unwrap();
        };
        tokio::join!(world.delete(DATASET), rest);
        assert_eq!(world.app.err("GET", DATASET, Value::Null).await.0, 404);
    });
}

static N_CALLS: AtomicUsize = AtomicUsize::new(0);

async fn losing(call: Call, commits_first: bool) -> adit_kernel::Result<Reply> {
    N_CALLS.fetch_add(1, Ordering::SeqCst);
    if commits_first {
        call.env.begin().await?.commit().await?;
    }
    let tx = call.env.begin().await?;
    drop(tx);
    Err(Error::lost_race("somebody else was faster"))
}

static LOSES: Operation = Operation {
    id: "delete_dataset_v1",
    method: http::Method::DELETE,
    path: "/api/v1/datasets/{owner}/{dataset_name}",
    needs: Needs::SignedIn,
    serve: |call| Box::pin(losing(call, false)),
};
static COMMITS_AND_LOSES: Operation = Operation {
    id: LOSES.id,
    method: http::Method::DELETE,
    path: LOSES.path,
    needs: Needs::SignedIn,
    serve: |call| Box::pin(losing(call, true)),
};

#[test]
fn what_has_committed_something_is_not_run_again() {
    on_both(|world| async move {
        for (operation, n_calls) in [(&LOSES, 4), (&COMMITS_AND_LOSES, 1)] {
            N_CALLS.store(0, Ordering::SeqCst);
            let mut app = world.app.with_operations(vec![operation]);
            app.token.clone_from(&world.app.token);
            assert_eq!(app.err("DELETE", DATASET, Value::Null).await, (409, "somebody else was faster".to_owned()));
            assert_eq!(N_CALLS.load(Ordering::SeqCst), n_calls);
        }
    });
}
