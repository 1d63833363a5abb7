//! What is to be found and what it is learnt from.

use serde::{Deserialize, Serialize};

use super::{Context, Kind, Rules};

/// A field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSpec {
    /// Names the field among all fields of a dataset.
    pub id: String,
    /// The kind whose places are taken, all or those that examples single out.
    pub base: Option<Kind>,
    /// What users say about where values are; places that rules find count as those of the base.
    pub rules: Rules,
    /// Whether it learns.
    pub is_trainable: bool,
}

impl FieldSpec {
    /// Whether places come from rules; otherwise from examples alone.
    #[must_use]
    pub fn has_candidates(&self) -> bool {
        self.base.is_some() || self.rules.find_something()
    }

    /// Whether examples alone say what its values are.
    #[must_use]
    pub fn is_from_scratch(&self) -> bool {
        self.is_trainable && !self.has_candidates()
    }
}

/// A part of a message: its subject or its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// What it says.
    pub text: String,
    /// Whether it is the subject.
    pub is_subject: bool,
    /// When and where it was written, where that is known better than for the whole comment.
    pub context: Option<Context>,
}

/// A decision of a person: here is, or is not, a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The field, as an index into the specifications.
    pub field: usize,
    /// The part, as an index into the parts.
    pub part: usize,
    /// Its first byte.
    pub start: usize,
    /// The first byte behind it.
    pub end: usize,
    /// Whether the value is there.
    pub is_assigned: bool,
}

/// Values of one occurrence of a label: field of the form, and where its value stands.
pub type Capture = Vec<Place>;

/// Where a value of a form stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The field, as an index into the fields of the form.
    pub field: usize,
    /// The part.
    pub part: usize,
    /// Its first byte.
    pub start: usize,
    /// The first byte behind it.
    pub end: usize,
}

/// The records of one form in a comment; an empty list says that somebody looked and the label has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captures {
    /// The form, as an index into the forms.
    pub form: usize,
    /// The records.
    pub records: Vec<Capture>,
}

/// What an example says about paragraphs in which nobody decided anything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unmarked {
    /// Nothing.
    #[default]
    Unknown,
    /// They hold no value, as far as anybody noticed: somebody read the message for another reason. Only taggers learn from
    /// them, they count half, and not at all where what is certain says otherwise.
    LikelyEmpty,
    /// They hold no value.
    Empty,
}

/// A comment that somebody read.
#[derive(Debug, Clone)]
pub struct FieldExample {
    /// The comment's id, which decides whether it is a test comment.
    pub uid: String,
    /// When and where it was written.
    pub context: Context,
    /// What it says.
    pub parts: Vec<Part>,
    /// Decisions about fields; they say everything about their paragraphs.
    pub marks: Vec<Mark>,
    /// What is known of the other paragraphs.
    pub unmarked: Unmarked,
    /// Records of forms.
    pub captures: Vec<Captures>,
}

/// The fields of a label.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormSpec {
    /// Names the label.
    pub id: String,
    /// Its fields; the name is what people call it, and is looked for beside values.
    pub fields: Vec<FormField>,
}

/// A field of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormField {
    /// What it is called.
    pub name: String,
    /// How its values are found.
    pub spec: FieldSpec,
    /// The id of a general field of the same type, whose places are taken where the form's own examples teach none.
    pub like: Option<String>,
}

/// Everything that fields are learnt from.
#[derive(Debug, Clone, Default)]
pub struct FieldCorpus {
    /// General fields.
    pub fields: Vec<FieldSpec>,
    /// Fields of labels.
    pub forms: Vec<FormSpec>,
    /// Comments with decisions, or read without any, in any order.
    pub examples: Vec<FieldExample>,
}

impl FieldCorpus {
    /// Whether general fields learnt from this can find anything: in places by rule, or like values that somebody marked.
    #[must_use]
    pub fn finds_something(&self) -> bool {
        let is_learnt = |mark: &Mark| mark.is_assigned && self.fields.get(mark.field).is_some_and(FieldSpec::is_from_scratch);
        let mut marks = self.examples.iter().flat_map(|example| &example.marks);
        self.fields.iter().any(FieldSpec::has_candidates) || marks.any(is_learnt)
    }
}

/// The paragraph around a place: what blank lines separate.
pub(crate) fn paragraph_around(text: &str, start: usize, end: usize) -> (usize, usize) {
    let is_blank = |line: &str| line.trim().is_empty();
    let mut from = 0;
    let mut until = text.len();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        if is_blank(line) {
            if next <= start {
                from = next;
            } else if at >= end {
                until = at;
                break;
            }
        }
        at = next;
    }
    (from, until.max(from))
}

/// All paragraphs of a text, each from its first byte to the first one behind it: what blank lines separate.
#[must_use]
pub fn paragraphs(text: &str) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    let mut is_open = false;
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        if line.trim().is_empty() {
            is_open = false;
        } else if let Some(last) = found.last_mut().filter(|_| is_open) {
            last.1 = next;
        } else {
            found.push((at, next));
            is_open = true;
        }
        at = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{paragraph_around, paragraphs};

    #[test]
    fn blank_lines_separate_paragraphs() {
        let text = "one\ntwo\n \nthree\n\n\nfour";
        assert_eq!(paragraphs(text).iter().map(|(a, b)| &text[*a..*b]).collect::<Vec<_>>(), ["one\ntwo\n", "three\n", "four"]);
        let around = |word: &str| {
            let start = text.find(word).unwrap_or_default();
            let (a, b) = paragraph_around(text, start, start + word.len());
            text[a..b].trim()
        };
        assert_eq!((around("two"), around("three"), around("four")), ("one\ntwo", "three", "four"));
        assert_eq!(paragraph_around("", 0, 0), (0, 0));
    }
}
