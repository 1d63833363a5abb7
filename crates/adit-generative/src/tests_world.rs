//! For tests: a small world to ask a language model about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use adit_datasets::{Dataset, Predictor};
use adit_http::{Address, AddressKind, Caller, Directory, Identity};
use adit_kernel::{Id, Result, expand_permissions};
use adit_ml::HashEncoder;
use adit_store::{Env, args};
pub(crate) use adit_testing::llm::{FakeLlm, Play, says};
use adit_testing::{Parts, TestApp, databases};
use async_trait::async_trait;
use serde_json::{Value, json};

use crate::Llm;
use crate::options::{Options, Secret, checked_url};

/// Where questions go in tests.
pub(crate) trait Endpoint {
    /// Options that point here.
    fn options(&self) -> Options;
}

impl Endpoint for FakeLlm {
    fn options(&self) -> Options {
        Options {
            url: checked_url(&self.url, false).unwrap(),
            model: "test-model".into(),
            key: Some(Secret::new("sk-test").unwrap()),
            timeout: Duration::from_secs(20),
            daily_token_budget: Some(1_000_000),
            concurrency: 4,
            first_wait: Duration::from_millis(5),
        }
    }
}

/// The token is the list of permissions in `acme`, joined by `+`; `root` may do everything.
struct TokenDirectory(Id);

#[async_trait]
impl Directory for TokenDirectory {
    async fn tenant(&self, _env: &Env, _name: Option<&str>) -> Result<Id> {
        Ok(self.0)
    }

    async fn caller(&self, _env: &Env, tenant: Id, token: &str) -> Result<Identity> {
        let mut caller = Caller { user_id: Id::new(7), tenant_id: tenant, global: BTreeSet::new(), projects: BTreeMap::new() };
        match token {
            "root" => drop(caller.global.insert("tenant-admin".into())),
            _ => drop(caller.projects.insert("acme".into(), expand_permissions(token.split('+')))),
        }
        Ok(Identity::Known(caller))
    }

    async fn has_project(&self, _env: &Env, _tenant: Id, name: &str) -> Result<bool> {
        Ok(name == "acme")
    }

    async fn project_of(&self, env: &Env, tenant: Id, kind: AddressKind, id: Id) -> Result<Option<String>> {
        let mut tx = env.read().await?;
        Ok(match kind {
            AddressKind::Source => adit_corpus::source_by_id(&mut tx, tenant, id).await?.map(|source| source.owner),
            _ => adit_datasets::dataset_at(&mut tx, tenant, &Address::Id(id)).await?.map(|dataset| dataset.owner),
        })
    }
}

/// A server with the project `acme`, once per engine at hand, asking `options`.
pub(crate) async fn worlds(options: Option<Options>) -> Vec<World> {
    let mut worlds = Vec::new();
    for (_, database, folder) in databases().await {
        let tenant = Id::new(1);
        let parts = Parts {
            migrations: [
                adit_jobs::migrations(),
                adit_tenancy::migrations(),
                adit_corpus::migrations(),
                adit_datasets::migrations(),
                adit_models::migrations(),
                crate::migrations(),
            ]
            .concat(),
            operations: [adit_corpus::operations(), adit_datasets::operations(), adit_models::operations(), crate::operations()]
                .concat(),
            jobs: adit_corpus::jobs().merge(adit_datasets::jobs()).merge(adit_models::jobs()).merge(crate::jobs()),
            directory: Arc::new(TokenDirectory(tenant)),
        };
        let llm = options.clone().map(|options| Arc::new(Llm::new(options).unwrap()));
        let services = |env: Env| {
            let env = env.with_service(adit_tenancy::usage::Meter::default());
            let env = env.with_service(adit_models::Engine::new(Arc::new(HashEncoder::new()), 1));
            crate::with_services(env.with_service(Predictor(Arc::new(adit_models::LatestPredictor))), llm.clone())
        };
        let mut app = TestApp::start(database, folder, parts, services).await;
        app.token = "root".to_owned();
        let mut tx = app.env.begin().await.unwrap();
        let sql = "INSERT INTO tenants (id, name, is_default, created_us) VALUES ($1, 'one', 1, 0)";
        tx.execute(sql, args![tenant]).await.unwrap();
        let sql = "INSERT INTO projects (tenant_id, name, id, title, description, user_auto_join, created_us, updated_us)
            VALUES ($1, 'acme', 1, '', '', 0, 0, 0)";
        tx.execute(sql, args![tenant]).await.unwrap();
        tx.commit().await.unwrap();
        worlds.push(World { app, llm, tenant });
    }
    worlds
}

/// A server to ask.
pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) llm: Option<Arc<Llm>>,
    pub(crate) tenant: Id,
}

/// The path of the dataset in every world.
pub(crate) const DATASET: &str = "/api/v1/datasets/acme/orders";
/// The same in private paths.
pub(crate) const PRIVATE: &str = "/api/_private/datasets/acme/orders";

impl World {
    /// Source `acme/desk` with these texts as comments `0`, `1`, …, and dataset `acme/orders` with these labels and
    /// flags; returns the source's id.
    pub(crate) async fn filled(&self, texts: &[&str], label_defs: Value, flags: &[&str]) -> String {
        let source = self.app.ok("PUT", "/api/v1/sources/acme/desk", json!({"source": {"title": "Help desk"}})).await;
        let comment = |(n, text): (usize, &&str)| {
            json!({
                "id": n.to_string(), "timestamp": format!("2024-03-0{}T10:00:00Z", 1 + n % 4),
                "messages": [{"body": {"text": text}, "from": "ann@acme.test", "to": ["desk@bank.test"]}],
                "user_properties": {"string:Team": if n % 2 == 0 { "Red" } else { "Blue" }, "number:NPS": n % 11, "string:Secret": "x"},
            })
        };
        let comments: Vec<Value> = texts.iter().enumerate().map(comment).collect();
        self.app.ok("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": comments})).await;
        let id = source["source"]["id"].as_str().unwrap().to_owned();
        let dataset = json!({
            "source_ids": [id], "has_sentiment": false, "label_defs": label_defs, "_dataset_flags": flags,
            "entity_defs": [{"name": "policy-number", "title": "Policy number", "inherits_from": [], "trainable": true}],
        });
        self.app.ok("PUT", DATASET, json!({"dataset": dataset})).await;
        id
    }

    /// The dataset as it is stored.
    pub(crate) async fn dataset(&self) -> Dataset {
        let mut tx = self.app.env.read().await.unwrap();
        let address = Address::Name { owner: "acme".into(), name: "orders".into() };
        adit_datasets::dataset_at(&mut tx, self.tenant, &address).await.unwrap().unwrap()
    }

    /// Tokens used today.
    pub(crate) async fn used(&self) -> i64 {
        self.llm.as_ref().unwrap().used_today(&self.app.env, self.tenant).await.unwrap()
    }
}
