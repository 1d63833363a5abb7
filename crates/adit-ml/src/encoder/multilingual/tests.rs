//! The encoder with small weights made up here, against the same arithmetic written down plainly.

use proptest::prelude::*;

use super::forward::{BRANCH, DIMENSION, FEATURES, INNER, N_GROUPS, ORDERS, WORD};
use super::pack::Writer;
use super::tokenizer::tests::{PIECES, model_file};
use super::*;

/// Numbers between -1 and 1 with at most 200 values, the same each time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % 200) as f32 / 100.0 - 1.0
    }

    fn take(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| self.next()).collect()
    }
}

/// The made-up weights.
struct Weights {
    words: Vec<u8>,
    steps: Vec<f32>,
    lows: Vec<f32>,
    proj: Vec<f32>,
    proj_b: Vec<f32>,
    proj_norm: [Vec<f32>; 2],
    /// For each convolution two layers of weights and biases.
    branches: Vec<[(Vec<f32>, Vec<f32>); 2]>,
    norm: [Vec<f32>; 2],
    join: Vec<f32>,
    join_b: Vec<f32>,
    d0: Vec<f32>,
    d1: Vec<f32>,
    d2: Vec<f32>,
    d3: Vec<f32>,
    p1: Vec<f32>,
    p3: Vec<f32>,
}

const N_WORDS: usize = N_GROUPS;

impl Weights {
    fn made_up() -> Weights {
        let mut numbers = Numbers(11);
        let mut take = |n: usize| numbers.take(n);
        let branch = |(n, _), take: &mut dyn FnMut(usize) -> Vec<f32>| {
            std::array::from_fn(|_| (take(n * BRANCH * BRANCH).iter().map(|x| x / 16.0).collect(), take(BRANCH)))
        };
        Weights {
            words: take(N_WORDS * WORD).iter().map(|x| (x * 31.0 + 32.0) as u8).collect(),
            steps: take(N_GROUPS),
            lows: take(N_GROUPS),
            proj: take(WORD * BRANCH * 3),
            proj_b: take(BRANCH * 3),
            proj_norm: [take(BRANCH * 3), take(BRANCH * 3)],
            branches: ORDERS.iter().map(|order| branch(*order, &mut take)).collect(),
            norm: [take(FEATURES), take(FEATURES)],
            join: take(FEATURES * DIMENSION).iter().map(|x| x / 32.0).collect(),
            join_b: take(DIMENSION),
            d0: take(DIMENSION * INNER).iter().map(|x| x / 32.0).collect(),
            d1: take(INNER * INNER).iter().map(|x| x / 32.0).collect(),
            d2: take(INNER * DIMENSION).iter().map(|x| x / 32.0).collect(),
            d3: take(DIMENSION * DIMENSION).iter().map(|x| x / 32.0).collect(),
            p1: take(DIMENSION * INNER).iter().map(|x| x / 32.0).collect(),
            p3: take(INNER * DIMENSION).iter().map(|x| x / 32.0).collect(),
        }
    }

    fn file(&self) -> Vec<u8> {
        let mut out = Writer::default();
        let model = model_file(PIECES);
        out.bytes("sentencepiece", vec![model.len()], &model);
        out.bytes("words", vec![N_WORDS, WORD], &self.words);
        let floats = [
            ("scale", &self.steps),
            ("lo", &self.lows),
            ("proj_b", &self.proj_b),
            ("proj_ln_g", &self.proj_norm[0]),
            ("proj_ln_b", &self.proj_norm[1]),
            ("ln_g", &self.norm[0]),
            ("ln_b", &self.norm[1]),
            ("cnn_b", &self.join_b),
        ];
        for (name, values) in floats {
            out.floats(name, vec![values.len()], values);
        }
        let matrices = [
            ("cnn_W", &self.join, DIMENSION),
            ("d0", &self.d0, INNER),
            ("d1", &self.d1, INNER),
            ("d2", &self.d2, DIMENSION),
            ("d3", &self.d3, DIMENSION),
            ("p1", &self.p1, INNER),
            ("p3", &self.p3, DIMENSION),
        ];
        for (name, values, width) in matrices {
            out.matrix(name, (vec![values.len() / width, width], values.clone())).unwrap();
        }
        for (idx, ((n, _), layers)) in ORDERS.iter().zip(&self.branches).enumerate() {
            let columns = self.proj.chunks_exact(BRANCH * 3).flat_map(|row| &row[idx * BRANCH..(idx + 1) * BRANCH]);
            out.matrix(&format!("proj{n}"), (vec![WORD, BRANCH], columns.copied().collect())).unwrap();
            for (layer, (weights, bias)) in layers.iter().enumerate() {
                let at = layer + 1;
                out.matrix(&format!("w{at}_{n}"), (vec![n * BRANCH, BRANCH], weights.clone())).unwrap();
                out.floats(&format!("b{at}_{n}"), vec![BRANCH], bias);
            }
        }
        out.finish()
    }

