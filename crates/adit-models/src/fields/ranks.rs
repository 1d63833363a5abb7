//! Which fields of which comments should a person look at? Numbers that ask for a decision the more, the lower they are.

use std::collections::BTreeMap;

use adit_datasets::Annotation;
use adit_datasets::wire::{Entity, PredictedEntity, TextSpan};

/// Below this a model does not believe a value that it found itself.
const CENTER: f64 = 0.5;

/// What is asked about fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldQuestion {
    /// Is this value one? On comments nobody reviewed: how far the least sure probability is from one half.
    Teach,
    /// Was this value rightly assigned? How likely the model finds the least likely assigned value.
    Check,
    /// Was this value overlooked? One less the probability of the likeliest value that nobody assigned or dismissed.
    Missed,
    /// Is this record right? How sure the model is of the least sure one.
    Extraction,
}

impl FieldQuestion {
    /// The word by which it is kept.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Teach => "teach",
            Self::Check => "check",
            Self::Missed => "missed",
            Self::Extraction => "extraction",
        }
    }
}

/// A number for a question about a field of a comment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FieldRank {
    pub(crate) question: FieldQuestion,
    /// The definition that the field is of; empty for records.
    pub(crate) type_id: String,
    pub(crate) sureness: f64,
}

/// What there is to ask about one comment.
///
/// `records` is how sure a model is of each record that it found.
pub(crate) fn questions(
    annotation: Option<&Annotation>,
    predicted: &[PredictedEntity],
    records: impl Iterator<Item = f64>,
) -> Vec<FieldRank> {
    let mut least: BTreeMap<(FieldQuestion, &str), f64> = BTreeMap::new();
    let mut ask = |question, id, sureness: f64| {
        let known = least.entry((question, id)).or_insert(f64::INFINITY);
        *known = known.min(sureness);
    };
    let decided = annotation.and_then(|annotation| annotation.entities.as_ref());
    let decided = decided.filter(|entities| !entities.assigned.is_empty() || !entities.dismissed.is_empty());
    match decided {
        // Labels alone say nothing about fields, but somebody was there.
        None if annotation.is_some_and(|annotation| annotation.reviewed) => {}
        None => {
            for one in predicted {
                if let Some(probability) = one.probability {
                    ask(FieldQuestion::Teach, one.id.as_str(), (probability - CENTER).abs());
                }
            }
            records.for_each(|sureness| ask(FieldQuestion::Extraction, "", sureness));
        }
        Some(entities) => {
            let (assigned, dismissed) = (&entities.assigned, &entities.dismissed);
            for one in assigned {
                let found = predicted.iter().filter(|other| is_same(one, other)).map(|other| other.probability.unwrap_or(1.0));
                ask(FieldQuestion::Check, one.id.as_str(), found.fold(0.0, f64::max));
            }
            for one in predicted {
                if !assigned.iter().chain(dismissed).any(|other| is_same(other, one)) {
                    ask(FieldQuestion::Missed, one.id.as_str(), 1.0 - one.probability.unwrap_or(1.0));
                }
            }
        }
    }
    let rank =
        |((question, id), sureness): ((FieldQuestion, &str), f64)| FieldRank { question, type_id: id.to_owned(), sureness };
    least.into_iter().map(rank).collect()
}

/// Whether both are a value of one field at one place.
fn is_same(decided: &Entity, predicted: &PredictedEntity) -> bool {
    let place = |span: &TextSpan| (span.content_part.clone(), span.message_index, span.char_start, span.char_end);
    let first = |spans: &[TextSpan]| spans.first().map(place);
    decided.id == predicted.id && first(&decided.spans) == first(&predicted.spans)
}

#[cfg(test)]
mod tests {
    use adit_datasets::Annotation;
    use adit_datasets::wire::{Entities, Entity, PredictedEntity, TextSpan};

    use super::{FieldQuestion, questions};

    fn span(start: u64) -> TextSpan {
        TextSpan {
            content_part: "body".into(),
            message_index: 0,
            utf16_byte_start: 2 * start,
            utf16_byte_end: 2 * start + 6,
            char_start: start,
            char_end: start + 3,
        }
    }

    fn found(id: &str, start: u64, probability: Option<f64>) -> PredictedEntity {
        PredictedEntity {
            id: id.into(),
            name: id.into(),
            kind: id.into(),
            span: span(start),
            spans: vec![span(start)],
            formatted_value: "x".into(),
            probability,
            capture_ids: Vec::new(),
            field_id: None,
        }
    }

    fn assigned(id: &str, start: u64) -> Entity {
        Entity {
            id: id.into(),
            name: id.into(),
            kind: id.into(),
            span: None,
            spans: vec![span(start)],
            formatted_value: "x".into(),
            field_id: String::new(),
        }
    }

    #[test]
    fn unreviewed_comments_teach_and_reviewed_ones_are_checked_and_searched_for_misses() {
        let predicted = [found("date", 0, Some(0.9)), found("date", 9, Some(0.4)), found("money", 5, None)];
        let asked = |annotation: Option<&Annotation>, records: Vec<f64>| {
            let all = questions(annotation, &predicted, records.into_iter()).into_iter();
            all.map(|rank| (rank.question, rank.type_id, (rank.sureness * 100.0).round())).collect::<Vec<_>>()
        };
        let open = asked(None, vec![0.7, 0.3]);
        assert_eq!(open, [(FieldQuestion::Teach, "date".into(), 10.0), (FieldQuestion::Extraction, String::new(), 30.0)]);
        let annotation = Annotation {
            reviewed: true,
            version: 1,
            updated_us: 0,
            assigned: Vec::new(),
            dismissed: Vec::new(),
            uninformative: None,
            entities: Some(Entities {
                assigned: vec![assigned("date", 9), assigned("city", 20)],
                dismissed: vec![assigned("money", 5)],
                predicted: Vec::new(),
            }),
            moon_forms: None,
        };
        let reviewed = asked(Some(&annotation), vec![0.3]);
        let expected =
            [(FieldQuestion::Check, "city", 0.0), (FieldQuestion::Check, "date", 40.0), (FieldQuestion::Missed, "date", 10.0)];
        assert_eq!(reviewed, expected.map(|(question, id, sureness)| (question, id.to_owned(), sureness)));
    }
}
