//! Puts the areas together: tables, operations, jobs, services.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use adit_corpus as corpus;
use adit_datasets as datasets;
use adit_generative as generative;
use adit_http::Operation;
use adit_identity as identity;
use adit_jobs::Registry;
use adit_ml::Encoder;
use adit_models as models;
use adit_store::{Database, Env, Migration, Tx, blobs::Blobs, migrate as migrations, seal::Keyring, seal::Sealed};
use adit_streams as streams;
use adit_tenancy as tenancy;
use anyhow::Context;
use async_trait::async_trait;

use crate::cli::{DefaultEncoder, StoreOptions};
use crate::encoders::{InProgram, Multilingual};
use crate::system::{SystemClock, SystemRandom};

/// The tables of all areas.
pub(crate) fn all_migrations() -> Vec<Migration> {
    [
        adit_jobs::migrations(),
        tenancy::migrations(),
        identity::migrations(),
        corpus::migrations(),
        datasets::migrations(),
        models::migrations(),
        generative::migrations(),
        streams::migrations(),
        adit_insight::migrations(),
    ]
    .concat()
}

/// The columns of all areas whose values are sealed.
pub(crate) fn all_sealed_columns() -> Vec<Sealed> {
    [tenancy::sealed_columns(), identity::sealed_columns()].concat()
}

/// The operations of all areas.
pub(crate) fn all_operations() -> Vec<&'static Operation> {
    [
        tenancy::operations(),
        identity::operations(),
        corpus::operations(),
        datasets::operations(),
        models::operations(),
        generative::operations(),
        streams::operations(),
        adit_insight::operations(),
    ]
    .concat()
}

/// The jobs and subscriptions of all areas.
pub(crate) fn all_jobs() -> Registry {
    tenancy::jobs()
        .merge(identity::jobs())
        .merge(corpus::jobs())
        .merge(datasets::jobs())
        .merge(models::jobs())
        .merge(generative::jobs())
        .merge(adit_insight::jobs())
}

/// Throws away what is derived and enqueues what computes it again.
pub(crate) async fn rebuild(env: &Env) -> adit_kernel::Result<()> {
    let mut tx = env.begin().await?;
    models::rebuild(&mut tx, env.now()).await?;
    adit_insight::rebuild(&mut tx, env.now()).await?;
    tx.commit().await
}

/// Opens the database and the blobs, without touching the schema.
pub(crate) async fn open(options: &StoreOptions) -> anyhow::Result<Env> {
    create_private_folder(&options.data_dir)?;
    let db = match &options.database_url {
        Some(address) if address.starts_with("postgres:") || address.starts_with("postgresql:") => {
            Database::open_postgres(address).await
        }
        Some(_) => {
            anyhow::bail!("the database address must begin with `postgres://`; leave it out to use SQLite in the data folder")
        }
        None => Database::open_sqlite(&options.data_dir.join("adit.sqlite")).await,
    };
    let blobs = Blobs::in_folder(&options.data_dir.join("blobs")).map_err(described)?;
    let env = Env::new(db.map_err(described)?, blobs, Arc::new(SystemClock), Arc::new(SystemRandom));
    Ok(env.with_service(keyring(options)?))
}

/// The keys that seal secrets: from the environment, or from a file that is made when absent.
fn keyring(options: &StoreOptions) -> anyhow::Result<Keyring> {
    if let Some(keys) = &options.secret_keys {
        return Keyring::parse(keys).map_err(described);
    }
    let beside_data = options.data_dir.join("secret.key");
    Keyring::in_file(options.secret_key_file.as_deref().unwrap_or(&beside_data), &SystemRandom).map_err(described)
}

/// Opens everything, brings the schema up to date and makes sure there is a default tenant.
pub(crate) async fn open_current(options: &StoreOptions) -> anyhow::Result<Env> {
    let env = open(options).await?;
    let n_applied = migrations::run(&env.db, &all_migrations(), env.clock.as_ref()).await.map_err(described)?;
    if n_applied > 0 {
        tracing::info!(migrations.applied = n_applied, "the schema is up to date");
        tenancy::mail::seal_older(&env).await.map_err(described)?;
    }
    let mut tx = env.begin().await.map_err(described)?;
    tenancy::tenants::create_default(&mut tx, env.random.as_ref(), env.now()).await.map_err(described)?;
    tx.commit().await.map_err(described)?;
    Ok(env)
}

/// Adds the services that handlers and jobs ask for.
pub(crate) fn with_services(
    env: Env,
    data_dir: &Path,
    encoder: DefaultEncoder,
    threads: usize,
    llm: Option<Arc<generative::Llm>>,
) -> Env {
    generative::with_services(with_areas(env.with_service(engine(data_dir, encoder, threads))), llm)
}

