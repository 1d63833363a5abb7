//! The words of groups of texts: which are telling, what to call a group, and where to underline.

use std::collections::{BTreeMap, BTreeSet};

use super::stop_words::is_stop_word;

/// Bytes of a text that are read.
const MAX_BYTES: usize = 16_384;
/// A word in more than this share of all texts tells nothing, unless there are few texts.
const MAX_SHARE: f32 = 0.7;
const MIN_TEXTS_FOR_SHARE: usize = 50;
/// Telling words of a group.
const N_WORDS: usize = 10;
/// A second part of a name has to be nearly as telling as the first.
const SECOND_FROM: f32 = 0.6;
/// The longest name; labels allow 64.
const MAX_NAME: usize = 60;

/// A word with its place, in bytes of the text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WordSpan {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// How telling it is, from 0 to 1.
    pub importance: f32,
}

/// Words of a text with their places: letters, digits and inner apostrophes.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut end = text.len().min(MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    let start_of = move |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’');
    words.map(|word| word.trim_matches(['\'', '’'])).filter(|word| !word.is_empty()).map(move |word| (start_of(word), word))
}

fn lower(word: &str) -> String {
    word.to_lowercase().replace('’', "'")
}

fn is_telling(word: &str) -> bool {
    word.chars().count() > 1 && !is_stop_word(word) && word.chars().any(char::is_alphabetic)
}

/// The terms of a text: telling words, and pairs of those that follow each other.
fn terms(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    let mut before: Option<String> = None;
    for (_, word) in tokens(text) {
        let word = lower(word);
        if !is_telling(&word) {
            before = None;
            continue;
        }
        if let Some(before) = &before {
            terms.push(format!("{before} {word}"));
        }
        terms.push(word.clone());
        before = Some(word);
    }
    terms
}

/// How telling each term is for each group of texts.
pub(super) struct ClassWords {
    /// For each group, its terms with their weights, heaviest first.
    groups: Vec<Vec<(String, f32)>>,
}

impl ClassWords {
    /// Weighs terms by how often they stand in a group and how rarely elsewhere: `tf · ln(1 + A / f)`, where `A` is
    /// the mean number of terms of a group and `f` how often the term stands anywhere.
    pub(super) fn new(groups: &[Vec<&str>]) -> Self {
        let mut total: BTreeMap<String, f32> = BTreeMap::new();
        let mut n_texts_with: BTreeMap<String, usize> = BTreeMap::new();
        let mut counts: Vec<BTreeMap<String, f32>> = Vec::with_capacity(groups.len());
        let mut n_terms = 0.0f32;
        let n_texts: usize = groups.iter().map(Vec::len).sum();
        for texts in groups {
            let mut count = BTreeMap::new();
            for text in texts {
                // A word counts once a text, or one long message would name the group.
                let terms: BTreeSet<String> = terms(text).into_iter().collect();
                n_terms += terms.len() as f32;
                for term in terms {
                    *total.entry(term.clone()).or_insert(0.0) += 1.0;
                    *n_texts_with.entry(term.clone()).or_insert(0) += 1;
                    *count.entry(term).or_insert(0.0) += 1.0;
                }
            }
            counts.push(count);
        }
        let mean = n_terms / groups.len().max(1) as f32;
        let is_everywhere = |term: &str| {
            let n = n_texts_with.get(term).copied().unwrap_or(0);
            n_texts >= MIN_TEXTS_FOR_SHARE && n as f32 > MAX_SHARE * n_texts as f32
        };
        let weigh = |(n_own, count): (usize, BTreeMap<String, f32>)| {
            let least = if n_own >= 4 { 2.0 } else { 1.0 };
            let telling = count.into_iter().filter(|(term, n)| *n >= least && !is_everywhere(term));
            let mut weighted: Vec<(String, f32)> = telling
                .map(|(term, n)| {
                    let rarity = (1.0 + mean / total.get(&term).copied().unwrap_or(1.0)).ln();
                    (term, n / n_own.max(1) as f32 * rarity)
                })
                .collect();
            weighted.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            weighted
        };
        Self { groups: groups.iter().map(Vec::len).zip(counts).map(weigh).collect() }
    }

