//! The static encoder: total on any text, the same every time, and near to the encoder whose table it carries.

#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

use std::sync::LazyLock;
use std::time::Instant;

use adit_ml::{Encoder, HashEncoder, MiniLm, StaticEncoder};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

static ENCODER: LazyLock<StaticEncoder> = LazyLock::new(|| StaticEncoder::embedded().unwrap());

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Questions of BANKING77, of which the table read none.
fn questions(n: usize) -> Vec<(String, String)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/banking77/banking77.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let rows: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let step = rows.len() / n;
    let field = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    rows.iter().step_by(step).take(n).map(|row| (field(&row["text"]), field(&row["labels"][0]))).collect()
}

#[test]
fn the_table_is_the_one_that_was_written_down() {
    let bytes = include_bytes!("../assets/static-minilm.int4.bin");
    let digest = hex::encode(Sha256::digest(bytes));
    assert_eq!(digest, include_str!("../assets/static-minilm.int4.sha256").trim());
    let encoder = StaticEncoder::embedded().unwrap();
    assert_eq!(encoder.digest(), format!("static-minilm-256-int4-{}", &digest[..16]));
    assert_eq!(encoder.dimension(), 256);
    assert!(StaticEncoder::n_bytes() < 5 << 20, "{} bytes", StaticEncoder::n_bytes());
}

#[test]
fn what_the_network_finds_alike_the_table_finds_alike() {
    let questions = questions(300);
    let texts: Vec<&str> = questions.iter().map(|(text, _)| text.as_str()).collect();
    let network = MiniLm::embedded(2).unwrap().encode(&texts);
    let correlation = |encoder: &dyn Encoder| {
        let vectors = encoder.encode(&texts);
        let mut pairs = Vec::new();
        for a in 0..texts.len() {
            pairs.extend((0..a).map(|b| (f64::from(dot(&network[a], &network[b])), f64::from(dot(&vectors[a], &vectors[b])))));
        }
        let n = pairs.len() as f64;
        let (x, y) = pairs.iter().fold((0.0, 0.0), |(x, y), pair| (x + pair.0 / n, y + pair.1 / n));
        let products = pairs.iter().fold([0.0; 3], |[xy, xx, yy], pair| {
            let (dx, dy) = (pair.0 - x, pair.1 - y);
            [xy + dx * dy, xx + dx * dx, yy + dy * dy]
        });
        products[0] / (products[1] * products[2]).sqrt()
    };
    let (table, spelling) = (correlation(&StaticEncoder::embedded().unwrap()), correlation(&HashEncoder::new()));
    assert!(table > 0.75, "correlation of likeness {table}");
    assert!(table > spelling + 0.2, "{table} against {spelling} by spelling");
}

#[test]
fn the_nearest_question_mostly_asks_the_same() {
    let questions = questions(1_500);
    let texts: Vec<&str> = questions.iter().map(|(text, _)| text.as_str()).collect();
    let vectors = StaticEncoder::embedded().unwrap().encode(&texts);
    let n_right = (0..300)
        .filter(|&n| {
            let others = (0..texts.len()).filter(|&other| other != n);
            let nearest =
                others.max_by(|&a, &b| dot(&vectors[n], &vectors[a]).total_cmp(&dot(&vectors[n], &vectors[b]))).unwrap();
            questions[nearest].1 == questions[n].1
        })
        .count();
    assert!(n_right >= 195, "{n_right} of 300");
}

#[test]
fn a_long_text_is_read_to_its_end_and_in_time() {
    let encoder = StaticEncoder::embedded().unwrap();
    let (start, end) = ("my card is late ".repeat(20_000), "exchange rates are wrong ".repeat(20_000));
    let started = Instant::now();
    let vectors = encoder.encode(&[&start, &format!("{start}{end}")]);
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    assert!(dot(&vectors[0], &vectors[1]) < 0.95);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_text_has_one_vector_of_unit_length(texts in prop::collection::vec(prop_oneof![any::<String>(), "\\PC{0,80}", "[a-z ]{0,60}"], 0..6)) {
        let encoder = &*ENCODER;
        let texts: Vec<&str> = texts.iter().map(String::as_str).chain(["", "日本語 текст 🎉"]).collect();
        let vectors = encoder.encode(&texts);
        prop_assert_eq!(vectors.len(), texts.len());
        for (text, vector) in texts.iter().zip(&vectors) {
            prop_assert_eq!(vector.len(), encoder.dimension());
            prop_assert!(vector.iter().all(|x| x.is_finite()));
            prop_assert!((dot(vector, vector) - 1.0).abs() < 1e-4, "{}", text);
            prop_assert_eq!(&encoder.encode(&[text])[0], vector, "alone or in company");
        }
    }

    #[test]
    fn damaged_tables_are_refused_or_read_and_never_panic(at in 0usize..400, byte in any::<u8>(), cut in any::<usize>()) {
        let mut bytes = include_bytes!("../assets/static-minilm.int4.bin").to_vec();
        bytes[at] = byte;
        if let Ok(encoder) = StaticEncoder::open(&bytes) {
            prop_assert!(encoder.encode(&["a word"])[0].iter().all(|x| x.is_finite()));
        }
        bytes.truncate(cut % bytes.len());
        prop_assert!(StaticEncoder::open(&bytes).is_err());
    }
}
