//! Learns all fields and validates them: first from the training part alone, then from everything.

use sha2::{Digest, Sha256};

use super::analysis::Analysis;
use super::forms::{LearnedForm, Read, Record};
use super::learned::{KnownParagraph, LearnedField, known_paragraphs};
use super::model::FieldModel;
use super::report::{FieldReport, FieldScore, FormScore};
use super::spec::{Capture, FieldCorpus, FieldExample};
use crate::classifier::for_each_index;
use crate::validation::is_test;

/// The observer asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("training of fields was cancelled")]
pub struct Cancelled;

/// Learns fields; the result depends on the corpus and the seed alone.
///
/// # Errors
/// Stops when `go_on` answers false.
pub fn train_fields(
    corpus: &FieldCorpus,
    threads: usize,
    seed: u64,
    go_on: &(dyn Fn() -> bool + Sync),
) -> Result<(FieldModel, FieldReport), Cancelled> {
    let fingerprint = fingerprint(corpus, seed);
    let tests: Vec<bool> = corpus.examples.iter().map(|example| is_test(&example.uid)).collect();
    let report = validate(corpus, &learn(corpus, &|at| !tests[at], threads, seed, go_on)?, &tests);
    let mut model = learn(corpus, &|_| true, threads, seed, go_on)?;
    model.fingerprint = fingerprint;
    Ok((model, report))
}

/// Names what fields are learnt from.
#[must_use]
pub fn fingerprint(corpus: &FieldCorpus, seed: u64) -> String {
    let mut digest = Sha256::new();
    let mut add = |text: &str| {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text.as_bytes());
    };
    add(&format!("fields 1 {seed}"));
    add(&serde_json::to_string(&(&corpus.fields, &corpus.forms)).unwrap_or_default());
    for example in &corpus.examples {
        add(&example.uid);
        add(&format!("{:?} {:?} {:?} {}", example.context, example.marks, example.captures, example.is_complete));
        example.parts.iter().for_each(|part| add(&part.text));
    }
    hex::encode(digest.finalize())
}

fn learn(
    corpus: &FieldCorpus,
    taken: &(dyn Fn(usize) -> bool + Sync),
    threads: usize,
    seed: u64,
    go_on: &(dyn Fn() -> bool + Sync),
) -> Result<FieldModel, Cancelled> {
    let one = |field: usize| {
        let known = known_paragraphs(&corpus.examples, taken, field);
        let analyses = |example: usize, part: usize, then: &mut dyn FnMut(&Analysis<'_>)| {
            let example = &corpus.examples[example];
            let part = &example.parts[part];
            then(&Analysis::new(part, &example.context));
        };
        LearnedField::learn(&corpus.fields[field], &analyses, &known, seed, go_on)
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

fn validate(corpus: &FieldCorpus, model: &FieldModel, tests: &[bool]) -> FieldReport {
    let decided = |part: bool| {
        let of_part = corpus.examples.iter().zip(tests).filter(|(_, is_test)| **is_test == part);
        of_part.filter(|(example, _)| example.is_complete || !example.marks.is_empty()).count()
    };
    FieldReport {
        fields: (0..corpus.fields.len()).map(|field| field_score(corpus, model, tests, field)).collect(),
        n_train_documents: decided(false),
        n_test_documents: decided(true),
        forms: (0..corpus.forms.len()).map(|form| form_score(corpus, model, tests, form)).collect(),
    }
}

fn field_score(corpus: &FieldCorpus, model: &FieldModel, tests: &[bool], field: usize) -> FieldScore {
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
    let Some(learned) = model.fields.get(field) else { return score };
    let known: Vec<KnownParagraph> = known_paragraphs(&corpus.examples, &|at| tests[at], field);
    for paragraph in &known {
        let example = &corpus.examples[paragraph.example];
        let part = &example.parts[paragraph.part];
        let predicted = learned.predict(&Analysis::new(part, &example.context));
        let inside: Vec<_> =
            predicted.iter().filter(|found| paragraph.start <= found.start && found.end <= paragraph.end).collect();
        score.n_predicted += inside.len();
        score.n_right += inside.iter().filter(|found| paragraph.values.contains(&(found.start, found.end))).count();
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