    /// The vector of some tokens, in double precision and as the sums are written.
    fn vector(&self, tokens: &[u32]) -> Vec<f64> {
        let embed = |token: &u32| -> Vec<f64> {
            let row = &self.words[*token as usize * WORD..][..WORD];
            let group = *token as usize % N_GROUPS;
            row.iter().map(|level| f64::from(*level) * f64::from(self.steps[group]) + f64::from(self.lows[group])).collect()
        };
        let words: Vec<Vec<f64>> = tokens.iter().map(embed).collect();
        let projected: Vec<Vec<f64>> =
            words.iter().map(|word| normed(&plus(&times(word, &self.proj), &self.proj_b), &self.proj_norm)).collect();
        let mut features = words;
        for (idx, ((n, left), layers)) in ORDERS.into_iter().zip(&self.branches).enumerate() {
            let mut states: Vec<Vec<f64>> = projected.iter().map(|row| row[idx * BRANCH..(idx + 1) * BRANCH].to_vec()).collect();
            for (weights, bias) in layers {
                let window = |at: usize| -> Vec<f64> {
                    let place = |offset: usize| (at + offset).checked_sub(left).and_then(|at| states.get(at).cloned());
                    (0..n).flat_map(|offset| place(offset).unwrap_or_else(|| vec![0.0; BRANCH])).collect()
                };
                let sums: Vec<Vec<f64>> = (0..states.len()).map(|at| plus(&times(&window(at), weights), bias)).collect();
                for (state, sums) in states.iter_mut().zip(sums) {
                    state.iter_mut().zip(sums).for_each(|(x, sum)| *x += sum.max(0.0));
                }
            }
            features.iter_mut().zip(states).for_each(|(row, state)| row.extend(state));
        }
        let mut sum = vec![0.0; DIMENSION];
        for row in &features {
            let joined = plus(&times(&normed(row, &self.norm), &self.join), &self.join_b);
            sum.iter_mut().zip(joined).for_each(|(sum, x)| *sum += x);
        }
        let mean: Vec<f64> = sum.iter().map(|x| x / (tokens.len() as f64).sqrt()).collect();
        let relu = |row: Vec<f64>| row.into_iter().map(|x| x.max(0.0)).collect::<Vec<f64>>();
        let add = |a: Vec<f64>, b: Vec<f64>| a.into_iter().zip(b).map(|(a, b)| a + b).collect::<Vec<f64>>();
        let y0 = relu(times(&mean, &self.d0));
        let y1 = relu(add(times(&mean, &self.p1), times(&y0, &self.d1)));
        let y2 = relu(times(&y1, &self.d2));
        let output: Vec<f64> = add(times(&y1, &self.p3), times(&y2, &self.d3)).into_iter().map(f64::tanh).collect();
        let length = output.iter().map(|x| x * x).sum::<f64>().sqrt();
        output.into_iter().map(|x| x / length).collect()
    }
}

fn times(row: &[f64], matrix: &[f32]) -> Vec<f64> {
    let width = matrix.len() / row.len();
    let mut sums = vec![0.0; width];
    for (x, weights) in row.iter().zip(matrix.chunks_exact(width)) {
        sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += x * f64::from(*weight));
    }
    sums
}

fn plus(row: &[f64], bias: &[f32]) -> Vec<f64> {
    row.iter().zip(bias).map(|(x, bias)| x + f64::from(*bias)).collect()
}

fn normed(row: &[f64], [scale, bias]: &[Vec<f32>; 2]) -> Vec<f64> {
    let mean = row.iter().sum::<f64>() / row.len() as f64;
    let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / row.len() as f64;
    let factor = 1.0 / (variance + 1e-12).sqrt();
    let scaled = row.iter().zip(scale).map(|(x, scale)| (x - mean) * factor * f64::from(*scale));
    scaled.zip(bias).map(|(x, bias)| x + f64::from(*bias)).collect()
}

fn load(file: Vec<u8>, threads: usize) -> Result<UseMultilingual, WeightsError> {
    let sha256 = digest_of(&file);
    UseMultilingual::load(file, &sha256, threads)
}

fn encoder(threads: usize) -> UseMultilingual {
    load(Weights::made_up().file(), threads).unwrap()
}

#[test]
fn vectors_are_what_the_formulas_say() {
    let (weights, encoder) = (Weights::made_up(), encoder(2));
    let texts = ["ab", "a b é ab aba", "", "日本 aba"];
    for (text, vector) in texts.iter().zip(encoder.encode(&texts)) {
        let exact = weights.vector(&encoder.tokens(text));
        let cosine: f64 = exact.iter().zip(&vector).map(|(a, b)| a * f64::from(*b)).sum();
        assert!(cosine > 0.999_99, "{text}: {cosine}");
    }
}

#[test]
fn neither_threads_nor_company_change_a_vector() {
    let (one, three) = (encoder(1), encoder(3));
    let texts: Vec<String> = (0..40).map(|n| ["ab", "aba b", "é", "xyz ab"].concat().repeat(n * n % 23)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let together = three.encode(&texts);
    assert_eq!(one.encode(&texts), together);
    for (text, vector) in texts.iter().zip(&together) {
        assert_eq!(&three.encode(&[text])[0], vector);
    }
    assert_eq!(together.len(), texts.len());
    assert!(one.encode(&[]).is_empty());
}

#[test]
fn other_weights_have_another_digest_and_are_not_opened_as_the_pinned_ones() {
    let file = Weights::made_up().file();
    let mut other = file.clone();
    let last = other.len() - 1;
    other[last] ^= 1;
    let digests = [&file, &other].map(|file| load(file.clone(), 1).unwrap().digest().to_owned());
    assert_ne!(digests[0], digests[1]);
    assert!(matches!(UseMultilingual::open(file, 1), Err(WeightsError::Digest { .. })));
}

#[test]
fn damaged_files_are_refused() {
    let file = Weights::made_up().file();
    for n in [0, 8, 20, file.len() / 2, file.len() - 1] {
        assert!(load(file[..n].to_vec(), 1).is_err(), "the first {n} bytes");
    }
    assert!(pack(b"no archive").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_text_has_a_vector_of_unit_length(texts in prop::collection::vec(any::<String>(), 1..4)) {
        static ENCODER: std::sync::LazyLock<UseMultilingual> = std::sync::LazyLock::new(|| encoder(1));
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        for vector in ENCODER.encode(&texts) {
            let length: f32 = vector.iter().map(|x| x * x).sum();
            prop_assert!(vector.len() == DIMENSION && (length - 1.0).abs() < 1e-4);
        }
    }
}
