//! A small world for the tests of this crate: a database per test, a project, and the operations behind HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use adit_http::{AddressKind, Caller, Directory, Identity, Registry, Router, ServeOptions};
use adit_kernel::{FixedClock, Id, Result, SeededRandom, Timestamp, expand_permissions};
use adit_store::blobs::Blobs;
use adit_store::{Database, Env, Migration, args, migrate};
use async_trait::async_trait;
use axum::body::Body;
use http::{Method, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const TENANT: Id = Id::new(1);

const PROJECTS: Migration = Migration {
    number: 100,
    name: "projects",
    sql: "CREATE TABLE projects (tenant_id BIGINT NOT NULL, name TEXT {{bytewise}} NOT NULL, PRIMARY KEY (tenant_id, name));",
};

/// A database with one tenant that has the projects `acme` and `other`.
pub(crate) struct World {
    pub(crate) env: Env,
    pub(crate) clock: Arc<FixedClock>,
    router: axum::Router,
    _folder: tempfile::TempDir,
}

/// The token is the list of permissions in `acme`, joined by `+`; `root` may do everything.
struct TokenDirectory;

#[async_trait]
impl Directory for TokenDirectory {
    async fn tenant(&self, _env: &Env, name: Option<&str>) -> Result<Id> {
        Ok(if name == Some("second") { Id::new(2) } else { TENANT })
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
        if kind == AddressKind::Bucket {
            return Ok(crate::bucket_by_id(&mut tx, tenant, id).await?.map(|bucket| bucket.owner));
        }
        Ok(crate::source_by_id(&mut tx, tenant, id).await?.map(|source| source.owner))
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
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open_sqlite(&folder.path().join("adit.db")).await.unwrap();
        test(World::new(db, folder).await).await;
        if let Ok(address) = std::env::var("ADIT_TEST_POSTGRES") {
            let schema = fresh_schema(&address).await;
            let joint = if address.contains('?') { '&' } else { '?' };
            let db = Database::open_postgres(&format!("{address}{joint}options[search_path]={schema}")).await.unwrap();
            test(World::new(db, tempfile::tempdir().unwrap()).await).await;
            drop_schema(&address, &schema).await;
        }
    });
}

async fn fresh_schema(address: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let schema = format!("corpus_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    let db = Database::open_postgres(address).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    tx.execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE"), vec![]).await.unwrap();
    tx.execute(&format!("CREATE SCHEMA {schema}"), vec![]).await.unwrap();
    tx.commit().await.unwrap();
    schema
}

async fn drop_schema(address: &str, schema: &str) {
    let db = Database::open_postgres(address).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    tx.execute(&format!("DROP SCHEMA {schema} CASCADE"), vec![]).await.unwrap();
    tx.commit().await.unwrap();
}

impl World {
    async fn new(db: Database, folder: tempfile::TempDir) -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2024-03-05T09:15:00Z").unwrap()));
        let migrations =
            [[&[PROJECTS][..], &adit_tenancy::quotas::migrations()].concat(), crate::migrations(), adit_jobs::migrations()]
                .concat();
        migrate::run(&db, &migrations, clock.as_ref()).await.unwrap();
        let env = Env::new(db, Blobs::in_memory(), clock.clone(), Arc::new(SeededRandom::new(3)));
        let mut tx = env.begin().await.unwrap();
        for (tenant, project) in [(1, "acme"), (1, "other"), (2, "acme")] {
            tx.execute("INSERT INTO projects (tenant_id, name) VALUES ($1, $2)", args![tenant, project]).await.unwrap();
        }
        tx.commit().await.unwrap();
        let registry = Registry::new(crate::operations());
        let router = Router::build(ServeOptions::new(env.clone(), registry, Arc::new(TokenDirectory)));
        Self { env, clock, router, _folder: folder }
    }

    /// One request; the code and the reply.
    pub(crate) async fn ask(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let code = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (code, serde_json::from_slice(&bytes).unwrap())
    }

    /// A request as the administrator that must succeed.
    pub(crate) async fn ok(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (code, reply) = self.ask("root", method, path, body).await;
        assert_eq!(code, 200, "{reply}");
        reply
    }

    /// A request as the administrator that must fail: the code and the message.
    pub(crate) async fn fail(&self, method: Method, path: &str, body: Option<Value>) -> (u16, String) {
        let (code, reply) = self.ask("root", method, path, body).await;
        assert_eq!(reply["status"], "error", "{reply}");
        (code, reply["message"].as_str().unwrap().to_owned())
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.ok(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.ok(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Value {
        self.ok(Method::PUT, path, Some(body)).await
    }

    /// Creates the source `acme/desk` and returns its id.
    pub(crate) async fn desk(&self) -> String {
        let reply = self.put("/api/v1/sources/acme/desk", json!({"source": {"title": "Desk"}})).await;
        reply["source"]["id"].as_str().unwrap().to_owned()
    }

    /// Synchronises comments into `acme/desk`.
    pub(crate) async fn sync(&self, comments: Value) -> Value {
        self.post("/api/v1/sources/acme/desk/sync", json!({"comments": comments})).await
    }

    /// How many events of a topic wait.
    pub(crate) async fn events(&self, topic: &str) -> i64 {
        let mut tx = self.env.read().await.unwrap();
        tx.one("SELECT COUNT(*) FROM outbox WHERE topic = $1", args![topic]).await.unwrap().int(0).unwrap()
    }
}
