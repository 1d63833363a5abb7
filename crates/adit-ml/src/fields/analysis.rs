//! A text with its tokens and the places of the kinds that features speak of.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::kinds::{self, Kind};
use super::spec::Part;
use super::states::{Rows, States};
use super::token::{Token, tokens};
use super::{Context, Found};

/// Kinds that tell a tagger something about a word.
pub(crate) const HINTS: [Kind; 11] = [
    Kind::Date,
    Kind::Time,
    Kind::Money,
    Kind::Number,
    Kind::Percentage,
    Kind::Email,
    Kind::Url,
    Kind::Phone,
    Kind::Country,
    Kind::Person,
    Kind::Organisation,
];

/// A text that is looked at once for many fields.
pub(crate) struct Analysis<'t> {
    pub(crate) text: &'t str,
    pub(crate) is_subject: bool,
    pub(crate) tokens: Vec<Token<'t>>,
    context: Context,
    states: Option<(&'t States, usize, usize)>,
    found: RefCell<BTreeMap<Kind, std::rc::Rc<Vec<Found>>>>,
}

impl<'t> Analysis<'t> {
    /// A part of a comment that was written in `context`, unless the part knows better.
    pub(crate) fn new(part: &'t Part, context: &Context) -> Analysis<'t> {
        let context = part.context.unwrap_or(*context);
        let text = part.text.as_str();
        Analysis { text, is_subject: part.is_subject, tokens: tokens(text), context, states: None, found: RefCell::default() }
    }

    /// The same, with what an encoder made of the words of part `part` of comment `comment`.
    pub(crate) fn reading(self, states: &'t States, comment: usize, part: usize) -> Analysis<'t> {
        Analysis { states: Some((states, comment, part)), ..self }
    }

    /// What the encoder with this digest made of the words of a paragraph.
    pub(crate) fn states(&self, encoder: &str, start: usize, end: usize) -> Option<&'t Rows> {
        let (states, comment, part) = self.states.filter(|(states, ..)| states.encoder() == encoder)?;
        states.of((comment, part, start, end))
    }

    /// Every place of a kind, looked for once.
    pub(crate) fn of_kind(&self, kind: Kind) -> std::rc::Rc<Vec<Found>> {
        if let Some(found) = self.found.borrow().get(&kind) {
            return found.clone();
        }
        let found = std::rc::Rc::new(kinds::find(kind, self.text, &self.tokens, &self.context));
        self.found.borrow_mut().insert(kind, found.clone());
        found
    }

    /// For each token, the hints that cover it: the number of the kind, and whether it begins there.
    pub(crate) fn hints(&self) -> Vec<Vec<(u8, bool)>> {
        let mut hints = vec![Vec::new(); self.tokens.len()];
        for (number, kind) in (0..).zip(HINTS) {
            for found in self.of_kind(kind).iter() {
                let (first, last) = self.covered(found.start, found.end);
                for (at, hints) in hints[first..last].iter_mut().enumerate() {
                    hints.push((number, at == 0));
                }
            }
        }
        hints
    }

    /// The tokens that a place touches: the first one, and the first one behind it.
    pub(crate) fn covered(&self, start: usize, end: usize) -> (usize, usize) {
        let first = self.tokens.partition_point(|token| token.end <= start);
        let last = self.tokens.partition_point(|token| token.start < end);
        (first, last.max(first))
    }
}
