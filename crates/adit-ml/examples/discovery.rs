//! Measures discovery on BANKING77: themes, likely errors among annotations, and learning by the product's own loop.
//!
//! Run with `themes`, `errors` or `loop`; each prints lines of the form `name value`.

#[path = "common/annotator.rs"]
mod annotator;
#[path = "common/banking.rs"]
mod banking;

use std::collections::BTreeSet;

use adit_ml::clustering::Centroids;
use adit_ml::{Options, held_out, train};
use annotator::{Annotator, Random};
use banking::Data;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const THREADS: usize = 2;

fn main() -> Outcome<()> {
    let data = banking::load()?;
    match std::env::args().nth(1).as_deref() {
        Some("errors") => errors(&data),
        Some("loop") => learning_loop(&data),
        _ => theme_rounds(&data),
    }
}

/// Three rounds: annotate what is shown, then look again.
fn theme_rounds(data: &Data) -> Outcome<()> {
    let mut annotator = Annotator::new(data);
    let mut start = Centroids::default();
    let (mut n_shown, mut n_pure) = (0, 0);
    for round in 1..=3 {
        let (found, items) = annotator.themes(&start)?;
        let mut seen = Vec::new();
        let mut pure = 0;
        for theme in &found.themes {
            let labels: Vec<usize> = theme.members.iter().map(|member| data.train[items[member.item]].label).collect();
            let mode = labels.iter().map(|label| labels.iter().filter(|other| *other == label).count()).max().unwrap_or(0);
            pure += mode;
            n_shown += labels.len();
            seen.extend(theme.members.iter().map(|member| items[member.item]));
            if std::env::args().any(|arg| arg == "-v") {
                let true_name =
                    labels.iter().max_by_key(|l| labels.iter().filter(|o| o == l).count()).map(|l| &data.labels[*l].name);
                println!(
                    "  {} | {:?} | {mode}/{} of {} novelty {:.2}",
                    theme.name,
                    true_name,
                    labels.len(),
                    theme.size,
                    theme.novelty
                );
            }
        }
        n_pure += pure;
        println!("round_{round}_purity {:.3}", pure as f32 / seen.len().max(1) as f32);
        println!("round_{round}_shown {}", seen.len());
        annotator.review(seen);
        println!("round_{round}_intents {}", annotator.intents().len());
        start = found.centroids;
    }
    println!("purity {:.3}", n_pure as f32 / n_shown as f32);
    println!("intents_met {:.3}", annotator.intents().len() as f32 / data.labels.len() as f32);
    Ok(())
}

/// Five in a hundred annotations are wrong; how many of them stand among the first twenty of Check or Missed?
fn errors(data: &Data) -> Outcome<()> {
    let n_labels = data.labels.len();
    for (name, stride) in [("all", 1), ("quarter", 4)] {
        let mut random = Random(11);
        let rows: Vec<(usize, usize, usize)> = (0..data.train.len())
            .step_by(stride)
            .map(|at| {
                let right = data.train[at].label;
                let is_wrong = random.below(20) == 0;
                (at, right, if is_wrong { (right + 1 + random.below(n_labels - 1)) % n_labels } else { right })
            })
            .collect();
        let corpus = data.corpus(rows.iter().map(|(at, _, said)| (*at, *said)));
        let options = Options { threads: THREADS, seed: 0 };
        let model = train(&corpus, None, &options, &|_| true)?.model;
        let thought = held_out(&corpus, &model, None, &options, &|_| true)?.probabilities;
        let wrong: BTreeSet<usize> = (0..rows.len()).filter(|&n| rows[n].1 != rows[n].2).collect();
        let (mut by_check, mut by_missed) = (BTreeSet::new(), BTreeSet::new());
        let first = |mut order: Vec<usize>, key: &dyn Fn(usize) -> f32| {
            order.sort_by(|&a, &b| key(a).total_cmp(&key(b)));
            order.truncate(20);
            order
        };
        (0..n_labels).for_each(|label| {
            let (said, not_said) = (0..rows.len()).partition(|&n| rows[n].2 == label);
            by_check.extend(first(said, &|n| thought[n][label]).into_iter().filter(|n| wrong.contains(n)));
            let missed = first(not_said, &|n| -thought[n][label]);
            by_missed.extend(missed.into_iter().filter(|&n| wrong.contains(&n) && rows[n].1 == label));
        });
        let share = |found: usize| found as f32 / wrong.len() as f32;
        println!("errors_{name}_injected {}", wrong.len());
        println!("errors_{name}_by_check {:.3}", share(by_check.len()));
        println!("errors_{name}_by_missed {:.3}", share(by_missed.len()));
        println!("errors_{name}_by_either {:.3}", share(by_check.union(&by_missed).count()));
    }
    Ok(())
}

/// The product's own loop with 600 decisions for each 1 000 random ones.
fn learning_loop(data: &Data) -> Outcome<()> {
    for n in [1_000, 1_500, 2_000] {
        let n_own = n * 6 / 10;
        for seed in 0..3 {
            let mut annotator = Annotator::new(data);
            annotator.review(annotator.shuffled(seed, n));
            judge(&mut annotator, &format!("random_{n}"), seed)?;
            let mut annotator = Annotator::new(data);
            annotator.product_loop(seed, n_own)?;
            judge(&mut annotator, &format!("loop_{n_own}"), seed)?;
        }
    }
    Ok(())
}

/// How good the model is, and how good its validation says it is.
fn judge(annotator: &mut Annotator<'_>, name: &str, seed: u64) -> Outcome<()> {
    let (claimed, true_map) = annotator.claim()?;
    println!("{name}_seed_{seed} {:.2}", annotator.accuracy()?);
    println!("claimed_{name}_seed_{seed} {claimed:.3}");
    println!("true_{name}_seed_{seed} {true_map:.3}");
    Ok(())
}
