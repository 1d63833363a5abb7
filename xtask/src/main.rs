//! Project automation: `cargo xtask <command>` is the only door.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod api;
mod assets;
mod banking;
mod bench;
mod build;
mod clients;
mod contract;
mod demo;
mod fuzz;
mod openapi;
mod paths;
mod postgres;
mod process;
mod progress;
mod python;
mod seed;
mod server;
mod test;
mod tidy;
mod up;
mod where_is;

/// Builds, checks and runs Adit.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build Adit, start it, seed and train the demo, print the address and the token.
    Up(up::Options),
    /// Install what the tests need and run them all.
    Test(test::Options),
    /// Check the house rules that a compiler cannot.
    Tidy,
    /// Questions about the contract.
    #[command(subcommand)]
    Contract(contract::Command),
    /// Print the contract as an OpenAPI document.
    Openapi(openapi::Options),
    /// Send nonsense to a real server.
    #[command(subcommand)]
    Fuzz(fuzz::Target),
    /// Speak to a real server through libraries that know nothing of Adit.
    Clients,
    /// Print every file of a noun.
    Where {
        /// A resource's name as the contract spells it, for example `streams`.
        noun: String,
    },
    /// Fit the head that knows sentiment before anybody annotates.
    Valence(assets::Options),
    /// Fit the table of the static encoder to the vectors of the default one.
    Distil(assets::Options),
    /// Measure the release build.
    #[command(subcommand)]
    Bench(bench::Command),
}

fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Up(options) => up::run(&options).map(|()| ExitCode::SUCCESS),
        Command::Test(options) => test::run(&options),
        Command::Tidy => tidy::run(),
        Command::Contract(command) => contract::run(&command).map(|()| ExitCode::SUCCESS),
        Command::Fuzz(target) => fuzz::run(&target).map(|()| ExitCode::SUCCESS),
        Command::Clients => clients::run().map(|()| ExitCode::SUCCESS),
        Command::Openapi(options) => openapi::run(&options).map(|()| ExitCode::SUCCESS),
        Command::Where { noun } => where_is::run(&noun).map(|()| ExitCode::SUCCESS),
        Command::Valence(options) => assets::run("valence", &options).map(|()| ExitCode::SUCCESS),
        Command::Distil(options) => assets::run("distil", &options).map(|()| ExitCode::SUCCESS),
        Command::Bench(command) => bench::run(&command).map(|()| ExitCode::SUCCESS),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
