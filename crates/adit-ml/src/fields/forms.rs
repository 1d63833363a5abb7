//! Records of fields for one label: which places belong to which field, and which values to one occurrence.
//!
//! Places come from rules and taggers by the type of the field. A score says how well a place fits a field; without
//! examples it goes by the field's name beside the value and by order. Values are then dealt to records in the order
//! of the text: a field that comes a second time opens the next record.

use super::analysis::Analysis;
use super::crf::{Crf, Sequence};
use super::learned::{How, LearnedField};
use super::scorer::{Case, Scorer};
use super::spec::{Capture, FieldExample, FormSpec, paragraphs};
use super::{Found, features};

/// From which probability on a place is taken for a value.
const TAKEN_FROM: f32 = 0.5;
/// Tokens of a paragraph that are read at once.
const MOST_TOKENS: usize = 400;
/// Places looked at for one label in one comment at most, the likeliest ones.
const MOST_PLACES: usize = 1_000;
/// Records of one label in one comment at most.
const MOST_RECORDS: usize = 64;

/// A comment with its parts made ready.
pub(crate) type Read<'e> = (&'e FieldExample, Vec<Analysis<'e>>);

/// A form, ready to fill in.
#[derive(Debug, Clone)]
pub(crate) struct LearnedForm {
    pub(crate) spec: FormSpec,
    pub(crate) fields: Vec<LearnedSlot>,
    /// Whether a comment was seen with more than one record.
    pub(crate) repeats: bool,
}

/// A field of a form.
#[derive(Debug, Clone)]
pub(crate) struct LearnedSlot {
    pub(crate) places: LearnedField,
    /// The general field of the same type whose places are taken, where the form's own examples teach none.
    pub(crate) like: Option<usize>,
    pub(crate) scorer: Scorer,
    /// How often a record has a value although no place was taken.
    pub(crate) miss: f32,
    /// Whether one value was seen to serve all records of a comment.
    pub(crate) is_shared: bool,
}

/// A value of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct FilledField {
    /// The field of the form.
    pub field: usize,
    /// The part it stands in.
    pub part: usize,
    /// Where it stands, and what it means.
    pub found: Found,
}

/// A filled form.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The values found, by field; at most one each.
    pub values: Vec<FilledField>,
    /// How sure it is that there is such an occurrence, given that the label applies.
    pub occurrence: f32,
    /// How sure it is that every value is right, and what is missing is missing.
    pub extraction: f32,
}

/// A place that may be the value of a field.
struct Chance<'f> {
    field: usize,
    part: usize,
    found: &'f Found,
    probability: f32,
}

/// Words of a field's name.
fn words_of(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1).map(str::to_lowercase);
    words.filter(|word| !matches!(word.as_str(), "of" | "the" | "and" | "for" | "to")).collect()
}

/// What holds before an example: the only or first place, more so beside the field's name.
fn prior() -> Vec<(u64, f32)> {
    let [only, first] = features::first_features();
    vec![(features::constant_of_places(), -1.0), (only, 2.0), (first, 1.3), (features::named_feature(), 2.5)]
}

