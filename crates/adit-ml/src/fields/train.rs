//! Learns all fields and validates them: first from the training part alone, then from everything.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Found;
use super::analysis::Analysis;
use super::forms::{LearnedForm, Read, Record};
use super::learned::{KnownParagraph, LearnedField, chosen, known_paragraphs};
use super::model::FieldModel;
use super::report::{FieldReport, FieldScore, FormScore};
use super::spec::{Capture, FieldCorpus, FieldExample, FieldSpec, Unmarked};
use super::states::States;
use crate::Encoder;
use crate::classifier::for_each_index;
use crate::validation::is_test;

/// The observer asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("training of fields was cancelled")]
pub struct Cancelled;

/// Bytes of the paragraphs that are read for learning at most: 100 000 words or so, whose states take 150 MB. Fields that
/// would need more go by words alone; they have examples enough.
const MOST_BYTES_READ: usize = 500_000;
/// Comments whose states are held at once in validation.
const VALIDATED_AT_ONCE: usize = 64;

/// Learns fields, those from scratch with the states of `encoder` beside their words if it has any; the result depends on
/// the corpus, the encoder and the seed alone.
///
/// # Errors
/// Stops when `go_on` answers false.
pub fn train_fields(
    corpus: &FieldCorpus,
    encoder: Option<&dyn Encoder>,
    threads: usize,
    seed: u64,
    go_on: &(dyn Fn() -> bool + Sync),
) -> Result<(FieldModel, FieldReport), Cancelled> {
    let fingerprint = fingerprint(corpus, encoder, seed);
    let tests: Vec<bool> = corpus.examples.iter().map(|example| is_test(&example.uid)).collect();
    let states = read(corpus, &tests, encoder, go_on)?;
    let report = validate(corpus, &learn(corpus, &|at| !tests[at], &states, threads, seed, go_on)?, encoder, &tests);
    let mut model = learn(corpus, &|_| true, &states, threads, seed, go_on)?;
    model.fingerprint = fingerprint;
    Ok((model, report))
}

/// Names what fields are learnt from. Of messages that were read without a decision about fields it counts how often their
/// number doubled: every review of a label would otherwise be a reason to learn all fields anew.
#[must_use]
pub fn fingerprint(corpus: &FieldCorpus, encoder: Option<&dyn Encoder>, seed: u64) -> String {
    let mut digest = Sha256::new();
    let mut add = |text: &str| {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text.as_bytes());
    };
    add(&format!("fields 1 {seed}"));
    add(&serde_json::to_string(&(&corpus.fields, &corpus.forms)).unwrap_or_default());
    let is_said = |example: &&FieldExample| example.unmarked != Unmarked::LikelyEmpty;
    for example in corpus.examples.iter().filter(is_said) {
        add(&example.uid);
        add(&format!("{:?} {:?} {:?} {:?}", example.context, example.marks, example.captures, example.unmarked));
        example.parts.iter().for_each(|part| add(&part.text));
    }
    let n_likely = corpus.examples.iter().filter(|example| !is_said(example)).count();
    add(&format!("likely empty {}", usize::BITS - n_likely.leading_zeros()));
    let encoder =
        encoder.filter(|encoder| corpus.fields.iter().any(FieldSpec::is_from_scratch) && encoder.token_states(&[]).is_some());
    encoder.into_iter().for_each(|encoder| add(encoder.digest()));
    hex::encode(digest.finalize())
}

/// What the encoder makes of all that fields are learnt from, for validation and for good.
fn read(
    corpus: &FieldCorpus,
    tests: &[bool],
    encoder: Option<&dyn Encoder>,
    go_on: &dyn Fn() -> bool,
) -> Result<States, Cancelled> {
    let Some(encoder) = encoder else { return Ok(States::default()) };
    let mut paragraphs = BTreeMap::new();
    let mut n_bytes = 0;
    for field in (0..corpus.fields.len()).filter(|field| corpus.fields[*field].is_from_scratch()) {
        let mut own = BTreeMap::new();
        for taken in [&(|at: usize| !tests[at]) as &dyn Fn(usize) -> bool, &|_| true] {
            let known = known_paragraphs(&corpus.examples, taken, field);
            if known.iter().all(|paragraph| paragraph.values.is_empty()) {
                continue;
            }
            for it in chosen(&known) {
                let text = &corpus.examples[it.example].parts[it.part].text[it.start..it.end];
                own.insert((it.example, it.part, it.start, it.end), text);
            }
        }
        own.retain(|place, _| !paragraphs.contains_key(place));
        let more: usize = own.values().map(|text| text.len()).sum();
        if n_bytes + more <= MOST_BYTES_READ {
            n_bytes += more;
            paragraphs.append(&mut own);
        }
    }
    let paragraphs: Vec<_> = paragraphs.into_iter().collect();
    States::read(encoder, &paragraphs, go_on).ok_or(Cancelled)
}

