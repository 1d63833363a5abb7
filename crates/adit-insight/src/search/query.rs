//! What somebody searches for: words in any form, and phrases in double quotes word for word. Pure.

use std::collections::{BTreeMap, HashMap};

use adit_corpus::StoredComment;
use adit_kernel::{Error, Id, Result};
use adit_store::{Engine, dialect};
use serde_json::{Value, json};

use super::terms::{Language, Stems, file_term, parts, source_term, word_term, words};

/// The most words of a query.
const MAX_WORDS: usize = 32;

/// Where to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// Subjects, bodies and signatures.
    Text,
    /// The names of attachments; what is in them is not read.
    Attachments,
}

/// A query, ready to be asked and to judge what was found.
pub(crate) struct SearchQuery {
    field: Field,
    /// Words in lower case that occur in any form.
    words: Vec<String>,
    /// Words in lower case that follow each other as they are.
    phrases: Vec<Vec<String>>,
    languages: HashMap<Id, Language>,
}

impl SearchQuery {
    /// Reads a query over sources with their languages.
    ///
    /// # Errors
    /// When it holds no word, or too many.
    pub(crate) fn new(text: &str, field: Field, languages: HashMap<Id, Language>) -> Result<Self> {
        let (mut single, mut phrases) = (Vec::new(), Vec::new());
        // A quote that is never closed runs to the end.
        for (n, part) in text.split(['"', '“', '”']).enumerate() {
            let own: Vec<String> = words(part).map(|(_, _, word)| word).collect();
            if n % 2 == 1 && own.len() > 1 { phrases.push(own) } else { single.extend(own) }
        }
        let n_words = single.len() + phrases.iter().map(Vec::len).sum::<usize>();
        if n_words == 0 {
            return Err(Error::unprocessable("`order.query` must contain a word to search for."));
        }
        if n_words > MAX_WORDS {
            return Err(Error::unprocessable(format!("`order.query` may contain at most {MAX_WORDS} words.")));
        }
        Ok(Self { field, words: single, phrases, languages })
    }

    /// The question to the engine's index: every word, in the stems of each source's language.
    pub(crate) fn to_index(&self, engine: Engine) -> String {
        let mut by_language: BTreeMap<Language, Vec<Id>> = BTreeMap::new();
        for (source, language) in &self.languages {
            by_language.entry(*language).or_default().push(*source);
        }
        let clause = |(language, mut sources): (Language, Vec<Id>)| {
            sources.sort_unstable();
            let stems = Stems::new(language);
            let term = |word: &String| match self.field {
                Field::Text => word_term(&stems.of(word)),
                Field::Attachments => file_term(&stems.of(word)),
            };
            let mut all: Vec<String> = self.words.iter().chain(self.phrases.iter().flatten()).map(term).collect();
            all.sort_unstable();
            all.dedup();
            (all, sources.into_iter().map(source_term).collect())
        };
        dialect::search_question(engine, &by_language.into_iter().map(clause).collect::<Vec<(Vec<String>, Vec<String>)>>())
    }

    /// Whether a comment contains what is searched for; the index may be behind, or take two words for one.
    pub(crate) fn matches(&self, comment: &StoredComment) -> bool {
        let Some(language) = self.languages.get(&comment.source_id) else { return false };
        let stems = Stems::new(*language);
        let texts: Vec<Vec<String>> = match self.field {
            Field::Text => parts(comment).map(|(_, _, text)| words(text).map(|(_, _, word)| word).collect()).collect(),
            Field::Attachments => {
                let files = comment.content.attachments.iter();
                files.map(|file| words(&file.name).map(|(_, _, word)| word).collect()).collect()
            }
        };
        let has_word = |wanted: &String| {
            let stem = stems.of(wanted);
            texts.iter().flatten().any(|word| word == wanted || stems.of(word) == stem)
        };
        let has_phrase = |phrase: &Vec<String>| texts.iter().any(|text| text.windows(phrase.len()).any(|run| run == phrase));
        self.words.iter().all(has_word) && self.phrases.iter().all(has_phrase)
    }

