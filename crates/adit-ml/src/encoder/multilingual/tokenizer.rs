//! The likeliest split of a text into pieces (unigram language model: Kudo, arXiv:1804.10959), by the Viterbi algorithm.

use yada::DoubleArray;
use yada::builder::DoubleArrayBuilder;

use super::normalizer::Normalizer;
use super::sentencepiece;
use crate::encoder::weights::WeightsError;

/// What stands for a character that no piece covers, and for a text without any.
const UNKNOWN: u32 = 0;
const OPEN: u32 = 1;
const CLOSE: u32 = 2;
/// How much less likely than the least likely piece an unknown character is, in log-probability.
const UNKNOWN_PENALTY: f64 = 10.0;
/// Text beyond so many bytes is not read, so that one huge message cannot hold up the rest.
const MAX_BYTES: usize = 1 << 16;

/// Splits texts as SentencePiece does.
pub(super) struct Tokenizer {
    normalizer: Normalizer,
    pieces: DoubleArray<Vec<u8>>,
    scores: Vec<f32>,
    unknown_score: f64,
}

/// The best way to a place in the text.
#[derive(Clone, Copy)]
struct Best {
    score: f64,
    start: usize,
    piece: u32,
}

const UNREACHED: Best = Best { score: f64::NEG_INFINITY, start: 0, piece: UNKNOWN };

impl Tokenizer {
    /// Reads a model file.
    pub(super) fn new(model: &[u8]) -> Result<Tokenizer, WeightsError> {
        let model = sentencepiece::read(model)?;
        let scores: Vec<f32> = model.pieces.iter().map(|(_, score)| *score).collect();
        let mut keys: Vec<(&str, u32)> = model.pieces.iter().zip(0..).map(|((piece, _), id)| (*piece, id)).collect();
        keys.retain(|(piece, _)| !piece.is_empty() && !piece.contains('\0'));
        keys.sort_unstable();
        keys.dedup_by_key(|(piece, _)| *piece);
        let trie = DoubleArrayBuilder::build(&keys).map_err(|error| WeightsError::Tokenizer(error.to_string()))?;
        let pieces = DoubleArray::new(trie).map_err(|error| WeightsError::Tokenizer(error.to_string()))?;
        let least = scores.iter().copied().fold(0.0, f32::min);
        let unknown_score = f64::from(least) - UNKNOWN_PENALTY;
        Ok(Tokenizer { normalizer: Normalizer::new(model.charsmap)?, pieces, scores, unknown_score })
    }

    /// How many pieces there are.
    pub(super) fn n_pieces(&self) -> usize {
        self.scores.len()
    }

    /// The ids of a text's pieces between those that open and close it, at most `limit` of them.
    pub(super) fn sequence(&self, text: &str, limit: usize) -> Vec<u32> {
        let normal = self.normalizer.normalize(&text[..text.floor_char_boundary(MAX_BYTES)]);
        let mut tokens = vec![OPEN];
        tokens.extend(self.split(&normal));
        tokens.truncate(limit.saturating_sub(1));
        tokens.push(CLOSE);
        tokens
    }

    /// The likeliest pieces. Of equally likely ways to a place the one with the longer last piece is kept.
    fn split(&self, normal: &str) -> Vec<u32> {
        let mut best = vec![UNREACHED; normal.len() + 1];
        best[0].score = 0.0;
        for (start, first) in normal.char_indices() {
            let before = best[start].score;
            let one = start + first.len_utf8();
            let mut reach = |end: usize, score: f64, piece: u32| {
                if before + score > best[end].score {
                    best[end] = Best { score: before + score, start, piece };
                }
            };
            let mut is_known = false;
            for (piece, length) in self.pieces.common_prefix_search(&normal[start..]) {
                reach(start + length, f64::from(self.scores[piece as usize]), piece);
                is_known |= start + length == one;
            }
            if !is_known {
                reach(one, self.unknown_score, UNKNOWN);
            }
        }
        let mut tokens = Vec::new();
        let mut end = normal.len();
        while end > 0 {
            tokens.push(best[end].piece);
            end = best[end].start;
        }
        if tokens.is_empty() {
            tokens.push(UNKNOWN);
        }
        tokens.reverse();
        tokens
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::super::normalizer::tests::charsmap;
    use super::*;

    /// A model file of these pieces, with a table that lowers `A`.
    pub(crate) fn model_file(pieces: &[(&str, f32)]) -> Vec<u8> {
        let message = |tag: u8, body: &[u8]| {
            let mut bytes = vec![tag << 3 | 2];
            let mut length = body.len();
            while length >= 0x80 {
                bytes.push(length as u8 | 0x80);
                length >>= 7;
            }
            bytes.push(length as u8);
            [&bytes, body].concat()
        };
        let piece =
            |(text, score): &(&str, f32)| message(1, &[&message(1, text.as_bytes())[..], &[0x15], &score.to_le_bytes()].concat());
        let normalizer = message(3, &message(2, &charsmap(&[("A", "a"), ("\t", " ")])));
        [pieces.iter().map(piece).collect::<Vec<_>>().concat(), normalizer].concat()
    }

    /// A few pieces: three that stand for something else, and words.
    pub(crate) const PIECES: &[(&str, f32)] = &[
        ("<unk>", 0.0),
        ("<s>", 0.0),
        ("</s>", 0.0),
        ("▁", -3.0),
        ("a", -2.0),
        ("b", -2.5),
        ("ab", -4.0),
        ("▁a", -4.6),
        ("aba", -6.6),
        ("é", -5.0),
    ];

    fn tokens(text: &str) -> Vec<u32> {
        Tokenizer::new(&model_file(PIECES)).unwrap().sequence(text, 99)
    }

    #[test]
    fn the_likeliest_split_is_found() {
        // `▁a` + `b` (-7.1) before `▁` + `ab` (-7) is the other way round: the sum decides, not the longest match.
        assert_eq!(tokens("ab"), [1, 3, 6, 2]);
        assert_eq!(tokens("a"), [1, 7, 2]);
        assert_eq!(tokens("A\té"), [1, 7, 3, 9, 2]);
        assert_eq!(tokens("aba"), [1, 3, 6, 4, 2]);
    }

    #[test]
    fn what_no_piece_covers_is_unknown_by_the_character() {
        assert_eq!(tokens("a日本"), [1, 7, 0, 0, 2]);
        assert_eq!(tokens(""), [1, 0, 2]);
        assert_eq!(tokens(" \t "), [1, 0, 2]);
    }

    #[test]
    fn long_texts_are_cut() {
        let tokenizer = Tokenizer::new(&model_file(PIECES)).unwrap();
        let tokens = tokenizer.sequence(&"b".repeat(100), 10);
        assert_eq!(tokens, [1, 3, 5, 5, 5, 5, 5, 5, 5, 2]);
        assert!(tokenizer.sequence(&"日".repeat(MAX_BYTES), usize::MAX).len() <= MAX_BYTES / 3 + 3);
    }

    proptest! {
        #[test]
        fn every_text_has_a_sequence(text in any::<String>()) {
            let tokens = tokens(&text);
            prop_assert!(tokens.len() >= 3 && tokens.iter().all(|id| (*id as usize) < PIECES.len()));
            prop_assert_eq!((tokens[0], tokens[tokens.len() - 1]), (OPEN, CLOSE));
        }
    }
}