/// The learning engine with the encoders that are there.
fn engine(data_dir: &Path, encoder: DefaultEncoder, threads: usize) -> models::Engine {
    let in_program = InProgram::open(encoder, threads);
    if let Some(error) = in_program.trouble() {
        tracing::error!(%error, "the chosen encoder cannot be used; learning will be worse");
    }
    let engine = in_program.engine(threads);
    match Multilingual::open(data_dir, threads) {
        Multilingual::Usable(encoder) => engine.with_multilingual(Arc::from(encoder as Box<dyn Encoder>)),
        Multilingual::Absent => engine,
        Multilingual::Broken(error) => {
            tracing::error!(error = %error, "the multilingual encoder cannot be used; the default one stands in for it");
            engine
        }
    }
}

/// Has everything made anew that was made with other encoders than there are now.
pub(crate) async fn follow_encoders(env: &Env) -> anyhow::Result<()> {
    let followed = models::follow_encoders(env).await.map_err(described)?;
    if followed.n_changed > 0 {
        tracing::info!(datasets = followed.n_changed, "the encoder of some datasets has changed; they are trained anew");
    }
    if followed.n_substituted > 0 {
        tracing::warn!(
            datasets = followed.n_substituted,
            "some datasets ask for the multilingual encoder, which is not installed: `adit encoders install`"
        );
    }
    Ok(())
}

/// The services by which lower areas ask higher ones.
pub(crate) fn with_areas(env: Env) -> Env {
    let counters: Vec<(&'static str, tenancy::Counter)> = vec![
        ("sources", |tx, tenant, project| Box::pin(corpus::count_sources(tx, tenant, project))),
        ("buckets", |tx, tenant, project| Box::pin(corpus::count_buckets(tx, tenant, project))),
        ("datasets", |tx, tenant, project| Box::pin(datasets::count_datasets(tx, tenant, project))),
    ];
    env.with_service(tenancy::mail::Outlet::default())
        .with_service(tenancy::users::FirstLinks(|tx, env, base, tenant, user| {
            Box::pin(identity::first_link(tx, env, base, tenant, user))
        }))
        .with_service(identity::SingleSignOn::default())
        .with_service(identity::Strangers::default())
        .with_service(tenancy::usage::Meter::default())
        .with_service(tenancy::quotas::Usages(vec![
            |tx, tenant| Box::pin(tenancy::quotas::own_usage(tx, tenant)),
            |tx, tenant| Box::pin(corpus::usage(tx, tenant)),
            |tx, tenant| Box::pin(datasets::usage(tx, tenant)),
            |tx, tenant| Box::pin(models::usage(tx, tenant)),
            |tx, tenant| Box::pin(streams::usage(tx, tenant)),
        ]))
        .with_service(tenancy::audit::SubjectFinders(crate::subjects::FINDERS.to_vec()))
        .with_service(tenancy::ResourceCounters(counters))
        .with_service(datasets::Predictor(Arc::new(models::LatestPredictor)))
        .with_service(models::StreamUses(Arc::new(StreamTable)))
        .with_service(adit_insight::ExceptionTable(Arc::new(StreamTable)))
}

/// The thread budget: what was asked for, or all cores.
pub(crate) fn thread_budget(asked: usize) -> usize {
    if asked > 0 { asked } else { std::thread::available_parallelism().map_or(2, usize::from) }
}

struct StreamTable;

#[async_trait]
impl models::StreamUse for StreamTable {
    async fn streams_using(&self, tx: &mut Tx, dataset: adit_kernel::Id, version: u32) -> adit_kernel::Result<Vec<String>> {
        streams::streams_using_version(tx, dataset, version).await
    }
}

#[async_trait]
impl adit_insight::Exceptions for StreamTable {
    async fn exceptions_of(
        &self,
        tx: &mut Tx,
        dataset: adit_kernel::Id,
        seqs: &[i64],
    ) -> adit_kernel::Result<HashMap<i64, Vec<(adit_kernel::Id, String)>>> {
        streams::exceptions_of(tx, dataset, seqs).await
    }

    async fn titles(&self, tx: &mut Tx, dataset: adit_kernel::Id) -> adit_kernel::Result<Vec<(adit_kernel::Id, String)>> {
        streams::titles(tx, dataset).await
    }
}

/// `adit migrate`.
pub(crate) async fn migrate(options: &StoreOptions) -> anyhow::Result<()> {
    open_current(options).await?;
    println!("the schema is up to date");
    Ok(())
}

/// An error with its hidden detail: on the command line the operator is the one who must see it.
pub(crate) fn described(error: adit_kernel::Error) -> anyhow::Error {
    match error.detail() {
        Some(detail) => anyhow::anyhow!(detail),
        None => anyhow::anyhow!(error.message().to_owned()),
    }
}

/// The data folder, for its owner only.
pub(crate) fn create_private_folder(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(folder).with_context(|| format!("cannot create the data folder `{}`", folder.display()))
}
