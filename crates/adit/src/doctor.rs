//! `adit doctor`: what is there, and whether it works.

use std::time::Instant;

use adit_ml::{Encoder, MiniLm};

use crate::cli::StoreOptions;
use crate::encoders::Multilingual;
use crate::wiring::{self, described};

/// Prints one line per part; fails when a part does not work.
pub(crate) async fn run(options: &StoreOptions) -> anyhow::Result<()> {
    let threads = wiring::thread_budget(0);
    println!("adit       {}", env!("CARGO_PKG_VERSION"));
    println!("cores      {threads}");
    let started = Instant::now();
    match MiniLm::embedded(threads) {
        Ok(encoder) => {
            let vector = encoder.encode(&["Is my card on its way?"]);
            let dimension = vector.first().map_or(0, Vec::len);
            println!(
                "encoder    {} ({dimension} dimensions, first text after {} ms)",
                encoder.digest(),
                started.elapsed().as_millis()
            );
        }
        Err(error) => println!("encoder    not usable: {error}; learning would fall back to hashed n-grams"),
    }
    let started = Instant::now();
    match Multilingual::open(&options.data_dir, threads) {
        Multilingual::Usable(encoder) => {
            let vector = encoder.encode(&["Ist meine Karte unterwegs?"]);
            let dimension = vector.first().map_or(0, Vec::len);
            println!(
                "languages  {} ({dimension} dimensions, digest as pinned, first text after {} ms)",
                encoder.digest(),
                started.elapsed().as_millis()
            );
        }
        other => println!("languages  {}", other.trouble().unwrap_or_default()),
    }
    let env = wiring::open(options).await?;
    println!("database   {:?}", env.db.engine());
    println!("data       {}", options.data_dir.display());
    let mut tx = env.read().await.map_err(described)?;
    match adit_jobs::counts(&mut tx).await {
        Ok(counts) => println!(
            "jobs       {} waiting, {} running, {} dead, {} events",
            counts.n_ready, counts.n_running, counts.n_dead, counts.n_events
        ),
        Err(_) => println!("jobs       no tables yet: run `adit migrate` or `adit serve`"),
    }
    Ok(())
}
