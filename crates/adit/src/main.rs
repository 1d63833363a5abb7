//! The `adit` binary: configuration, wiring and the commands that run the process.

mod admin;
mod admin_tenancy;
mod cli;
mod directory;
mod doctor;
mod explain;
mod limits;
mod listen;
mod llm;
mod mail;
mod oidc;
mod serve;
mod subjects;
mod system;
mod tls;
mod wiring;

use clap::Parser;

fn main() -> anyhow::Result<()> {
    let cli = cli::Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("ADIT_LOG").unwrap_or_else(|_| "info,sqlx=warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match cli.command {
            cli::Command::Serve(options) => serve::run(*options).await,
            cli::Command::Work(options) => serve::work(options).await,
            cli::Command::Migrate(store) => wiring::migrate(&store).await,
            cli::Command::Admin(command) => admin::run(command).await,
            cli::Command::Doctor(store) => doctor::run(&store).await,
            cli::Command::Explain(options) => explain::run(options).await,
        }
    })
}

#[cfg(test)]
mod tests;
