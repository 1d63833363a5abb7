//! The `adit` binary: configuration, wiring and the commands that run the process.

mod admin;
mod admin_tenancy;
mod cli;
mod config;
mod directory;
mod doctor;
mod encoders;
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

use clap::{CommandFactory, FromArgMatches};
use mimalloc::MiMalloc;

/// Trainings allocate and free hundreds of megabytes in small pieces, on many threads. The system's allocator keeps most of
/// that for ever; this one gives it back.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> anyhow::Result<()> {
    let matches = cli::Cli::command().get_matches();
    let cli = cli::Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let filter = tracing_subscriber::EnvFilter::try_from_env("ADIT_LOG").unwrap_or_else(|_| "info,sqlx=warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match cli.command {
            cli::Command::Serve(options) => serve::run(*options).await,
            cli::Command::Work(options) => serve::work(options).await,
            cli::Command::Migrate(store) => wiring::migrate(&store).await,
            cli::Command::Admin(command) => admin::run(command).await,
            cli::Command::Config(cli::ConfigCommand::Show(_)) => config::show(&matches),
            cli::Command::Encoders(options) => encoders::run(&options),
            cli::Command::Doctor(options) => doctor::run(&options).await,
            cli::Command::Explain(options) => explain::run(options).await,
        }
    })
}

#[cfg(test)]
mod tests;
