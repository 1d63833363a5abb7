//! One field as it stands after learning: how its values are found in a text.

use super::analysis::Analysis;
use super::crf::{Crf, Sequence};
use super::finder::Finder;
use super::scorer::{Case, Scorer};
use super::spec::{FieldExample, FieldSpec, Mark, Unmarked, paragraph_around, paragraphs};
use super::states::Rows;
use super::{Found, features};

/// From which probability on a learnt value is shown.
const SHOWN_FROM: f32 = 0.5;
/// Paragraphs without a value that a tagger learns from, for each one with a value, and beyond that.
const EMPTY_FOR_EACH: usize = 6;
const EMPTY_AT_LEAST: usize = 400;
/// Of those about which nobody decided anything so many at least: the others alone would say that something is everywhere.
const PLAIN_AT_LEAST: usize = 200;
/// What a paragraph counts that is only likely to be empty.
const LIKELY_WEIGHT: f32 = 0.5;
/// Paragraphs with values that a tagger learns from at most.
const MOST_PARAGRAPHS: usize = 6_000;
/// Tokens of a paragraph that a tagger learns from at most.
const MOST_TOKENS: usize = 400;

/// What was learnt.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum How {
    /// Nothing: all places that rules find are taken.
    All,
    /// Which of the places that rules find belong to the field.
    Narrowed(Scorer),
    /// What values look like and stand between.
    Tagged(Box<Tagger>),
    /// Nothing, and no rule finds anything.
    Nothing,
}

/// Finds values by their words, and better where an encoder reads them too.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tagger {
    pub(crate) words: Crf,
    /// The digest of an encoder, and what was learnt beside its states: for paragraphs that it read.
    pub(crate) reading: Option<(String, Crf)>,
}

impl From<Crf> for Tagger {
    fn from(words: Crf) -> Tagger {
        Tagger { words, reading: None }
    }
}

/// A field, ready to predict.
#[derive(Debug, Clone)]
pub(crate) struct LearnedField {
    pub(crate) spec: FieldSpec,
    pub(crate) how: How,
    finder: Finder,
}

/// Makes a part of an example ready and hands it over.
pub(crate) type Reader<'r> = dyn Fn(usize, usize, &mut dyn FnMut(&Analysis<'_>)) + 'r;

/// A paragraph about which everything is known for a field, or likely, with its values in it.
pub(crate) struct KnownParagraph {
    pub(crate) example: usize,
    pub(crate) part: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Places of the values.
    pub(crate) values: Vec<(usize, usize)>,
    /// Whether somebody decided about any field in it.
    pub(crate) is_marked: bool,
    /// Otherwise it only seems to be empty.
    pub(crate) is_certain: bool,
}

/// A paragraph to learn from, and what the encoder read of it: a row for each word, and how wide a row is.
type Read = (Sequence, Option<(Rows, usize)>);

impl KnownParagraph {
    fn shares_part(&self, other: &KnownParagraph) -> bool {
        (self.example, self.part) == (other.example, other.part)
    }

    /// The paragraph as a tagger reads it; nothing where it has no words.
    fn sequence(&self, analysis: &Analysis<'_>, encoder: &str) -> Option<Read> {
        let (first, last) = analysis.covered(self.start, self.end);
        let n_words = last - first;
        let last = last.min(first + MOST_TOKENS);
        if first == last {
            return None;
        }
        let inside = |(start, end): &(usize, usize)| {
            let (a, b) = analysis.covered(*start, *end);
            (a >= first && b <= last && a < b).then_some((a - first, b - first))
        };
        let values: Vec<(usize, usize)> = self.values.iter().filter_map(inside).collect();
        let weight = if self.is_certain { 1.0 } else { LIKELY_WEIGHT };
        let sequence = Sequence::new(features::of_tokens(analysis, first, last), &values).weighing(weight);
        let states = analysis.states(encoder, self.start, self.end);
        // Rows go on to the end of the paragraph, where the sequence may have been cut.
        Some((sequence, states.map(|rows| (rows.clone(), rows.len() / n_words))))
    }
}

/// Whether two ranges share something.
fn overlaps(a: (usize, usize), b: (usize, usize)) -> bool {
    a.0 < b.1 && b.0 < a.1
}

