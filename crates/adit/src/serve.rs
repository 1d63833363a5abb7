//! `adit serve` and `adit work`: start, run until told to stop, stop in order.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use adit_http::{Network, Rates, Registry, Router, ServeOptions as HttpOptions};
use adit_identity::{IdentitySite, Settings, SingleSignOn};
use adit_jobs::Workers;
use adit_store::Env;
use adit_tenancy::usage::Meter;
use anyhow::{Context, bail};
use axum_server::Handle;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{ServeOptions, WorkOptions};
use crate::directory::Areas;
use crate::{admin, listen, tls, wiring};

/// How long running requests may take to finish after a stop was asked for.
const DRAIN: Duration = Duration::from_secs(30);

/// Serves until SIGTERM or SIGINT.
pub(crate) async fn run(options: ServeOptions) -> anyhow::Result<()> {
    let tls = tls::choose(&options)?;
    let _lock = lock(&options.store.data_dir, options.store.database_url.is_some())?;
    let metrics = PrometheusBuilder::new().install_recorder().context("cannot install the metrics recorder")?;
    let threads = wiring::thread_budget(options.threads);
    let llm = options.llm.open()?;
    let env = wiring::open_current(&options.store).await?;
    let env = wiring::with_services(env, &options.store.data_dir, options.encoder, threads, llm);
    wiring::follow_encoders(&env).await?;
    admin::bootstrap(&env, options.bootstrap_admin_token_file.as_deref()).await?;
    let listener = std::net::TcpListener::bind(options.listen).with_context(|| format!("cannot listen on {}", options.listen))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let link_base = options.mail.public_base().unwrap_or_else(|| format!("{scheme}://{address}"));
    let env = env.with_service(options.mail.outlet(Some(link_base.clone()))?);
    let env = env.with_service(SingleSignOn(options.oidc.provider().map(|provider| provider.tenant)));
    adit_tenancy::mail::resume(&env).await.map_err(wiring::described)?;
    let workers = Workers::start(env.clone(), wiring::all_jobs(), options.workers).await.map_err(wiring::described)?;
    let handle = Handle::new();
    let stopper = tokio::spawn(stop_when_told(handle.clone()));
    if options.bootstrap_admin_token_file.is_none() {
        admin::offer_set_up(&env, &link_base).await?;
    }
    let app = Router::build(http_options(&env, &options, metrics, tls.is_some(), link_base)?);
    tracing::info!(%address, "listening on {scheme}://{address}");
    listen::serve(listener, tls, &options.limits, handle, app).await?;
    stopper.abort();
    // Requests are done; now the jobs hand their leases back.
    wind_up(&env, workers).await?;
    env.db.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Runs jobs until SIGTERM or SIGINT.
pub(crate) async fn work(options: WorkOptions) -> anyhow::Result<()> {
    if options.store.database_url.is_none() {
        bail!("`adit work` needs `--database-url`: on SQLite `adit serve` runs the jobs itself");
    }
    let threads = wiring::thread_budget(options.threads);
    let llm = options.llm.open()?;
    let outlet = options.mail.outlet(options.mail.public_base())?;
    let env = wiring::open_current(&options.store).await?;
    let env = wiring::with_services(env, &options.store.data_dir, options.encoder, threads, llm).with_service(outlet);
    wiring::follow_encoders(&env).await?;
    adit_tenancy::mail::resume(&env).await.map_err(wiring::described)?;
    let workers = Workers::start(env.clone(), wiring::all_jobs(), options.workers.max(1)).await.map_err(wiring::described)?;
    tracing::info!(workers = options.workers, "working");
    told_to_stop().await;
    wind_up(&env, workers).await?;
    env.db.close().await;
    Ok(())
}

/// Ends the workers, and writes what was counted and still waits in memory: by requests, and by jobs to their end.
pub(crate) async fn wind_up(env: &Env, workers: Workers) -> anyhow::Result<()> {
    workers.stop().await;
    let meter = env.service::<Meter>().map_err(wiring::described)?;
    meter.flush(env).await.map_err(wiring::described)
}

fn http_options(
    env: &Env,
    options: &ServeOptions,
    metrics: PrometheusHandle,
    is_https: bool,
    link_base: String,
) -> anyhow::Result<HttpOptions> {
    let rates = Arc::new(Rates::new(&options.limits.budgets()));
    // Behind a proxy that ends TLS the outside address tells that clients come by HTTPS.
    let is_https = is_https || options.mail.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    let settings = Settings {
        public_url: options.mail.public_url.clone(),
        link_base,
        oidc: options.oidc.provider(),
        is_https,
        rates: rates.clone(),
    };
    let registry = Registry::new(wiring::all_operations());
    registry.check().map_err(wiring::described)?;
    Ok(HttpOptions {
        env: env.clone(),
        registry,
        directory: Arc::new(Areas),
        limits: options.limits.of_requests(),
        network: Network { base_domain: options.base_domain.clone(), ..options.limits.network() },
        sites: vec![Arc::new(IdentitySite::new(Arc::new(settings)))],
        rates,
        is_https,
        render_metrics: Arc::new(move || metrics.render()),
    })
}

/// One process owns a data folder with a SQLite file: two would each believe that the other's jobs are orphans.
fn lock(folder: &Path, is_shared: bool) -> anyhow::Result<Option<File>> {
    if is_shared {
        return Ok(None);
    }
    wiring::create_private_folder(folder)?;
    let file = File::create(folder.join("adit.lock")).context("cannot create the lock file")?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(_) => bail!("another `adit serve` is using the data folder `{}`", folder.display()),
    }
}

async fn stop_when_told(handle: Handle<SocketAddr>) {
    told_to_stop().await;
    tracing::info!("stopping: no new connections, running requests may finish");
    handle.graceful_shutdown(Some(DRAIN));
}

async fn told_to_stop() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