    /// Where the words stand in a comment, as the contract's `Highlight`s.
    pub(crate) fn highlights(&self, comment: &StoredComment) -> Vec<Value> {
        let language = self.languages.get(&comment.source_id).copied().unwrap_or(Language::Other);
        let stems = Stems::new(language);
        let wanted: Vec<String> = self.words.iter().map(|word| stems.of(word)).collect();
        let mut found = Vec::new();
        if self.field == Field::Attachments {
            return found;
        }
        for (message_index, part, text) in parts(comment) {
            let places: Vec<(usize, usize, String)> = words(text).collect();
            let mut is_marked: Vec<bool> = places.iter().map(|(_, _, word)| wanted.contains(&stems.of(word))).collect();
            for phrase in &self.phrases {
                for at in 0..places.len().saturating_sub(phrase.len() - 1) {
                    if places[at..at + phrase.len()].iter().map(|(_, _, word)| word).eq(phrase) {
                        is_marked[at..at + phrase.len()].fill(true);
                    }
                }
            }
            let marked = places.iter().zip(is_marked).filter(|(_, is_marked)| *is_marked);
            found.extend(marked.map(|((start, end, _), _)| {
                let (char_start, utf16_start) = units(&text[..*start]);
                let (char_end, utf16_end) = units(&text[..*end]);
                json!({"span": {"content_part": part, "message_index": message_index, "utf16_byte_start": utf16_start,
                    "utf16_byte_end": utf16_end, "char_start": char_start, "char_end": char_end}})
            }));
        }
        found
    }
}

/// Characters and bytes of UTF-16.
fn units(text: &str) -> (usize, usize) {
    text.chars().fold((0, 0), |(chars, bytes), c| (chars + 1, bytes + 2 * c.len_utf16()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use adit_corpus::{Content, StoredComment};
    use adit_kernel::{Id, Timestamp};
    use serde_json::json;

    use super::{Field, SearchQuery};
    use crate::search::Language;

    fn comment(text: &str) -> StoredComment {
        let content = json!({"messages": [{"subject": {"text": "Question"}, "body": {"text": text}}]});
        StoredComment {
            seq: 1,
            source_id: Id::new(1),
            id: "a".into(),
            timestamp: Timestamp::from_micros(0),
            created_at: Timestamp::from_micros(0),
            last_modified: Timestamp::from_micros(0),
            thread_id: None,
            version: 1,
            messages_hash: String::new(),
            text_hash: String::new(),
            n_reviewed_in: 0,
            content: serde_json::from_value::<Content>(content).unwrap(),
        }
    }

    fn query(text: &str) -> adit_kernel::Result<SearchQuery> {
        SearchQuery::new(text, Field::Text, HashMap::from([(Id::new(1), Language::of_tag("en"))]))
    }

    #[test]
    fn words_match_in_any_form_and_phrases_as_they_stand() {
        let text = comment("🎉 My transfers were declined yesterday");
        let matches = |q: &str| query(q).unwrap().matches(&text);
        assert!(matches("transfer declining") && matches("QUESTION") && matches("\"were declined\" transfers"));
        assert!(!matches("\"declined were\"") && !matches("transfer refund") && !matches("\"transfer were\""));
        let spans = query("\"were declined\" transfer").unwrap().highlights(&text);
        let places: Vec<u64> = spans.iter().map(|span| span["span"]["utf16_byte_start"].as_u64().unwrap()).collect();
        assert_eq!(places, [12, 32, 42]);
    }

    #[test]
    fn a_query_without_a_word_is_refused() {
        for text in ["", "  \"\" ?!", "…"] {
            assert_eq!(query(text).err().unwrap().kind(), adit_kernel::Kind::Unprocessable);
        }
        assert!(query(&"word ".repeat(40)).is_err());
    }
}