/// What is known of a field, from decisions that touch a paragraph; nothing if nobody ever decided about the field.
pub(crate) fn known_paragraphs(examples: &[FieldExample], taken: &dyn Fn(usize) -> bool, field: usize) -> Vec<KnownParagraph> {
    let is_own = |mark: &Mark| mark.field == field;
    let mut known: Vec<KnownParagraph> = Vec::new();
    let mut is_decided = false;
    for (number, example) in examples.iter().enumerate().filter(|(number, _)| taken(*number)) {
        is_decided |= example.marks.iter().any(is_own);
        let mut places: Vec<(usize, usize, usize)> = Vec::new();
        if example.unmarked != Unmarked::Unknown {
            let all = example.parts.iter().enumerate();
            places
                .extend(all.flat_map(|(part, it)| paragraphs(&it.text).into_iter().map(move |(start, end)| (part, start, end))));
        }
        for mark in &example.marks {
            let Some(part) = example.parts.get(mark.part) else { continue };
            let (start, end) = paragraph_around(&part.text, mark.start, mark.end);
            places.push((mark.part, start, end));
        }
        places.sort_unstable();
        places.dedup();
        for (part, start, end) in places {
            let inside = |mark: &&Mark| mark.part == part && start <= mark.start && mark.end <= end;
            let own = example.marks.iter().filter(inside).filter(|mark| is_own(mark) && mark.is_assigned);
            let mut values: Vec<(usize, usize)> = own.map(|mark| (mark.start, mark.end)).collect();
            values.sort_unstable();
            values.dedup();
            let is_marked = example.marks.iter().any(|mark| inside(&mark));
            let is_certain = is_marked || example.unmarked == Unmarked::Empty;
            known.push(KnownParagraph { example: number, part, start, end, values, is_marked, is_certain });
        }
    }
    if is_decided { known } else { Vec::new() }
}

impl LearnedField {
    /// A field of which nothing is known but its definition.
    pub(crate) fn unlearned(spec: &FieldSpec) -> LearnedField {
        let how = if spec.has_candidates() { How::All } else { How::Nothing };
        LearnedField::with(spec, how)
    }

    pub(crate) fn with(spec: &FieldSpec, how: How) -> LearnedField {
        LearnedField { spec: spec.clone(), how, finder: Finder::new(spec) }
    }

    /// Learns from what is known, and from what the encoder with this digest read of it if it read it all; `None` if
    /// `go_on` says stop.
    pub(crate) fn learn(
        spec: &FieldSpec,
        analyses: &Reader<'_>,
        encoder: &str,
        known: &[KnownParagraph],
        seed: u64,
        go_on: &dyn Fn() -> bool,
    ) -> Option<LearnedField> {
        let mut field = LearnedField::unlearned(spec);
        if !spec.is_trainable || known.is_empty() {
            return Some(field);
        }
        if spec.has_candidates() {
            let mut cases = Vec::new();
            let certain: Vec<&KnownParagraph> = known.iter().filter(|it| it.is_certain).collect();
            for of_part in certain.chunk_by(|a, b| a.shares_part(b)) {
                analyses(of_part[0].example, of_part[0].part, &mut |analysis| {
                    of_part.iter().for_each(|paragraph| field.cases(analysis, paragraph, &mut cases));
                });
            }
            if !cases.is_empty() {
                field.how = How::Narrowed(Scorer::train(&cases, &narrowing_prior(), seed));
            }
            return Some(field);
        }
        let mut sequences = Vec::new();
        let (certain, likely): (Vec<_>, Vec<_>) = chosen(known).into_iter().partition(|paragraph| paragraph.is_certain);
        // Whoever wrote a long message wrote many paragraphs: it is analysed once for all of them.
        for of_part in certain.chunk_by(|a, b| a.shares_part(b)).chain(likely.chunk_by(|a, b| a.shares_part(b))) {
            analyses(of_part[0].example, of_part[0].part, &mut |analysis| {
                sequences.extend(of_part.iter().filter_map(|paragraph| paragraph.sequence(analysis, encoder)));
            });
        }
        let (mut sequences, mut states): (Vec<Sequence>, Vec<Option<(Rows, usize)>>) = sequences.into_iter().unzip();
        let n_certain = sequences.iter().take_while(|sequence| sequence.weight >= 1.0).count();
        let first = Crf::train(&sequences[..n_certain], seed, go_on);
        let Some(mut words) = first else { return if go_on() { Some(field) } else { None } };
        if n_certain < sequences.len() {
            // Who read a message for its labels may have passed over a value: what looks like one is no example of nothing.
            let is_empty = |at: usize| at < n_certain || words.values(&sequences[at].features, &[]).is_empty();
            let is_kept: Vec<bool> = (0..sequences.len()).map(is_empty).collect();
            let (mut of_sequences, mut of_states) = (is_kept.iter(), is_kept.iter());
            sequences.retain(|_| *of_sequences.next().unwrap_or(&true));
            states.retain(|_| *of_states.next().unwrap_or(&true));
            words = Crf::train(&sequences, seed, go_on)?;
        }
        let mut tagger = Tagger::from(words);
        let n_read = states.iter().flatten().count();
        if n_read > 0 && n_read == sequences.len() {
            let both = sequences.into_iter().zip(states.into_iter().flatten());
            sequences = both.map(|(sequence, (rows, width))| sequence.with_states(rows, width)).collect();
            tagger.reading = Some((encoder.to_owned(), Crf::train(&sequences, seed, go_on)?));
        }
        field.how = How::Tagged(Box::new(tagger));
        Some(field)
    }

