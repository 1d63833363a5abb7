//! Sentiment: what the base head says, what annotations teach, and what never happens.

use std::sync::Arc;

use adit_ml::sentiment::{BaseHead, SentimentModel, SignedExample, train_sentiment};
use adit_ml::{Encoder, HashEncoder, MiniLm};
use proptest::prelude::{ProptestConfig, any, prop, proptest};
use sha2::{Digest, Sha256};

const WELL: [&str; 6] = [
    "Thank you so much, this was quick and friendly.",
    "Great service, I am very happy with the new phone.",
    "The battery is excellent and it works well.",
    "I love this place, the food was delicious!",
    "Wonderful help from your team, much appreciated.",
    "What a lovely film, I enjoyed every minute.",
];
const ILL: [&str; 6] = [
    "This is the worst service I have ever had.",
    "I am very angry, nobody answers and it is a disgrace.",
    "The phone broke after a week, a waste of money.",
    "Terrible food and a rude waiter.",
    "I am disappointed, it does not work at all.",
    "A boring film with an awful story.",
];
const NEITHER: [&str; 4] = [
    "Please find attached the report for March.",
    "The meeting is on Tuesday at ten.",
    "Could you tell me the number of the account?",
    "The form has three pages.",
];

#[test]
fn the_weights_inside_the_program_are_those_that_were_fitted() {
    let bytes = BaseHead::embedded().unwrap().to_bytes();
    // `cargo xtask valence` writes the weights and says their digest.
    assert_eq!(hex::encode(Sha256::digest(&bytes)), include_str!("../assets/valence.sha256").trim());
    assert!(BaseHead::embedded().unwrap().reads(MiniLm::embedded(1).unwrap().digest()));
}

#[test]
fn the_base_head_tells_well_from_ill_with_vectors_and_without() {
    let (head, encoder) = (BaseHead::embedded().unwrap(), MiniLm::embedded(2).unwrap());
    for with_vectors in [true, false] {
        let net = |text: &str| {
            let vector = encoder.encode(&[text]).remove(0);
            head.valence(text, with_vectors.then_some(vector.as_slice())).net()
        };
        for text in WELL {
            assert!(net(text) > 0.25, "{with_vectors} {text} {}", net(text));
        }
        for text in ILL {
            assert!(net(text) < -0.15, "{with_vectors} {text} {}", net(text));
        }
        for text in NEITHER {
            assert!(net(text).abs() < 0.35, "{with_vectors} {text} {}", net(text));
        }
    }
}

fn examples(encoder: &dyn Encoder, texts: &[(&str, usize, bool)]) -> Vec<SignedExample> {
    let example = |(n, (text, label, is_well)): (usize, &(&str, usize, bool))| SignedExample {
        uid: format!("c{n}"),
        text: (*text).to_owned(),
        embedding: encoder.encode(&[text]).remove(0),
        signs: vec![(*label, *is_well)],
    };
    texts.iter().enumerate().map(example).collect()
}

/// What people here call good says nothing to the base head.
const HOUSE: [(&str, bool); 8] = [
    ("the queue at gate four is green", true),
    ("gate seven went green before noon", true),
    ("a green board this morning", true),
    ("all lanes green and open", true),
    ("the queue at gate four is amber", false),
    ("gate seven went amber before noon", false),
    ("an amber board this morning", false),
    ("all lanes amber and open", false),
];

#[test]
fn few_annotations_leave_the_base_and_many_overrule_it() {
    let (base, encoder) = (Arc::new(BaseHead::embedded().unwrap()), MiniLm::embedded(2).unwrap());
    let one_sided: Vec<(&str, usize, bool)> = ILL.iter().map(|text| (*text, 0, true)).collect();
    let model = train_sentiment(base.clone(), encoder.digest(), 1, &examples(&encoder, &one_sided), 1);
    let sign = |model: &SentimentModel, text: &str, label: usize| {
        model.opinion(text, Some(&encoder.encode(&[text])[0]), 2).labels[label]
    };
    assert!(sign(&model, ILL[0], 0) < 0.0, "one sign alone may mean that nobody set any");

    let few = examples(&encoder, &[(HOUSE[0].0, 0, true), (HOUSE[4].0, 0, false)]);
    let model = train_sentiment(base.clone(), encoder.digest(), 2, &few, 1);
    for (text, is_well) in WELL.iter().map(|text| (text, true)).chain(ILL.iter().map(|text| (text, false))) {
        assert_eq!(sign(&model, text, 0) > 0.0, is_well, "{text}");
    }

    let mut texts: Vec<String> = Vec::new();
    for n in 0..8 {
        texts.extend(HOUSE.iter().map(|(text, _)| format!("{text}, shift {n}")));
    }
    let house: Vec<(&str, usize, bool)> = texts.iter().enumerate().map(|(n, text)| (text.as_str(), 0, HOUSE[n % 8].1)).collect();
    let model = train_sentiment(base, encoder.digest(), 2, &examples(&encoder, &house), 1);
    assert!(sign(&model, "gate two is green", 0) > 0.3, "{}", sign(&model, "gate two is green", 0));
    assert!(sign(&model, "gate two is amber", 0) < -0.3, "{}", sign(&model, "gate two is amber", 0));
}

