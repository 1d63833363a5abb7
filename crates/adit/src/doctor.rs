//! `adit doctor`: what is there, and whether it works.

use std::time::Instant;

use adit_ml::Encoder;

use crate::cli::DoctorOptions;
use crate::encoders::{InProgram, Multilingual};
use crate::wiring::{self, described};

/// Prints one line per part; fails when a part does not work.
pub(crate) async fn run(DoctorOptions { store: options, encoder }: &DoctorOptions) -> anyhow::Result<()> {
    let threads = wiring::thread_budget(0);
    println!("adit       {}", env!("CARGO_PKG_VERSION"));
    println!("cores      {threads}");
    let started = Instant::now();
    let in_program = InProgram::open(*encoder, threads);
    let encoder = in_program.default();
    let dimension = encoder.encode(&["Is my card on its way?"]).first().map_or(0, Vec::len);
    println!("encoder    {} ({dimension} dimensions, first text after {} ms)", encoder.digest(), started.elapsed().as_millis());
    if let Some(trouble) = in_program.trouble() {
        println!("warning    {trouble}");
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