    fn cases(&self, analysis: &Analysis<'_>, paragraph: &KnownParagraph, cases: &mut Vec<Case>) {
        let candidates = self.finder.candidates(analysis);
        for (n, found) in candidates.iter().enumerate() {
            if found.start < paragraph.start || found.end > paragraph.end {
                continue;
            }
            // A place that shares something with a value is where the value is, whatever its exact ends.
            let is_value = paragraph.values.iter().any(|value| overlaps(*value, (found.start, found.end)));
            cases.push(Case { features: features::of_place(analysis, found, n, candidates.len(), &[]), is_value });
        }
    }

    /// The digest of the encoder whose states it reads, if it reads any.
    pub(crate) fn encoder(&self) -> Option<&str> {
        match &self.how {
            How::Tagged(tagger) => tagger.reading.as_ref().map(|(encoder, _)| encoder.as_str()),
            _ => None,
        }
    }

    /// Whether it learnt anything.
    pub(crate) fn is_learnt(&self) -> bool {
        matches!(self.how, How::Narrowed(_) | How::Tagged(_))
    }

    /// The values of a text, in order.
    pub(crate) fn predict(&self, analysis: &Analysis<'_>) -> Vec<Found> {
        match &self.how {
            How::Nothing => Vec::new(),
            How::All => self.finder.candidates(analysis),
            How::Narrowed(scorer) => {
                let candidates = self.finder.candidates(analysis);
                let total = candidates.len();
                let scored = candidates.into_iter().enumerate().map(|(n, found)| {
                    let probability = scorer.probability(&features::of_place(analysis, &found, n, total, &[]));
                    Found { probability: Some(probability), ..found }
                });
                scored.filter(|found| found.probability >= Some(SHOWN_FROM)).collect()
            }
            How::Tagged(tagger) => self.finder.allowed(tagged(tagger, analysis), analysis),
        }
    }

    /// Every place where a value may stand, whatever the examples say about it.
    pub(crate) fn candidates(&self, analysis: &Analysis<'_>) -> Vec<Found> {
        match &self.how {
            How::Tagged(tagger) => self.finder.allowed(tagged(tagger, analysis), analysis),
            _ => self.finder.candidates(analysis),
        }
    }
}

/// What holds before an example: every place that rules find is a value.
fn narrowing_prior() -> [(u64, f32); 1] {
    [(features::constant_of_places(), 1.0)]
}

/// Paragraphs to learn a tagger from: those with values, and a share of the others, evenly spread. What looks like a value
/// and is none stands mostly where people decided about other fields, so these come first.
pub(crate) fn chosen(known: &[KnownParagraph]) -> Vec<&KnownParagraph> {
    let (full, empty): (Vec<_>, Vec<_>) = known.iter().partition(|paragraph: &&KnownParagraph| !paragraph.values.is_empty());
    let (marked, plain): (Vec<_>, Vec<_>) = empty.into_iter().partition(|paragraph| paragraph.is_marked);
    let n_empty = (full.len() * EMPTY_FOR_EACH).clamp(EMPTY_AT_LEAST, MOST_PARAGRAPHS);
    let mut chosen = spread(&full, MOST_PARAGRAPHS);
    chosen.extend(spread(&marked, n_empty));
    chosen.extend(spread(&plain, n_empty.saturating_sub(marked.len()).max(PLAIN_AT_LEAST)));
    chosen
}

/// At most so many of a list, evenly spaced.
fn spread<'a>(list: &[&'a KnownParagraph], most: usize) -> Vec<&'a KnownParagraph> {
    let n = list.len().min(most);
    (0..n).map(|at| list[at * list.len() / n]).collect()
}

/// Values that a tagger sees, paragraph by paragraph.
fn tagged(tagger: &Tagger, analysis: &Analysis<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (start, end) in paragraphs(analysis.text) {
        let (first, last) = analysis.covered(start, end);
        let reading = tagger.reading.as_ref().and_then(|(encoder, crf)| Some((crf, analysis.states(encoder, start, end)?)));
        let (crf, states) = reading.map_or((&tagger.words, &[][..]), |(crf, states)| (crf, states.as_slice()));
        let width = crf.states.weights.len();
        // A text without blank lines is read in windows, so that no paragraph is too long to be read at once.
        for from in (first..last).step_by(MOST_TOKENS) {
            let until = last.min(from + MOST_TOKENS);
            for (a, b, probability) in
                crf.values(&features::of_tokens(analysis, from, until), states.get((from - first) * width..).unwrap_or_default())
            {
                let (start, end) = (analysis.tokens[from + a].start, analysis.tokens[from + b - 1].end);
                let value = analysis.text[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
                found.push(Found { start, end, value, probability: Some(probability) });
            }
        }
    }
    found
}
