//! What the engine promises, on a part of BANKING77: it learns from few examples, the same way every time.

#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

use std::collections::BTreeMap;

use adit_ml::{Corpus, Encoder, Example, LabelSpec, MiniLm, Model, Options, TrainError, Trained, Unreviewed, train};

/// Labels of the part; the first ones by name.
const N_LABELS: usize = 10;
const SHOTS: usize = 8;
const N_TEST: usize = 20;
const N_UNREVIEWED: usize = 15;

struct Row {
    id: String,
    text: String,
    label: usize,
    vector: Vec<f32>,
}

struct Part {
    labels: Vec<LabelSpec>,
    train: Vec<Row>,
    unreviewed: Vec<Row>,
    test: Vec<Row>,
}

fn part() -> Part {
    let encoder = MiniLm::embedded(2).unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/banking77/banking77.jsonl");
    let lines: Vec<serde_json::Value> =
        std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let field = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let mut by_label: BTreeMap<String, [Vec<Row>; 2]> = BTreeMap::new();
    for line in &lines {
        let is_test = usize::from(line["split"] == "test");
        let row = Row { id: field(&line["id"]), text: field(&line["text"]), label: 0, vector: Vec::new() };
        by_label.entry(field(&line["labels"][0])).or_default()[is_test].push(row);
    }
    let (mut labels, mut rows) = (Vec::new(), [Vec::new(), Vec::new(), Vec::new()]);
    for (label, (name, parts)) in by_label.into_iter().take(N_LABELS).enumerate() {
        let embedding = encoder.encode(&[&LabelSpec::text(&name, "")]).remove(0);
        labels.push(LabelSpec { name, embedding, ..LabelSpec::default() });
        let [mut train, test] = parts;
        let others = train.split_off(SHOTS).into_iter().take(N_UNREVIEWED);
        let own: [Vec<Row>; 3] = [train, others.collect(), test.into_iter().take(N_TEST).collect()];
        for (own, into) in own.into_iter().zip(&mut rows) {
            into.extend(own.into_iter().map(|row| Row { label, ..row }));
        }
    }
    for row in rows.iter_mut().flatten() {
        row.vector = encoder.encode(&[&row.text]).remove(0);
    }
    let [train, unreviewed, test] = rows;
    Part { labels, train, unreviewed, test }
}

impl Part {
    fn corpus(&self) -> Corpus {
        let example = |row: &Row| Example {
            uid: row.id.clone(),
            text: row.text.clone(),
            embedding: row.vector.clone(),
            assigned: vec![row.label],
            dismissed: Vec::new(),
        };
        let unreviewed = self.unreviewed.iter().map(|row| Unreviewed { text: row.text.clone(), embedding: row.vector.clone() });
        Corpus {
            labels: self.labels.clone(),
            examples: self.train.iter().map(example).collect(),
            unreviewed: unreviewed.collect(),
            n_unreviewed: 0,
        }
    }

    fn scores(&self, model: &Model) -> Vec<Vec<f32>> {
        self.test.iter().map(|row| model.predict(&row.text, &row.vector)).collect()
    }

