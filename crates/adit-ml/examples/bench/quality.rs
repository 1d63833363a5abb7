//! How good models are, next to cheap baselines and to what the validation claims.

use std::time::Instant;

use adit_ml::{Options, StaticEncoder, Trained, train};

use crate::baselines::{dense, logistic, tf_idf};
use crate::measures::{Measures, average_precisions, measure};
use crate::sets::Row;
use crate::studies::{Draw, Study, sets, studies};
use crate::{Failure, Places, sentiment};

const THREADS: usize = 2;
/// Training examples that a label needs to count in the mean that the validation claims.
const MIN_EXAMPLES: usize = 20;

/// What the validation says against what the test rows say; of labels that it judges.
struct Claim {
    map: f64,
    true_map: f64,
    /// Where the validation says that the true one may lie.
    interval: Option<(f64, f64)>,
    score: u32,
}

/// Runs every study and prints its rows as Markdown.
pub(crate) fn run(places: &Places) -> Result<(), Failure> {
    let encoder = places.encoder(THREADS)?;
    println!("Encoder: `{}`.\n", encoder.digest());
    println!(
        "| Study | Features | Accuracy | MAP | Micro / macro F1 at 0.5 | at validated thresholds | Micro F1 at best single threshold | Brier | ECE, all / above 1/15 | Training |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    let mut claims = Vec::new();
    let is_default = places.multilingual.is_none() && !places.is_static;
    // The same texts as the smaller encoder reads them.
    let mut smaller = if is_default { sets(places, &StaticEncoder::embedded()?)? } else { Vec::new() };
    smaller.reverse();
    for (name, set) in sets(places, encoder.as_ref())? {
        let smaller = smaller.pop();
        let mut smaller = smaller.iter().flat_map(|(name, set)| studies(name, set));
        for study in studies(name, &set) {
            let smaller = smaller.next();
            if !study.name.contains(&places.only) {
                continue;
            }
            claims.push((study.name.clone(), engine(&study, &study.name, "**engine**")?));
            if let Some(smaller) = smaller {
                engine(&smaller, "", "engine with the static encoder")?;
            }
            if std::env::var_os("ADIT_BENCH_ENGINE_ONLY").is_none() {
                baselines(&study);
            }
        }
    }
    if !claims.is_empty() {
        print_claims(claims);
    }
    // What is known of sentiment at first reads the vectors of the default encoder.
    if "Sentiment".contains(&places.only) && is_default {
        sentiment::run(places, encoder.as_ref())?;
    }
    Ok(())
}

fn print_claims(claims: Vec<(String, Vec<Claim>)>) {
    println!(
        "\n| Study | MAP claimed by the validation, labels that it judges | 95 % interval | MAP of the same labels on the test rows | Difference | Rating |"
    );
    println!("|---|--:|--:|--:|--:|--:|");
    for (name, claims) in claims {
        let listed = |value: &dyn Fn(&Claim) -> String| claims.iter().map(value).collect::<Vec<_>>().join(", ");
        println!(
            "| {name} | {} | {} | {} | {} | {} |",
            listed(&|claim| format!("{:.3}", claim.map)),
            listed(&|claim| claim.interval.map_or("–".to_owned(), |(low, high)| format!("{low:.2} to {high:.2}"))),
            listed(&|claim| format!("{:.3}", claim.true_map)),
            listed(&|claim| format!("{:+.3}", claim.map - claim.true_map)),
            listed(&|claim| claim.score.to_string()),
        );
    }
}

fn engine(study: &Study<'_>, name: &str, features: &str) -> Result<Vec<Claim>, Failure> {
    let (mut all, mut claims, mut seconds) = (Vec::new(), Vec::new(), 0.0);
    for draw in &study.draws {
        let corpus = study.set.corpus(&draw.train, &draw.unreviewed);
        let begun = Instant::now();
        let trained = train(&corpus, None, &Options { threads: THREADS, seed: 0 }, &|_| true)?;
        seconds += begun.elapsed().as_secs_f64();
        let rows: Vec<(&str, &[f32])> = draw.test.iter().map(|row| (row.text.as_str(), row.vector.as_slice())).collect();
        let predicted = trained.model.predict_many(&rows, THREADS);
        let chosen = |label: &adit_ml::validation::LabelReport| label.optimal.map_or(0.5, |optimal| optimal.balanced);
        let thresholds: Vec<f32> = trained.report.labels.iter().map(chosen).collect();
        all.push(measure(&predicted, &truth(draw), &thresholds));
        claims.push(claim(&trained, draw, &predicted));
    }
    print_row(name, features, &all, Some(seconds / study.draws.len() as f64));
    Ok(claims)
}

fn claim(trained: &Trained, draw: &Draw<'_>, predicted: &[Vec<f32>]) -> Claim {
    let report = &trained.report;
    let is_true = |row: usize, label: usize| draw.test[row].labels.contains(&label);
    let on_test = average_precisions(predicted, &is_true, report.labels.len());
    let least = if report.mean_average_precision.is_some() { MIN_EXAMPLES } else { 0 };
    let judged = report.labels.iter().zip(&on_test).filter(|(label, _)| label.n_train >= least);
    let pairs: Vec<(f64, f64)> =
        judged.filter_map(|(label, on_test)| Some((f64::from(label.average_precision?), (*on_test)?))).collect();
    let mean = |value: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(value).sum::<f64>() / pairs.len().max(1) as f64;
    let interval = report.interval.map(|interval| (f64::from(interval.low), f64::from(interval.high)));
    Claim { map: mean(&|pair| pair.0), true_map: mean(&|pair| pair.1), interval, score: report.score }
}

fn baselines<'a>(study: &Study<'a>) {
    let n_labels = study.set.labels.len();
    let half = vec![0.5; n_labels];
    let (mut by_vector, mut by_words) = (Vec::new(), Vec::new());
    for draw in &study.draws {
        let label = |rows: Vec<_>| -> Vec<(_, &[usize])> {
            rows.into_iter().zip(&draw.train).map(|(row, from)| (row, from.labels.as_slice())).collect()
        };
        let vectors = label(draw.train.iter().map(|row| dense(&row.vector)).collect());
        let test: Vec<_> = draw.test.iter().map(|row| dense(&row.vector)).collect();
        by_vector.push(measure(&logistic(&vectors, &test, n_labels), &truth(draw), &half));
        let texts = |rows: &[&'a Row]| -> Vec<&'a str> { rows.iter().map(|row| row.text.as_str()).collect() };
        let (train, test) = tf_idf(&texts(&draw.train), &texts(&draw.test));
        by_words.push(measure(&logistic(&label(train), &test, n_labels), &truth(draw), &half));
    }
    print_row("", "vector, plain logistic regression", &by_vector, None);
    print_row("", "TF-IDF, plain logistic regression", &by_words, None);
}

fn truth<'a>(draw: &Draw<'a>) -> Vec<&'a [usize]> {
    draw.test.iter().map(|row| row.labels.as_slice()).collect()
}

