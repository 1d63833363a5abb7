//! Why does a model expect a label? The words it would miss, and the reviewed comments that are most alike.
//!
//! Words are judged by leaving each out and asking again (occlusion: Zeiler and Fergus, 2014), so that the answer
//! holds for any model, whatever it reads.

use crate::clustering::dots;
use crate::{Encoder, Model};

/// Words that are judged; a longer text is judged by its first ones.
const MAX_WORDS: usize = 128;

/// What a word does to a label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WordWeight {
    /// First byte of the word in the text.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// How much the probability falls without it, in log-odds; below 0 it speaks against the label.
    pub weight: f32,
}

/// Why a model expects a label of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The probability of the label.
    pub probability: f32,
    /// The words, the heaviest first.
    pub words: Vec<WordWeight>,
    /// The most alike of the vectors given, with their cosines.
    pub nearest: Vec<(usize, f32)>,
}

/// Explains one label, an index into the model's labels, on one text; `reviewed` are vectors of comments that have it.
///
/// `None` when the model does not know the label.
#[must_use]
pub fn explain(
    model: &Model,
    encoder: &dyn Encoder,
    text: &str,
    label: usize,
    reviewed: &[&[f32]],
    n_nearest: usize,
) -> Option<Explanation> {
    let vector = encoder.encode(&[text]).into_iter().next()?;
    let probability = *model.predict(text, &vector).get(label)?;
    let places = words(text);
    let without: Vec<String> = places.iter().map(|&(start, end)| format!("{}{}", &text[..start], &text[end..])).collect();
    let vectors = encoder.encode(&without.iter().map(String::as_str).collect::<Vec<_>>());
    let weigh = |((&(start, end), without), vector): ((&(usize, usize), &String), &Vec<f32>)| {
        let left = model.predict(without, vector).get(label).copied().unwrap_or(0.0);
        WordWeight { start, end, weight: log_odds(probability) - log_odds(left) }
    };
    let mut words: Vec<WordWeight> = places.iter().zip(&without).zip(&vectors).map(weigh).collect();
    words.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.start.cmp(&b.start)));
    let mut nearest: Vec<(usize, f32)> = reviewed
        .iter()
        .enumerate()
        .filter(|(_, other)| other.len() == vector.len())
        .map(|(at, other)| {
            let mut cosine = [0.0];
            dots(&vector, other, &mut cosine);
            (at, cosine[0])
        })
        .collect();
    nearest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    nearest.truncate(n_nearest);
    Some(Explanation { probability, words, nearest })
}

fn log_odds(p: f32) -> f32 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    (p / (1.0 - p)).ln()
}

/// Places of the words of a text.
fn words(text: &str) -> Vec<(usize, usize)> {
    let start_of = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’').filter(|word| !word.is_empty());
    words.take(MAX_WORDS).map(|word| (start_of(word), start_of(word) + word.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::explain;
    use crate::{Corpus, Encoder, Example, HashEncoder, LabelSpec, Options, train};

    #[test]
    fn the_word_that_decides_is_the_heaviest_and_the_like_is_found() {
        let encoder = HashEncoder::new();
        let texts = ["my card is late", "card not here", "the card please", "rate is bad", "wrong rate", "which rate today"];
        let example = |(n, text): (usize, &&str)| Example {
            uid: format!("c{n}"),
            text: (*text).to_owned(),
            embedding: encoder.encode(&[text]).remove(0),
            assigned: vec![n / 3],
            dismissed: Vec::new(),
        };
        let labels = ["Card", "Rate"].map(|name| LabelSpec { name: name.into(), ..LabelSpec::default() }).to_vec();
        let corpus = Corpus { labels, examples: texts.iter().enumerate().map(example).collect(), ..Corpus::default() };
        let model = train(&corpus, None, &Options::default(), &|_| true).unwrap().model;
        let reviewed: Vec<&[f32]> = corpus.examples.iter().map(|example| example.embedding.as_slice()).collect();
        let text = "Ünser card seems late";
        let found = explain(&model, &encoder, text, 0, &reviewed, 2).unwrap();
        let heaviest = found.words[0];
        assert_eq!(&text[heaviest.start..heaviest.end], "card", "{found:?}");
        assert_eq!((found.words.len(), found.nearest.len()), (4, 2));
        assert!(found.nearest[0].0 < 3, "{found:?}");
        assert!((0.0..=1.0).contains(&found.probability));
        assert_eq!(explain(&model, &encoder, text, 7, &reviewed, 2), None);
        assert!(explain(&model, &encoder, "", 0, &[], 2).unwrap().words.is_empty());
    }
}
