//! The encoder under many callers at once.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use adit_ml::{Encoder, MiniLm};

/// While one batch waits for the parts of a product, its thread takes up another caller's batch.
#[test]
fn callers_do_not_disturb_each_other() {
    let encoder = MiniLm::embedded(2).unwrap();
    let texts: Vec<String> = (0..12).map(|n| format!("card {n} {}", "has not arrived yet ".repeat(n + 1))).collect();
    let expected: Vec<Vec<f32>> = texts.iter().map(|text| encoder.encode(&[text]).remove(0)).collect();
    std::thread::scope(|scope| {
        for first in 0..6 {
            let (encoder, texts, expected) = (&encoder, &texts, &expected);
            scope.spawn(move || {
                for round in 0..10 {
                    let picked: Vec<usize> = (0..4).map(|n| (first * 5 + round * 3 + n) % texts.len()).collect();
                    let batch: Vec<&str> = picked.iter().map(|&idx| texts[idx].as_str()).collect();
                    for (vector, &idx) in encoder.encode(&batch).iter().zip(&picked) {
                        assert_eq!(vector, &expected[idx], "text {idx} of caller {first}");
                    }
                }
            });
        }
    });
}
