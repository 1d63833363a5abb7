//! A training action and its id. The id says what the action is, so that nothing needs to be kept about it.

use adit_datasets::Label;
use adit_kernel::{Error, Id, Kind, Result};

use crate::query::{DiagnosticKind, Order};

/// Words of the contract with the number that stands for each in an id; numbers never change.
const KINDS: &[(u8, &str)] = &[
    (1, "discover"),
    (2, "low_confidence"),
    (3, "bias"),
    (4, "shuffle"),
    (11, "confirm_top_predicted"),
    (12, "correct_label"),
    (13, "missing_label"),
    (14, "teach_unreviewed"),
    (15, "search_for_examples"),
    (16, "deconfuse"),
    (17, "merge"),
    (31, "missing-source"),
    (32, "insufficient-verbatims-in-sources"),
    (33, "insufficient-verbatims"),
    (34, "insufficient-labels"),
    (35, "missing-model-rating"),
    (36, "shuffle"),
    (37, "text-search"),
];
const FIRST_CUSTOM: u8 = 31;

/// The seed of the random order that actions use.
const SHUFFLE_SEED: i64 = 0;

/// What is to be done, and with which label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Action {
    code: u8,
    label: Option<Id>,
}

/// Where the comments of an action come from.
pub(super) enum Pool {
    /// The themes of the dataset.
    Themes,
    /// An order of the query, and whether only comments nobody reviewed count.
    Order { order: Order, doubted: Vec<String>, is_unreviewed: bool },
    /// There is nothing to annotate.
    Nothing,
}

impl Action {
    /// An action on the dataset or on a label, by the contract's word.
    pub(super) fn new(word: &str, label: Option<Id>) -> Option<Self> {
        let code = KINDS.iter().find(|(code, known)| *known == word && *code < FIRST_CUSTOM)?.0;
        Some(Self { code, label })
    }

    /// A step that comes before any model, by the contract's word.
    pub(super) fn custom(word: &str) -> Option<Self> {
        let code = KINDS.iter().find(|(code, known)| *known == word && *code >= FIRST_CUSTOM)?.0;
        Some(Self { code, label: None })
    }

    fn word(self) -> &'static str {
        KINDS.iter().find(|(code, _)| *code == self.code).map_or("", |(_, word)| word)
    }

    /// A UUID of version 8, whose content is up to its maker (RFC 9562): the kind, then the label's id.
    pub(super) fn id(self) -> String {
        let label = self.label.map_or(0, |label| label.to_db().cast_unsigned()).to_be_bytes();
        let mut bytes = [0u8; 16];
        bytes[0] = self.code;
        bytes[1] = u8::from(self.label.is_some());
        bytes[6] = 0x80;
        bytes[7] = label[0];
        bytes[8] = 0x80;
        bytes[9..].copy_from_slice(&label[1..]);
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }

    /// The action of an id in any textual form of a UUID.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let bare = text.trim().trim_start_matches("urn:uuid:").trim_matches(['{', '}']).replace('-', "").to_lowercase();
        let no_uuid = || Error::invalid(format!("`{text}` is not the id of a training action: a UUID is expected."));
        if bare.len() != 32 || !bare.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(no_uuid());
        }
        let bits = u128::from_str_radix(&bare, 16).map_err(|_| no_uuid())?;
        let bytes = bits.to_be_bytes();
        let mut label = [0u8; 8];
        label[0] = bytes[7];
        label[1..].copy_from_slice(&bytes[9..]);
        let label = (bytes[1] == 1).then(|| Id::new(u64::from_be_bytes(label)));
        let action = Self { code: bytes[0], label };
        // Anything that this server would not write is no action of its.
        if action.word().is_empty() || action.id().replace('-', "") != bare {
            return Err(missing(text));
        }
        Ok(action)
    }

    /// The label that it is about.
    pub(super) fn label(self) -> Option<Id> {
        self.label
    }

    /// Where its comments come from.
    ///
    /// `confused` is the label that its label is to be told from, if there is one.
    ///
    /// # Errors
    /// When its label is gone.
    pub(super) fn pool(self, labels: &[Label], confused: Option<String>) -> Result<Pool> {
        let unreviewed = |order| Pool::Order { order, doubted: Vec::new(), is_unreviewed: true };
        let label = match self.label {
            Some(id) => Some(labels.iter().find(|label| label.id == id).ok_or_else(|| missing(&self.id()))?.name.clone()),
            None => None,
        };
        Ok(match (self.word(), label) {
            ("discover", None) => Pool::Themes,
            ("low_confidence", None) => {
                unreviewed(Order::Diagnostic { diagnostic_kind: DiagnosticKind::Neglect, entity_def_id: None })
            }
            ("bias", None) => unreviewed(Order::Diagnostic { diagnostic_kind: DiagnosticKind::Bias, entity_def_id: None }),
            ("shuffle", None) => unreviewed(Order::Sample { seed: SHUFFLE_SEED }),
            ("confirm_top_predicted", Some(name)) => unreviewed(Order::ByLabel { label: Some(name), sentiment: None }),
            ("teach_unreviewed", Some(name)) => unreviewed(Order::Learning { label: Some(name) }),
            ("search_for_examples", Some(name)) => unreviewed(Order::TextSearch { query: search_term(&name) }),
            ("correct_label", Some(name)) => {
                Pool::Order { order: Order::Check { entity_def_id: None }, doubted: vec![name], is_unreviewed: false }
            }
            // Comments of either whose label is not believed.
            ("deconfuse" | "merge", Some(name)) => {
                let doubted = std::iter::once(name).chain(confused).collect();
                Pool::Order { order: Order::Check { entity_def_id: None }, doubted, is_unreviewed: false }
            }
            ("missing_label", Some(name)) => {
                Pool::Order { order: Order::Missed { entity_def_id: None }, doubted: vec![name], is_unreviewed: false }
            }
            _ => Pool::Nothing,
        })
    }
}

/// What to search for to find examples of a label: the words of its last level.
pub(super) fn search_term(label: &str) -> String {
    let last = label.rsplit(" > ").next().unwrap_or(label);
    last.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").to_lowercase()
}

fn missing(id: &str) -> Error {
    Error::new(Kind::Missing, format!("No such training action: '{id}'."))
}

#[cfg(test)]
mod tests {
    use adit_kernel::Id;

    use super::{Action, search_term};

    #[test]
    fn an_id_is_a_uuid_that_says_what_to_do() {
        for id in [1, 0x0123_4567_89ab_cdef, u64::MAX] {
            let action = Action::new("correct_label", Some(Id::new(id))).unwrap();
            let text = action.id();
            assert_eq!((text.len(), &text[14..15]), (36, "8"));
            assert_eq!(Action::parse(&text).unwrap(), action);
            assert_eq!(Action::parse(&text.to_uppercase().replace('-', "")).unwrap(), action);
            assert_eq!(Action::parse(&format!("{{{text}}}")).unwrap(), action);
        }
        let shuffles = (Action::new("shuffle", None).unwrap(), Action::custom("shuffle").unwrap());
        assert_ne!(shuffles.0.id(), shuffles.1.id());
        assert_eq!(Action::new("missing-source", None), None);
    }

    #[test]
    fn other_uuids_are_no_actions() {
        assert_eq!(Action::parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8").unwrap_err().kind(), adit_kernel::Kind::Missing);
        assert_eq!(Action::parse("abc").unwrap_err().kind(), adit_kernel::Kind::Invalid);
    }

    #[test]
    fn a_label_is_searched_for_by_the_words_of_its_last_level() {
        assert_eq!(search_term("Card > Not_arrived"), "not arrived");
    }
}
