//! What an encoder makes of the words of paragraphs, for taggers that read it beside their features.

use std::collections::HashMap;
use std::sync::Arc;

use super::spec::paragraphs;
use super::token::tokens;
use crate::Encoder;
use crate::encoder::TokenStates;

/// How many paragraphs are encoded at once.
const AT_ONCE: usize = 64;
/// Bytes of a part in which paragraphs begin that are read.
const MOST_BYTES: usize = 65_536;

/// A paragraph of some comments: the comment, the part, its first byte, and the first byte behind it.
pub(crate) type Place = (usize, usize, usize, usize);

/// A row of numbers for each word of a paragraph.
pub(crate) type Rows = Arc<Vec<f32>>;

/// The words of some comments as an encoder reads them; without an encoder there are none.
#[derive(Debug, Clone, Default)]
pub struct States {
    encoder: String,
    rows: HashMap<Place, Rows>,
}

impl States {
    /// Reads paragraphs; nothing if the encoder has no states, and `None` if `go_on` says stop.
    pub(crate) fn read(encoder: &dyn Encoder, paragraphs: &[(Place, &str)], go_on: &dyn Fn() -> bool) -> Option<States> {
        let mut states = States { encoder: encoder.digest().to_owned(), rows: HashMap::with_capacity(paragraphs.len()) };
        for chunk in paragraphs.chunks(AT_ONCE) {
            if !go_on() {
                return None;
            }
            let texts: Vec<&str> = chunk.iter().map(|(_, text)| *text).collect();
            let Some(read) = encoder.token_states(&texts) else { return Some(States::default()) };
            let width = encoder.dimension();
            states
                .rows
                .extend(chunk.iter().zip(read).map(|((place, text), read)| (*place, Arc::new(by_word(text, &read, width)))));
        }
        Some(states)
    }

    /// The digest of the encoder.
    pub(crate) fn encoder(&self) -> &str {
        &self.encoder
    }

    /// The rows of a paragraph, if it was read.
    pub(crate) fn of(&self, place: Place) -> Option<&Rows> {
        self.rows.get(&place)
    }
}

/// The paragraphs of a part that are read: those that begin early enough, so that one huge message holds up nothing.
pub(crate) fn paragraphs_of(comment: usize, part: usize, text: &str) -> impl Iterator<Item = (Place, &str)> {
    let early = paragraphs(text).into_iter().take_while(|(start, _)| *start < MOST_BYTES);
    early.map(move |(start, end)| ((comment, part, start, end), &text[start..end]))
}

/// The mean of the encoder's tokens that share something with a word; nulls for a word that it did not read.
fn by_word(text: &str, read: &TokenStates, width: usize) -> Vec<f32> {
    let words = tokens(text);
    let mut rows = vec![0.0; words.len() * width];
    for (word, row) in words.iter().zip(rows.chunks_exact_mut(width.max(1))) {
        let first = read.places.partition_point(|place| place.end <= word.start);
        let last = read.places.partition_point(|place| place.start < word.end).max(first);
        for state in read.values[first * width..last * width].chunks_exact(width.max(1)) {
            row.iter_mut().zip(state).for_each(|(sum, x)| *sum += x / (last - first) as f32);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::by_word;
    use crate::encoder::TokenStates;

    #[test]
    fn words_have_the_mean_of_their_tokens() {
        let places = vec![0..2, 2..3, 4..6];
        let read = TokenStates { places, values: vec![1.0, 5.0, 3.0, 6.0, 7.0, 8.0] };
        assert_eq!(by_word("abc 9x unread", &read, 2), [2.0, 5.5, 7.0, 8.0, 7.0, 8.0, 0.0, 0.0]);
        assert!(by_word("", &TokenStates::default(), 2).is_empty());
    }
}