#[test]
fn a_label_may_see_things_another_way_than_the_dataset() {
    let (base, encoder) = (Arc::new(BaseHead::embedded().unwrap()), HashEncoder::new());
    let mut texts = Vec::new();
    for n in 0..40 {
        texts.push((format!("delivery {n} was long"), 0, false));
        texts.push((format!("talk {n} was long"), 1, true));
        texts.push((format!("delivery {n} was short"), 0, true));
        texts.push((format!("talk {n} was short"), 1, false));
    }
    let texts: Vec<(&str, usize, bool)> = texts.iter().map(|(text, label, is_well)| (text.as_str(), *label, *is_well)).collect();
    let model = train_sentiment(base, encoder.digest(), 2, &examples(&encoder, &texts), 2);
    let of = |text: &str| model.opinion(text, Some(&encoder.encode(&[text])[0]), 2).labels;
    assert!(of("it was long")[0] < 0.0 && of("it was long")[1] > 0.0, "{:?}", of("it was long"));
    assert!(of("it was short")[0] > 0.0 && of("it was short")[1] < 0.0, "{:?}", of("it was short"));
}

#[test]
fn the_same_signs_give_the_same_model_on_any_number_of_threads() {
    let (base, encoder) = (Arc::new(BaseHead::embedded().unwrap()), HashEncoder::new());
    let texts: Vec<(String, usize, bool)> =
        (0..120).map(|n| (format!("thing {} of day {n}", n % 7), n % 3, n % 4 == 0)).collect();
    let texts: Vec<(&str, usize, bool)> = texts.iter().map(|(text, label, is_well)| (text.as_str(), *label, *is_well)).collect();
    let examples = examples(&encoder, &texts);
    let bytes = |threads| train_sentiment(base.clone(), encoder.digest(), 3, &examples, threads).to_bytes();
    assert_eq!(bytes(1), bytes(4));
    let model = SentimentModel::from_bytes(&bytes(1)).unwrap();
    assert_eq!(model.to_bytes(), bytes(1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_opinion_is_between_its_bounds(text in any::<String>(), xs in prop::collection::vec(any::<f32>(), 0..70), signs in any::<u8>()) {
        let (base, encoder) = (Arc::new(BaseHead::embedded().unwrap()), HashEncoder::new());
        let texts = ["good thing", "bad thing", "long wait", "quick help", "late again"];
        let texts: Vec<(&str, usize, bool)> = texts.iter().enumerate().map(|(n, text)| (*text, n % 2, signs >> n & 1 == 1)).collect();
        let model = train_sentiment(base, encoder.digest(), 2, &examples(&encoder, &texts), 1);
        for vector in [None, Some(xs.as_slice())] {
            let opinion = model.opinion(&text, vector, 3);
            let valence = opinion.valence;
            assert!((0.0..=1.0).contains(&valence.positive) && (0.0..=1.0).contains(&valence.negative));
            assert!(valence.positive + valence.negative <= 1.0 + 1e-5);
            assert!(opinion.labels.iter().chain([&opinion.overall]).all(|x| (-1.0..=1.0).contains(x)), "{opinion:?}");
            assert_eq!(opinion.labels.len(), 3);
        }
    }

    #[test]
    fn damaged_bytes_are_refused_and_never_panic(at in any::<usize>(), byte in any::<u8>(), cut in any::<usize>()) {
        let base = Arc::new(BaseHead::embedded().unwrap());
        let mut bytes = SentimentModel::unlearned(base, "x").to_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = SentimentModel::from_bytes(&bytes);
        bytes.truncate(cut % bytes.len());
        assert!(SentimentModel::from_bytes(&bytes).is_err());
        assert!(BaseHead::from_bytes(&bytes).is_err());
    }
}
