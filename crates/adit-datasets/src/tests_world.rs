//! A small world for the tests of this crate: two projects, a source with comments, and the operations behind HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;

use adit_corpus::StoredComment;
use adit_http::{Address, AddressKind, Caller, Directory, Identity};
use adit_kernel::{Id, Result, expand_permissions};
use adit_store::{Env, Migration, args};
use adit_testing::{Parts, TestApp, databases};
use async_trait::async_trait;
use serde_json::{Value, json};

use crate::{Dataset, Predict, PredictedLabel, Predictions, Predictor};

pub(crate) const TENANT: Id = Id::new(1);

const PROJECTS: Migration = Migration {
    number: 100,
    name: "projects",
    sql: "CREATE TABLE projects (tenant_id BIGINT NOT NULL, name TEXT {{bytewise}} NOT NULL, PRIMARY KEY (tenant_id, name));",
};

/// The token is the list of permissions in `acme`, joined by `+`; `root` may do everything.
struct TokenDirectory;

#[async_trait]
impl Directory for TokenDirectory {
    async fn tenant(&self, _env: &Env, _name: Option<&str>) -> Result<Id> {
        Ok(TENANT)
    }

    async fn caller(&self, _env: &Env, tenant: Id, token: &str) -> Result<Identity> {
        let mut caller = Caller { user_id: Id::new(7), tenant_id: tenant, global: BTreeSet::new(), projects: BTreeMap::new() };
        if token == "root" {
            caller.global.insert("tenant-admin".into());
        } else {
            caller.projects.insert("acme".into(), expand_permissions(token.split('+')));
        }
        Ok(Identity::Known(caller))
    }

    async fn has_project(&self, env: &Env, tenant: Id, name: &str) -> Result<bool> {
        let mut tx = env.read().await?;
        Ok(tx.first("SELECT 1 FROM projects WHERE tenant_id = $1 AND name = $2", args![tenant, name]).await?.is_some())
    }

    async fn project_of(&self, env: &Env, tenant: Id, kind: AddressKind, id: Id) -> Result<Option<String>> {
        let mut tx = env.read().await?;
        Ok(match kind {
            AddressKind::Source => adit_corpus::source_by_id(&mut tx, tenant, id).await?.map(|source| source.owner),
            _ => crate::dataset_at(&mut tx, tenant, &Address::Id(id)).await?.map(|dataset| dataset.owner),
        })
    }
}

/// Predicts the same for every comment, once the dataset has a source.
struct SamePrediction;

#[async_trait]
impl Predict for SamePrediction {
    async fn predict_latest(&self, _: &Env, dataset: &Dataset, comments: &[StoredComment]) -> Result<Option<Vec<Predictions>>> {
        let label = PredictedLabel { name: vec!["A".into(), "B".into()], probability: 0.5, sentiment: None };
        let same = Predictions { labels: vec![label], ..Predictions::default() };
        Ok((!dataset.source_ids.is_empty()).then(|| vec![same; comments.len()]))
    }
}

/// Runs a test on SQLite, and on PostgreSQL where `ADIT_TEST_POSTGRES` names one.
pub(crate) fn on_both<F, Fut>(test: F)
where
    F: Fn(World) -> Fut,
    Fut: Future<Output = ()>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        for (_, database, folder) in databases().await {
            let parts = Parts {
                migrations: [
                    [&[PROJECTS][..], &adit_tenancy::quotas::migrations()].concat(),
                    adit_corpus::migrations(),
                    crate::migrations(),
                    adit_jobs::migrations(),
                ]
                .concat(),
                operations: [adit_corpus::operations(), crate::operations()].concat(),
                jobs: crate::jobs(),
                directory: Arc::new(TokenDirectory),
            };
            let mut app =
                TestApp::start(database, folder, parts, |env| env.with_service(Predictor(Arc::new(SamePrediction)))).await;
            app.token = "root".to_owned();
            let mut tx = app.env.begin().await.unwrap();
            for project in ["acme", "other"] {
                tx.execute("INSERT INTO projects (tenant_id, name) VALUES ($1, $2)", args![TENANT, project]).await.unwrap();
            }
            tx.commit().await.unwrap();
            test(World { app }).await;
        }
    });
}

/// A server with the projects `acme` and `other`.
pub(crate) struct World {
    pub(crate) app: TestApp,
}

impl World {
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.app.ok("GET", path, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.app.ok("POST", path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Value {
        self.app.ok("PUT", path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Value {
        self.app.ok("DELETE", path, Value::Null).await
    }

    /// Creates the source `{project}/{name}` with comments `1` to `n_comments`; returns its id.
    pub(crate) async fn source(&self, project: &str, name: &str, n_comments: usize) -> String {
        let address = format!("/api/v1/sources/{project}/{name}");
        let reply = self.put(&address, json!({"source": {"title": name}})).await;
        let comments: Vec<Value> = (1..=n_comments).map(|n| comment(&n.to_string(), "Smile 😀 now")).collect();
        if n_comments > 0 {
            self.post(&format!("{address}/sync"), json!({"comments": comments})).await;
        }
        reply["source"]["id"].as_str().unwrap().to_owned()
    }

    /// Creates the source `acme/desk` and the dataset `acme/orders` on it; returns the source's id.
    pub(crate) async fn orders(&self, n_comments: usize) -> String {
        let source = self.source("acme", "desk", n_comments).await;
        self.put(DATASET, json!({"dataset": {"source_ids": [source], "has_sentiment": false}})).await;
        source
    }

    /// Changes the labelling of one comment of `acme/orders`.
    pub(crate) async fn label(&self, uid: &str, body: Value) -> Value {
        self.post(&format!("{LABELLINGS}/{uid}"), body).await
    }

    /// The names of all labels of `acme/orders`.
    pub(crate) async fn names(&self) -> Vec<String> {
        let reply = self.get(DATASET).await;
        let defs = reply["dataset"]["label_defs"].as_array().unwrap().clone();
        defs.iter().map(|def| def["name"].as_str().unwrap().to_owned()).collect()
    }

    /// How many events of a topic wait.
    pub(crate) async fn events(&self, topic: &str) -> i64 {
        let mut tx = self.app.env.read().await.unwrap();
        tx.one("SELECT COUNT(*) FROM outbox WHERE topic = $1", args![topic]).await.unwrap().int(0).unwrap()
    }
}

pub(crate) const DATASET: &str = "/api/v1/datasets/acme/orders";
pub(crate) const LABELLINGS: &str = "/api/_private/datasets/acme/orders/labellings";
pub(crate) const LABELS: &str = "/api/_private/datasets/acme/orders/labels/default";

/// A comment with one message.
pub(crate) fn comment(id: &str, text: &str) -> Value {
    json!({"id": id, "timestamp": "2024-03-01T00:00:00Z", "messages": [{"subject": {"text": "Hi"}, "body": {"text": text}}]})
}

/// An assigned label.
pub(crate) fn assigned(names: &[&str]) -> Value {
    let labels: Vec<Value> = names.iter().map(|name| json!({"name": name, "sentiment": "positive"})).collect();
    json!({"labelling": [{"group": "default", "assigned": labels}]})
}
