//! How fast an encoder reads: short texts and long ones, one at a time and many.

use std::time::Instant;

use crate::{Failure, Places};

const THREADS: usize = 2;
/// Texts of one measurement, and how often it is repeated; the best counts.
const N_TEXTS: usize = 512;
const ROUNDS: usize = 5;
/// Questions that make a text of about 128 tokens.
const QUESTIONS_LONG: usize = 9;

/// Prints texts per second on two threads as Markdown.
pub(crate) fn run(places: &Places) -> Result<(), Failure> {
    let started = Instant::now();
    let encoder = places.encoder(THREADS)?;
    println!("Encoder: `{}`, ready after {} ms.\n", encoder.digest(), started.elapsed().as_millis());
    let mut questions = Vec::new();
    for line in std::fs::read_to_string(&places.banking)?.lines() {
        let row: serde_json::Value = serde_json::from_str(line)?;
        questions.push(row["text"].as_str().unwrap_or_default().to_owned());
    }
    let short: Vec<&str> = questions.iter().take(N_TEXTS).map(String::as_str).collect();
    let long: Vec<String> = questions.chunks(QUESTIONS_LONG).take(N_TEXTS).map(|some| some.join(" ")).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    println!("| Texts | Batch | Texts/s |\n|---|--:|--:|");
    for (name, texts) in [("questions", short), ("nine questions in one", long)] {
        for batch in [1, 64] {
            let seconds = (0..ROUNDS).map(|_| {
                let started = Instant::now();
                texts.chunks(batch).for_each(|chunk| drop(encoder.encode(chunk)));
                started.elapsed().as_secs_f64()
            });
            let best = seconds.fold(f64::INFINITY, f64::min);
            println!("| {name} | {batch} | {:.0} |", texts.len() as f64 / best);
        }
    }
    Ok(())
}