    fn accuracy(&self, model: &Model) -> f64 {
        let best = |scores: &[f32]| (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        let n_right = self.test.iter().zip(self.scores(model)).filter(|(row, scores)| best(scores) == Some(row.label)).count();
        n_right as f64 / self.test.len() as f64
    }
}

fn trained(corpus: &Corpus, before: Option<&Model>, threads: usize) -> Trained {
    train(corpus, before, &Options { threads, seed: 7 }, &|_| true).unwrap()
}

#[test]
fn eight_examples_a_label_are_enough_for_a_useful_model_and_threads_change_nothing() {
    let part = part();
    let corpus = part.corpus();
    let alone = trained(&corpus, None, 1);
    // 95 to 97 of 100 when this was written; random choice is 10.
    let accuracy = part.accuracy(&alone.model);
    assert!(accuracy >= 0.91, "accuracy {accuracy}");
    for scores in part.scores(&alone.model) {
        assert!(scores.iter().all(|p| (0.0..=1.0).contains(p)));
    }

    let together = trained(&corpus, None, 4);
    assert_eq!(alone.model.to_bytes(), together.model.to_bytes());
    assert_eq!(alone.report.score, together.report.score);

    let read = Model::from_bytes(&alone.model.to_bytes()).unwrap();
    assert_eq!(part.scores(&read), part.scores(&alone.model));
    let rows: Vec<(&str, &[f32])> = part.test.iter().map(|row| (row.text.as_str(), row.vector.as_slice())).collect();
    assert_eq!(alone.model.predict_many(&rows, 3), part.scores(&alone.model), "one by one or together");

    let again = trained(&corpus, Some(&alone.model), 2);
    let warm = part.accuracy(&again.model);
    assert!(warm >= accuracy - 0.02, "a warm start lost accuracy: {warm} after {accuracy}");
}

#[test]
fn a_child_is_never_above_its_parent() {
    let mut part = part();
    let n_labels = part.labels.len();
    for label in &mut part.labels {
        label.name = format!("Bank > {}", label.name);
    }
    part.labels.push(LabelSpec { name: "Bank".to_owned(), ..LabelSpec::default() });
    let model = trained(&part.corpus(), None, 2).model;
    for scores in part.scores(&model) {
        let parent = scores[n_labels];
        assert!(scores[..n_labels].iter().all(|&child| child <= parent), "{scores:?}");
    }
}

#[test]
fn the_weights_are_the_ones_the_scores_were_measured_with_and_company_does_not_matter() {
    let encoder = MiniLm::embedded(2).unwrap();
    assert_eq!(encoder.digest(), DIGEST);
    let texts = ["Where is my card?", "My card has not arrived", "How do I bake bread?", "", "日本語 текст 🎉"];
    let together = encoder.encode(&texts);
    for (text, vector) in texts.iter().zip(&together) {
        assert_eq!(encoder.encode(&[text])[0], *vector, "{text}");
        let norm: f32 = vector.iter().map(|x| x * x).sum();
        assert!((norm - 1.0).abs() < 1e-4, "{text}: {norm}");
    }
    let cosine = |a: usize, b: usize| together[a].iter().zip(&together[b]).map(|(x, y)| x * y).sum::<f32>();
    assert!(cosine(0, 1) > cosine(0, 2) + 0.3, "{} and {}", cosine(0, 1), cosine(0, 2));
}

/// Of the packed weights; a change of it makes every stored vector stale.
const DIGEST: &str = "minilm-l6-v2-int8-mean256-54f44ad38fb36a20";

#[test]
fn reviewing_what_is_hard_does_not_make_a_model_look_bad() {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    // Two labels, with a border along which nobody can tell which one holds.
    let mut comments: Vec<(f32, Example)> = (0..3_000)
        .map(|at| {
            let place = next();
            let label = usize::from(place + 0.4 * next() > 0.0);
            let embedding = vec![place.cos(), place.sin(), 0.1 * next()];
            (place, Example { uid: format!("c{at}"), embedding, assigned: vec![label], ..Example::default() })
        })
        .collect();
    let label = |name: &str| LabelSpec { name: name.into(), ..LabelSpec::default() };
    let examples: Vec<Example> =
        comments.extract_if(.., |(place, _)| place.abs() < 0.3).map(|(_, example)| example).take(240).collect();
    let easy: Vec<Example> = comments.drain(..60).map(|(_, example)| example).collect();
    let unreviewed: Vec<Unreviewed> = comments
        .iter()
        .map(|(_, comment)| Unreviewed { embedding: comment.embedding.clone(), ..Unreviewed::default() })
        .collect();
    let corpus = Corpus {
        labels: vec![label("left"), label("right")],
        examples: examples.into_iter().chain(easy).collect(),
        n_unreviewed: unreviewed.len(),
        unreviewed,
    };
    let options = Options { threads: 2, seed: 0 };
    let Trained { model, report, .. } = train(&corpus, None, &options, &|_| true).unwrap();
    let mut order: Vec<(f32, bool)> =
        comments.iter().map(|(_, comment)| (model.predict("", &comment.embedding)[1], comment.assigned == [1])).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let places = order.iter().enumerate().filter(|(_, row)| row.1).map(|(at, _)| (at + 1) as f32);
    let n_right = places.clone().count() as f32;
    let truth = places.zip(1..).map(|(place, n)| n as f32 / place).sum::<f32>() / n_right;
    // As if there were nothing but the reviewed comments.
    let alone = Corpus { unreviewed: Vec::new(), n_unreviewed: 0, ..corpus };
    let alone = train(&alone, None, &options, &|_| true).unwrap().report;
    let (claimed, plain) = (report.labels[1].average_precision.unwrap(), alone.labels[1].average_precision.unwrap());
    assert!((truth - claimed).abs() < 0.5 * (truth - plain), "claimed {claimed}, without weights {plain}, true {truth}");
    assert!(report.effective_size < Some(240.0) && alone.effective_size == Some(300.0), "{:?}", report.effective_size);
}

#[test]
fn what_cannot_be_learnt_from_is_named() {
    let corpus = |labels: usize, assigned: usize, embedding: Vec<f32>| Corpus {
        labels: (0..labels).map(|idx| LabelSpec { name: format!("L{idx}"), ..LabelSpec::default() }).collect(),
        examples: [vec![1.0, 0.0], embedding]
            .into_iter()
            .zip(0..)
            .map(|(embedding, n)| Example { uid: format!("c{n}"), embedding, assigned: vec![assigned], ..Example::default() })
            .collect(),
        ..Corpus::default()
    };
    let refused = |corpus: &Corpus, go_on: bool| train(corpus, None, &Options::default(), &|_| go_on).unwrap_err();
    assert_eq!(refused(&corpus(0, 0, vec![0.0, 1.0]), true), TrainError::NoLabels);
    assert_eq!(refused(&Corpus { examples: Vec::new(), ..corpus(1, 0, vec![0.0, 1.0]) }, true), TrainError::NoExamples);
    assert_eq!(refused(&corpus(1, 0, vec![0.0; 3]), true), TrainError::DimensionMismatch { uid: "c1".to_owned() });
    assert_eq!(refused(&corpus(1, 0, vec![f32::NAN, 1.0]), true), TrainError::DimensionMismatch { uid: "c1".to_owned() });
    assert_eq!(refused(&corpus(1, 4, vec![0.0, 1.0]), true), TrainError::UnknownLabel { uid: "c0".to_owned(), label_idx: 4 });
    assert_eq!(refused(&corpus(1, 0, vec![0.0, 1.0]), false), TrainError::Cancelled);
}

#[test]
fn a_label_that_nobody_used_yet_is_found_by_what_it_says() {
    let mut part = part();
    let label = part.labels.iter().position(|label| label.name == "age_limit").unwrap();
    part.train.retain(|row| row.label != label);
    let model = trained(&part.corpus(), None, 2).model;
    let scores = part.scores(&model);
    let mut order: Vec<usize> = (0..part.test.len()).collect();
    order.sort_by(|&a, &b| scores[b][label].total_cmp(&scores[a][label]));
    let n_found = order.iter().take(N_TEST).filter(|&&row| part.test[row].label == label).count();
    // Of 20; choice at random finds two.
    assert!(n_found >= 12, "{n_found} of {N_TEST}");
}

#[test]
fn names_of_labels_alone_make_a_model_that_knows_its_limits() {
    let mut part = part();
    part.train.clear();
    let trained = trained(&part.corpus(), None, 2);
    assert_eq!(trained.model.n_examples(), 0);
    let accuracy = part.accuracy(&trained.model);
    // 87 of 100 when this was written.
    assert!(accuracy >= 0.80, "accuracy {accuracy}");
    let scores = part.scores(&trained.model);
    let claimed: f32 = scores.iter().map(|scores| scores.iter().copied().fold(0.0, f32::max)).sum::<f32>() / scores.len() as f32;
    assert!(f64::from(claimed) < accuracy + 0.05, "claims {claimed}, has {accuracy}");

    let read = Model::from_bytes(&trained.model.to_bytes()).unwrap();
    assert_eq!(part.scores(&read), scores);
    assert_eq!(trained.report.score, 0, "nothing was validated");
}

#[test]
fn without_examples_a_parent_is_what_its_children_are() {
    let mut part = part();
    part.train.clear();
    part.labels.iter_mut().for_each(|label| label.name = format!("Bank > {}", label.name));
    let n_children = part.labels.len();
    part.labels.push(LabelSpec { name: "Bank".to_owned(), embedding: part.labels[0].embedding.clone(), ..LabelSpec::default() });
    for scores in part.scores(&trained(&part.corpus(), None, 2).model) {
        let none: f32 = scores[..n_children].iter().map(|p| 1.0 - p).product();
        assert!((scores[n_children] - (1.0 - none)).abs() < 1e-4, "{scores:?}");
    }
}