fn print_row(study: &str, features: &str, all: &[Measures], seconds: Option<f64>) {
    let mean = |value: &dyn Fn(&Measures) -> f64| 100.0 * all.iter().map(value).sum::<f64>() / all.len().max(1) as f64;
    let each: Vec<String> = all.iter().map(|one| format!("{:.1}", 100.0 * one.accuracy)).collect();
    let accuracy = if all.len() > 1 { format!("{:.1} ({})", mean(&|one| one.accuracy), each.join(", ")) } else { each.concat() };
    let chosen = match seconds {
        Some(_) => format!("{:.1} / {:.1}", mean(&|one| one.micro_chosen), mean(&|one| one.macro_chosen)),
        None => "–".to_owned(),
    };
    println!(
        "| {study} | {features} | {accuracy} | {:.1} | {:.1} / {:.1} | {chosen} | {:.1} | {:.4} | {:.2} % / {:.1} % ({:.2} / {:.1}) | {} |",
        mean(&|one| one.map),
        mean(&|one| one.micro_half),
        mean(&|one| one.macro_half),
        mean(&|one| one.micro_best),
        mean(&|one| one.brier) / 100.0,
        mean(&|one| one.ece),
        mean(&|one| one.ece_upper),
        mean(&|one| one.chance),
        mean(&|one| one.chance_upper),
        seconds.map_or("–".to_owned(), |seconds| format!("{seconds:.2} s")),
    );
}
