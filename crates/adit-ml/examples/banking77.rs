//! Measures encoder and classifier on BANKING77: accuracy by shots, and speed.

use std::time::Instant;

use adit_ml::{Corpus, Encoder, Example, LabelSpec, MiniLm, Options, Trained, train};

struct Row {
    id: String,
    text: String,
    label: usize,
    vector: Vec<f32>,
}

struct Data {
    labels: Vec<LabelSpec>,
    train: Vec<Row>,
    test: Vec<Row>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let encoder = MiniLm::embedded(2)?;
    let data = load(&encoder)?;
    let only_full = std::env::args().any(|arg| arg == "full");
    for shots in if only_full { vec![] } else { vec![5, 10, 25] } {
        for seed in 0..3 {
            let picked = pick(&data, shots, seed);
            run(&data, &picked, &format!("{shots} shots, seed {seed}"))?;
        }
    }
    let trained = run(&data, &data.train.iter().collect::<Vec<_>>(), "all rows")?;
    let corpus = corpus(&data, &data.train.iter().collect::<Vec<_>>());
    let start = Instant::now();
    train(&corpus, Some(&trained.model), &Options { threads: 2, seed: 0 }, &|_| true)?;
    println!("all rows again, warm: {:.2} s", start.elapsed().as_secs_f32());
    Ok(())
}

fn load(encoder: &MiniLm) -> Result<Data, Box<dyn std::error::Error>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/banking77/banking77.jsonl");
    let mut data = Data { labels: Vec::new(), train: Vec::new(), test: Vec::new() };
    for line in std::fs::read_to_string(path)?.lines() {
        let value: serde_json::Value = serde_json::from_str(line)?;
        let field = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let name = field(&value["labels"][0]);
        let label = data.labels.iter().position(|label| label.name == name).unwrap_or_else(|| {
            data.labels.push({
                let embedding = encoder.encode(&[&LabelSpec::text(&name, "")]).remove(0);
                LabelSpec { name, embedding, ..LabelSpec::default() }
            });
            data.labels.len() - 1
        });
        let row = Row { id: field(&value["id"]), text: field(&value["text"]), label, vector: Vec::new() };
        if value["split"] == "test" { data.test.push(row) } else { data.train.push(row) }
    }
    for rows in [&mut data.test, &mut data.train] {
        let start = Instant::now();
        for chunk in rows.chunks_mut(32) {
            let vectors = encoder.encode(&chunk.iter().map(|row| row.text.as_str()).collect::<Vec<_>>());
            chunk.iter_mut().zip(vectors).for_each(|(row, vector)| row.vector = vector);
        }
        println!("encode, batch 32: {:.0} texts/s", rows.len() as f32 / start.elapsed().as_secs_f32());
    }
    let start = Instant::now();
    data.test[..500].iter().for_each(|row| assert_eq!(encoder.encode(&[&row.text])[0], row.vector));
    println!("encode, batch 1: {:.0} texts/s", 500.0 / start.elapsed().as_secs_f32());
    let long: Vec<String> = data.test.chunks_exact(10).map(|rows| rows.iter().map(|row| row.text.as_str()).collect()).collect();
    let start = Instant::now();
    for chunk in long.chunks(32) {
        encoder.encode(&chunk.iter().map(String::as_str).collect::<Vec<_>>());
    }
    println!("encode, about 130 tokens, batch 32: {:.0} texts/s", long.len() as f32 / start.elapsed().as_secs_f32());
    Ok(data)
}

/// The first rows of each label after a shuffle by a small generator.
fn pick(data: &Data, shots: usize, seed: u64) -> Vec<&Row> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def0;
    let mut order: Vec<&Row> = data.train.iter().collect();
    for at in (1..order.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(at, (state >> 33) as usize % (at + 1));
    }
    let mut counts = vec![0; data.labels.len()];
    order.retain(|row| {
        counts[row.label] += 1;
        counts[row.label] <= shots
    });
    order
}

fn corpus(data: &Data, rows: &[&Row]) -> Corpus {
    let example = |row: &&Row| Example {
        uid: row.id.clone(),
        text: row.text.clone(),
        embedding: row.vector.clone(),
        assigned: vec![row.label],
        dismissed: Vec::new(),
    };
    Corpus { labels: data.labels.clone(), examples: rows.iter().map(example).collect() }
}

fn run(data: &Data, rows: &[&Row], name: &str) -> Result<Trained, Box<dyn std::error::Error>> {
    let start = Instant::now();
    let trained = train(&corpus(data, rows), None, &Options { threads: 2, seed: 0 }, &|_| true)?;
    let seconds = start.elapsed().as_secs_f32();
    let inputs: Vec<(&str, &[f32])> = data.test.iter().map(|row| (row.text.as_str(), row.vector.as_slice())).collect();
    let start = Instant::now();
    let predicted = trained.model.predict_many(&inputs, 2);
    let rate = inputs.len() as f32 / start.elapsed().as_secs_f32();
    let (mut n_right, mut bins) = (0, vec![(0.0f64, 0.0f64, 0.0f64); 15]);
    for (row, scores) in data.test.iter().zip(&predicted) {
        let first = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        n_right += usize::from(first == Some(row.label));
        for (label, &p) in scores.iter().enumerate() {
            let bin = &mut bins[((p * 15.0) as usize).min(14)];
            *bin = (bin.0 + 1.0, bin.1 + f64::from(p), bin.2 + f64::from(u8::from(label == row.label)));
        }
    }
    let n: f64 = bins.iter().map(|bin| bin.0).sum();
    let error: f64 = bins.iter().map(|bin| (bin.1 - bin.2).abs()).sum::<f64>() / n;
    let top_mass: f64 = bins[1..].iter().map(|b| (b.1 - b.2).abs()).sum::<f64>() / bins[1..].iter().map(|b| b.0).sum::<f64>();
    println!(
        "{name}: accuracy {:.2}, {seconds:.2} s, model {} kB, {rate:.0} predictions/s, ECE {:.3} % (above 1/15: {:.1} %), report {} {:?} map {:?}",
        100.0 * n_right as f32 / predicted.len() as f32,
        trained.model.to_bytes().len() / 1024,
        100.0 * error,
        100.0 * top_mass,
        trained.report.score,
        trained.report.quality,
        trained.report.mean_average_precision_any,
    );
    Ok(trained)
}