    /// The telling single words of a group, the heaviest with weight 1.
    pub(super) fn telling(&self, group: usize) -> Vec<(String, f32)> {
        let single = || self.groups[group].iter().filter(|(term, _)| !term.contains(' '));
        let most = single().next().map_or(1.0, |(_, weight)| *weight);
        single().take(N_WORDS).map(|(term, weight)| (term.clone(), weight / most)).collect()
    }

    /// What to call a group: its most telling term, and a second one that says something else and nearly as much.
    /// Empty when its texts share no word.
    pub(super) fn name(&self, group: usize) -> String {
        let ranked = &self.groups[group];
        let Some((first, most)) = ranked.first() else { return String::new() };
        // A pair is more readable than one of its words, if it is nearly as frequent.
        let pair = ranked
            .iter()
            .find(|(term, weight)| *weight >= most * 0.5 && term.contains(' ') && term.split(' ').any(|word| word == first));
        let first = pair.map_or(first.as_str(), |(term, _)| term.as_str());
        let says_more = |term: &str| term.split(' ').all(|word| first.split(' ').all(|known| !is_alike(word, known)));
        let second = ranked.iter().find(|(term, weight)| *weight >= most * SECOND_FROM && says_more(term));
        let mut name = first.to_owned();
        if let Some((second, _)) = second
            && name.chars().count() + second.chars().count() + 2 <= MAX_NAME
        {
            name.push_str(", ");
            name.push_str(second);
        }
        let name: String = name.chars().take(MAX_NAME).collect();
        let mut rest = name.chars();
        rest.next().map_or_else(String::new, |initial| initial.to_uppercase().chain(rest).collect())
    }
}

/// Forms of one word mostly share their beginning: `transfer`, `transfers`, `transferred`.
fn is_alike(a: &str, b: &str) -> bool {
    let n_shared = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    n_shared >= 4 && n_shared + 3 >= a.chars().count().max(b.chars().count()) || a == b
}

/// Where the telling words of a group stand in a text, in order.
#[must_use]
pub fn marked(text: &str, telling: &[(String, f32)]) -> Vec<WordSpan> {
    let weight = |word: &str| telling.iter().find(|(term, _)| *term == word).map(|(_, weight)| *weight);
    tokens(text)
        .filter_map(|(start, word)| {
            let importance = weight(&lower(word))?;
            Some(WordSpan { start, end: start + word.len(), importance })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{ClassWords, marked};

    #[test]
    fn groups_are_called_by_what_sets_them_apart() {
        let cards = vec!["my new card is late", "where is the new card", "the new card hasn't come", "new card please"];
        let rates = vec!["exchange rate is wrong", "what exchange rate", "the exchange rate today", "bad exchange rate, new one"];
        let words = ClassWords::new(&[cards, rates]);
        assert_eq!(words.name(1), "Exchange rate");
        assert!(words.name(0).to_lowercase().contains("card"), "{}", words.name(0));
        let telling = words.telling(1);
        assert_eq!(telling[0].1, 1.0);
        let text = "Ünser “Exchange rate” isn’t good";
        let spans = marked(text, &telling);
        assert_eq!(spans.iter().map(|span| &text[span.start..span.end]).collect::<Vec<_>>(), ["Exchange", "rate"]);
    }

    #[test]
    fn texts_without_words_have_no_name() {
        let words = ClassWords::new(&[vec!["!!!", ""], vec!["日本語のテキスト", "日本語のテキスト"]]);
        assert_eq!(words.name(0), "");
        assert_eq!(words.name(1), "日本語のテキスト");
        assert!(marked("", &words.telling(0)).is_empty());
    }
}