fn learn(
    corpus: &FieldCorpus,
    taken: &(dyn Fn(usize) -> bool + Sync),
    states: &States,
    threads: usize,
    seed: u64,
    go_on: &(dyn Fn() -> bool + Sync),
) -> Result<FieldModel, Cancelled> {
    let one = |field: usize| {
        let known = known_paragraphs(&corpus.examples, taken, field);
        let analyses = |number: usize, part: usize, then: &mut dyn FnMut(&Analysis<'_>)| {
            let example = &corpus.examples[number];
            then(&Analysis::new(&example.parts[part], &example.context).reading(states, number, part));
        };
        LearnedField::learn(&corpus.fields[field], &analyses, states.encoder(), &known, seed, go_on)
    };
    let fields: Option<Vec<LearnedField>> = for_each_index(corpus.fields.len(), threads, one).into_iter().collect();
    let fields = fields.ok_or(Cancelled)?;
    let likes = |form: usize| -> Vec<Option<usize>> {
        let of = |field: &super::FormField| {
            let like = field.like.as_ref()?;
            corpus.fields.iter().position(|general| general.id == *like)
        };
        corpus.forms[form].fields.iter().map(of).collect()
    };
    let one = |form: usize| {
        let of_form = corpus
            .examples
            .iter()
            .enumerate()
            .filter(|(at, example)| taken(*at) && example.captures.iter().any(|it| it.form == form));
        let examples: Vec<Read<'_>> = of_form.map(|(_, example)| (example, analyses_of(example))).collect();
        LearnedForm::learn(form, &corpus.forms[form], &likes(form), &fields, &examples, seed, go_on)
    };
    let forms: Option<Vec<LearnedForm>> = for_each_index(corpus.forms.len(), threads, one).into_iter().collect();
    Ok(FieldModel { forms: forms.ok_or(Cancelled)?, fields, fingerprint: String::new() })
}

fn analyses_of(example: &FieldExample) -> Vec<Analysis<'_>> {
    example.parts.iter().map(|part| Analysis::new(part, &example.context)).collect()
}

fn validate(corpus: &FieldCorpus, model: &FieldModel, encoder: Option<&dyn Encoder>, tests: &[bool]) -> FieldReport {
    let decided = |part: bool| {
        let of_part = corpus.examples.iter().zip(tests).filter(|(_, is_test)| **is_test == part);
        of_part.filter(|(example, _)| example.unmarked == Unmarked::Empty || !example.marks.is_empty()).count()
    };
    FieldReport {
        fields: field_scores(corpus, model, encoder, tests),
        n_train_documents: decided(false),
        n_test_documents: decided(true),
        forms: (0..corpus.forms.len()).map(|form| form_score(corpus, model, tests, form)).collect(),
    }
}

fn field_scores(corpus: &FieldCorpus, model: &FieldModel, encoder: Option<&dyn Encoder>, tests: &[bool]) -> Vec<FieldScore> {
    let mut scores: Vec<FieldScore> = (0..corpus.fields.len()).map(|field| field_counts(corpus, tests, field)).collect();
    let known = |field: usize| known_paragraphs(&corpus.examples, &|at| tests[at], field);
    let known: Vec<Vec<KnownParagraph>> = (0..corpus.fields.len()).map(known).collect();
    let tested: Vec<usize> = (0..tests.len()).filter(|at| tests[*at]).collect();
    for chunk in tested.chunks(VALIDATED_AT_ONCE) {
        let comments = chunk.iter().map(|at| (*at, corpus.examples[*at].parts.as_slice()));
        let states = model.states_of(comments, encoder);
        for ((score, learned), known) in scores.iter_mut().zip(&model.fields).zip(&known) {
            for paragraph in known.iter().filter(|it| it.is_certain && chunk.binary_search(&it.example).is_ok()) {
                let example = &corpus.examples[paragraph.example];
                let analysis = Analysis::new(&example.parts[paragraph.part], &example.context);
                let predicted = learned.predict(&analysis.reading(&states, paragraph.example, paragraph.part));
                let is_inside = |found: &&Found| paragraph.start <= found.start && found.end <= paragraph.end;
                for found in predicted.iter().filter(is_inside) {
                    score.n_predicted += 1;
                    score.n_right += usize::from(paragraph.values.contains(&(found.start, found.end)));
                }
            }
        }
    }
    scores
}

