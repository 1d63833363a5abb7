//! The normalisation that SentencePiece compiles into a model: a trie of texts and what each becomes.
//!
//! Layout of the table: the size of the trie in bytes, the trie (a double array), and the replacements, each ended by
//! a zero byte; a value of the trie is the place of its replacement.

use yada::DoubleArray;

use crate::encoder::weights::WeightsError;

/// Stands for a space within a piece.
pub(super) const SPACE: &str = "\u{2581}";

/// Brings texts to the form the pieces are made of.
pub(super) struct Normalizer {
    trie: DoubleArray<Vec<u8>>,
    replacements: Vec<u8>,
}

impl Normalizer {
    /// Reads a compiled table.
    pub(super) fn new(charsmap: &[u8]) -> Result<Normalizer, WeightsError> {
        let damaged = || WeightsError::Tokenizer("the table of normalisation is damaged".to_owned());
        let (size, rest) = charsmap.split_first_chunk::<4>().ok_or_else(damaged)?;
        let (trie, replacements) = rest.split_at_checked(u32::from_le_bytes(*size) as usize).ok_or_else(damaged)?;
        let trie = DoubleArray::new(trie.to_vec()).map_err(|error| WeightsError::Tokenizer(error.to_string()))?;
        Ok(Normalizer { trie, replacements: replacements.to_vec() })
    }

    /// The normal form: replaced by the table, runs of spaces made one, none at the ends, a [`SPACE`] before each word.
    /// Empty when nothing but spaces is left.
    pub(super) fn normalize(&self, text: &str) -> String {
        let mut normal = Vec::with_capacity(text.len() + text.len() / 4 + SPACE.len());
        let mut rest = text;
        let mut after_space = true;
        while !rest.is_empty() {
            let (mut piece, n_bytes) = self.replaced(rest);
            rest = rest.get(n_bytes..).unwrap_or_default();
            while let (true, Some(after)) = (after_space, piece.strip_prefix(b" ")) {
                piece = after;
            }
            let Some(last) = piece.last() else { continue };
            if normal.is_empty() {
                normal.extend_from_slice(SPACE.as_bytes());
            }
            for &byte in piece {
                if byte == b' ' { normal.extend_from_slice(SPACE.as_bytes()) } else { normal.push(byte) }
            }
            after_space = *last == b' ';
        }
        while normal.ends_with(SPACE.as_bytes()) {
            normal.truncate(normal.len() - SPACE.len());
        }
        // The table replaces whole characters by whole characters, so nothing is lost here.
        String::from_utf8(normal).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    /// What the longest known beginning of a text becomes, or its first character; and how many bytes that was.
    fn replaced<'a>(&'a self, text: &'a str) -> (&'a [u8], usize) {
        let first = text.chars().next().map_or(0, char::len_utf8);
        let found = self.trie.common_prefix_search(text).last().filter(|(_, length)| text.is_char_boundary(*length));
        let replacement = found.and_then(|(value, length)| {
            let from = self.replacements.get(value as usize..)?;
            let end = from.iter().position(|&byte| byte == 0)?;
            Some((&from[..end], length))
        });
        replacement.unwrap_or_else(|| (&text.as_bytes()[..first], first))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use yada::builder::DoubleArrayBuilder;

    use super::*;

    /// A compiled table of these replacements.
    pub(crate) fn charsmap(replacements: &[(&str, &str)]) -> Vec<u8> {
        let mut sorted = replacements.to_vec();
        sorted.sort_unstable();
        let mut targets = Vec::new();
        let mut keys = Vec::new();
        for (from, to) in sorted {
            keys.push((from, targets.len() as u32));
            targets.extend_from_slice(to.as_bytes());
            targets.push(0);
        }
        let trie = DoubleArrayBuilder::build(&keys).unwrap();
        [&(trie.len() as u32).to_le_bytes()[..], &trie, &targets].concat()
    }

    #[test]
    fn the_longest_beginning_is_replaced() {
        let normalizer = Normalizer::new(&charsmap(&[("A", "a"), ("AE", "ä"), ("\u{3000}", " "), ("\u{7}", "")])).unwrap();
        assert_eq!(normalizer.normalize("xAExA"), "▁xäxa");
        assert_eq!(normalizer.normalize("  a\u{3000} b \u{7} \u{7}"), "▁a▁b");
        assert_eq!(normalizer.normalize(""), "");
        assert_eq!(normalizer.normalize(" \u{3000}\u{7} "), "");
    }

    #[test]
    fn a_damaged_table_is_refused() {
        let good = charsmap(&[("A", "a")]);
        for cut in [0, 3, 5, 1_000] {
            assert!(Normalizer::new(&good[..cut.min(good.len() - 20)]).is_err(), "{cut}");
        }
    }
}