impl LearnedForm {
    /// Learns a form from records; `None` if `go_on` says stop.
    pub(crate) fn learn(
        form: usize,
        spec: &FormSpec,
        likes: &[Option<usize>],
        general: &[LearnedField],
        examples: &[Read<'_>],
        seed: u64,
        go_on: &dyn Fn() -> bool,
    ) -> Option<LearnedForm> {
        let records_of = |example: &FieldExample| {
            example.captures.iter().filter(|it| it.form == form).flat_map(|it| it.records.clone()).collect::<Vec<_>>()
        };
        let is_of_form = |example: &&Read<'_>| example.0.captures.iter().any(|captures| captures.form == form);
        let of_form: Vec<(&Read<'_>, Vec<Capture>)> =
            examples.iter().filter(is_of_form).map(|example| (example, records_of(example.0))).collect();
        let mut learned =
            LearnedForm { spec: spec.clone(), fields: Vec::new(), repeats: of_form.iter().any(|(_, records)| records.len() > 1) };
        for (number, field) in spec.fields.iter().enumerate() {
            let names = words_of(&field.name);
            let places_of = |records: &[Capture]| -> Vec<(usize, usize, usize)> {
                records
                    .iter()
                    .flatten()
                    .filter(|place| place.field == number)
                    .map(|place| (place.part, place.start, place.end))
                    .collect()
            };
            let like = likes.get(number).copied().flatten();
            let mut slot = LearnedSlot {
                places: LearnedField::unlearned(&field.spec),
                like,
                scorer: Scorer::of_prior(&prior()),
                miss: 0.3,
                is_shared: of_form.iter().any(|(_, records)| {
                    let mut places = places_of(records);
                    let n = places.len();
                    places.sort_unstable();
                    places.dedup();
                    places.len() < n
                }),
            };
            if !field.spec.has_candidates() {
                let sequences: Vec<Sequence> = of_form
                    .iter()
                    .flat_map(|((_, analyses), records)| {
                        let places = places_of(records);
                        analyses
                            .iter()
                            .enumerate()
                            .flat_map(move |(part, analysis)| sequences_of(analysis, part, &places))
                            .collect::<Vec<_>>()
                    })
                    .collect();
                match Crf::train(&sequences, seed, go_on) {
                    Some(crf) => slot.places.how = How::Tagged(Box::new(crf.into())),
                    None if !go_on() => return None,
                    None => {}
                }
            }
            let mut cases = Vec::new();
            let (mut n_missed, mut n_without) = (0.6f32, 2.0f32);
            for ((_, analyses), records) in &of_form {
                let values = places_of(records);
                let mut n_places = 0;
                for (part, analysis) in analyses.iter().enumerate() {
                    let candidates = slot.candidates(general, analysis);
                    n_places += candidates.len();
                    for (n, found) in candidates.iter().enumerate() {
                        let is_value =
                            values.iter().any(|(p, start, end)| *p == part && found.start < *end && *start < found.end);
                        cases.push(Case { features: features::of_place(analysis, found, n, candidates.len(), &names), is_value });
                    }
                }
                if n_places == 0 {
                    n_without += 1.0;
                    n_missed += f32::from(u8::from(!values.is_empty()));
                }
            }
            slot.miss = n_missed / n_without;
            slot.scorer = Scorer::train(&cases, &prior(), seed);
            learned.fields.push(slot);
        }
        Some(learned)
    }

    /// Fills in the form for a comment to which the label applies. There is always at least one record.
    pub(crate) fn fill(&self, general: &[LearnedField], analyses: &[Analysis<'_>]) -> Vec<Record> {
        let mut found: Vec<(usize, usize, Found, f32)> = Vec::new();
        for (number, slot) in self.fields.iter().enumerate() {
            let names = words_of(&self.spec.fields[number].name);
            for (part, analysis) in analyses.iter().enumerate() {
                let candidates = slot.candidates(general, analysis);
                let total = candidates.len();
                for (n, candidate) in candidates.into_iter().enumerate() {
                    let probability = slot.scorer.probability(&features::of_place(analysis, &candidate, n, total, &names));
                    found.push((number, part, candidate, probability));
                }
            }
        }
        found.sort_by(|a, b| b.3.total_cmp(&a.3));
        found.truncate(MOST_PLACES);
        let mut options: Vec<Chance<'_>> = found
            .iter()
            .map(|(field, part, found, probability)| Chance { field: *field, part: *part, found, probability: *probability })
            .collect();
        // The surest first; equal ones in the order of the text.
        options.sort_by(|a, b| {
            b.probability
                .total_cmp(&a.probability)
                .then_with(|| (a.part, a.found.start, a.field).cmp(&(b.part, b.found.start, b.field)))
        });
        let mut taken: Vec<&Chance<'_>> = Vec::new();
        for option in options.iter().filter(|option| option.probability >= TAKEN_FROM) {
            let is_place_taken = taken.iter().any(|other| {
                other.part == option.part && other.found.start < option.found.end && option.found.start < other.found.end
            });
            let is_field_taken = !self.repeats && taken.iter().any(|other| other.field == option.field);
            if !is_place_taken && !is_field_taken {
                taken.push(option);
            }
        }
        taken.sort_by_key(|option| (option.part, option.found.start));
        let mut dealt: Vec<Vec<&Chance<'_>>> = vec![Vec::new()];
        for option in taken {
            let is_full = dealt.last().is_some_and(|record| record.iter().any(|other| other.field == option.field));
            if is_full && dealt.len() < MOST_RECORDS {
                dealt.push(Vec::new());
            }
            if let Some(record) = dealt.last_mut().filter(|record| record.iter().all(|other| other.field != option.field)) {
                record.push(option);
            }
        }
        self.share(&mut dealt);
        let best_left = |field: usize| {
            options.iter().filter(|option| option.field == field).map(|option| option.probability).fold(0.0f32, f32::max)
        };
        let mut records = Vec::with_capacity(dealt.len());
        for (n, record) in dealt.iter().enumerate() {
            let most = record.iter().map(|option| option.probability).fold(0.0f32, f32::max);
            let occurrence = if n == 0 { 1.0 } else { most };
            let right = |field: usize| match record.iter().find(|option| option.field == field) {
                Some(option) => option.probability,
                None => 1.0 - best_left(field).min(0.5).max(self.fields[field].miss),
            };
            let extraction = (0..self.fields.len()).map(right).product::<f32>() * occurrence;
            let value = |option: &&Chance<'_>| FilledField {
                field: option.field,
                part: option.part,
                found: Found { probability: Some(option.probability), ..option.found.clone() },
            };
            let mut values: Vec<FilledField> = record.iter().map(value).collect();
            values.sort_by_key(|value| value.field);
            records.push(Record { values, occurrence, extraction });
        }
        records
    }

    /// Gives the one value of a shared field to every record that lacks it.
    fn share<'o, 'f>(&self, dealt: &mut [Vec<&'o Chance<'f>>]) {
        for field in (0..self.fields.len()).filter(|field| self.fields[*field].is_shared) {
            let mut values = dealt.iter().flatten().filter(|option| option.field == field);
            let (Some(only), None) = (values.next().copied(), values.next()) else { continue };
            for record in dealt.iter_mut().filter(|record| record.iter().all(|option| option.field != field)) {
                record.push(only);
            }
        }
    }
}

impl LearnedSlot {
    fn candidates(&self, general: &[LearnedField], analysis: &Analysis<'_>) -> Vec<Found> {
        match self.like.and_then(|like| general.get(like)) {
            Some(like) if matches!(self.places.how, How::Nothing) => like.candidates(analysis),
            _ => self.places.candidates(analysis),
        }
    }
}

/// The paragraphs of a part as sequences, with the values that stand in them.
fn sequences_of(analysis: &Analysis<'_>, part: usize, places: &[(usize, usize, usize)]) -> Vec<Sequence> {
    let mut sequences = Vec::new();
    for (start, end) in paragraphs(analysis.text) {
        let (first, last) = analysis.covered(start, end);
        let last = last.min(first + MOST_TOKENS);
        let mut values = Vec::new();
        for (_, start, end) in places.iter().filter(|(p, ..)| *p == part) {
            let (a, b) = analysis.covered(*start, *end);
            if a >= first && b <= last && a < b && !values.contains(&(a - first, b - first)) {
                values.push((a - first, b - first));
            }
        }
        if first < last {
            sequences.push(Sequence::new(features::of_tokens(analysis, first, last), &values));
        }
    }
    sequences
}