fn field_counts(corpus: &FieldCorpus, tests: &[bool], field: usize) -> FieldScore {
    let mut score = FieldScore { id: corpus.fields[field].id.clone(), ..FieldScore::default() };
    for (example, is_test) in corpus.examples.iter().zip(tests) {
        let n = example.marks.iter().filter(|mark| mark.field == field && mark.is_assigned).count();
        let (values, documents) = if *is_test {
            (&mut score.n_test, &mut score.n_test_documents)
        } else {
            (&mut score.n_train, &mut score.n_train_documents)
        };
        *values += n;
        *documents += usize::from(n > 0);
    }
    score
}

fn form_score(corpus: &FieldCorpus, model: &FieldModel, tests: &[bool], form: usize) -> FormScore {
    let spec = &corpus.forms[form];
    let fields = spec.fields.iter().map(|field| FieldScore { id: field.spec.id.clone(), ..FieldScore::default() }).collect();
    let mut score = FormScore { id: spec.id.clone(), fields, ..FormScore::default() };
    for (example, is_test) in corpus.examples.iter().zip(tests) {
        let Some(captures) = example.captures.iter().find(|captures| captures.form == form) else { continue };
        let (n_captures, n_documents) = if *is_test {
            (&mut score.n_test_captures, &mut score.n_test_documents)
        } else {
            (&mut score.n_train_captures, &mut score.n_train_documents)
        };
        *n_captures += captures.records.len();
        *n_documents += 1;
        for (field, it) in score.fields.iter_mut().enumerate() {
            let n = captures.records.iter().flatten().filter(|place| place.field == field).count();
            let (values, documents) =
                if *is_test { (&mut it.n_test, &mut it.n_test_documents) } else { (&mut it.n_train, &mut it.n_train_documents) };
            *values += n;
            *documents += usize::from(n > 0);
        }
        let Some(learned) = model.forms.get(form).filter(|_| *is_test) else { continue };
        // Without a record of people the label was not filled in; nothing says what would be right.
        if captures.records.is_empty() {
            continue;
        }
        compare(&learned.fill(&model.fields, &analyses_of(example)), &captures.records, &mut score);
    }
    score.records.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    score
}

/// Pairs predicted records with those of people, the most alike first, and counts what is right.
fn compare(predicted: &[Record], actual: &[Capture], score: &mut FormScore) {
    let is_at = |record: &Record, capture: &Capture, field: usize| {
        let value = record.values.iter().find(|value| value.field == field);
        let place = capture.iter().find(|place| place.field == field);
        match (value, place) {
            (Some(value), Some(place)) => {
                (value.part, value.found.start, value.found.end) == (place.part, place.start, place.end)
            }
            _ => false,
        }
    };
    let n_fields = score.fields.len();
    let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
    for (p, record) in predicted.iter().enumerate() {
        for (a, capture) in actual.iter().enumerate() {
            pairs.push(((0..n_fields).filter(|field| is_at(record, capture, *field)).count(), p, a));
        }
    }
    pairs.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut partner: Vec<Option<usize>> = vec![None; predicted.len()];
    let mut is_taken = vec![false; actual.len()];
    for (_, p, a) in pairs {
        if partner[p].is_none() && !is_taken[a] {
            partner[p] = Some(a);
            is_taken[a] = true;
        }
    }
    for (record, partner) in predicted.iter().zip(partner) {
        let mut is_right = partner.is_some();
        for field in 0..n_fields {
            let has_value = record.values.iter().any(|value| value.field == field);
            let wants_value = partner.is_some_and(|a| actual[a].iter().any(|place| place.field == field));
            let is_same = partner.is_some_and(|a| is_at(record, &actual[a], field));
            score.fields[field].n_predicted += usize::from(has_value);
            score.fields[field].n_right += usize::from(is_same);
            is_right &= is_same || (!has_value && !wants_value);
        }
        score.records.push((record.extraction, is_right));
    }
}
