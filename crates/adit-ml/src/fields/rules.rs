//! Rules that users write: lists of choices, patterns, and what must not be found.

use regex::{Regex, RegexBuilder};

use super::Found;
use super::gazetteer::Gazetteer;
use super::token::{Token, tokens};

/// The most memory a compiled pattern may take up.
const PATTERN_SIZE: usize = 4 << 20;

/// One choice of a list: any of its values, or its name, means the choice.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Choice {
    /// What it is called.
    pub name: String,
    /// How it is written.
    pub values: Vec<String>,
}

/// What users say about where values are.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rules {
    /// Phrases whose places hold no value.
    pub suppressors: Vec<String>,
    /// Choices.
    pub choices: Vec<Choice>,
    /// Regular expressions.
    pub patterns: Vec<String>,
}

impl Rules {
    /// Whether the rules find anything by themselves.
    #[must_use]
    pub fn find_something(&self) -> bool {
        !self.choices.is_empty() || !self.patterns.is_empty()
    }
}

/// Rules made ready.
#[derive(Debug, Clone)]
pub(crate) struct ReadyRules {
    suppressors: Gazetteer,
    has_suppressors: bool,
    choices: Option<Gazetteer>,
    patterns: Vec<Regex>,
}

impl ReadyRules {
    /// Patterns that cannot be compiled are left out: whoever stores a definition has checked them.
    pub(crate) fn new(rules: &Rules) -> ReadyRules {
        let pairs = rules.choices.iter().flat_map(|choice| {
            let phrases = choice.values.iter().map(String::as_str).chain([choice.name.as_str()]);
            phrases.map(move |phrase| (phrase, choice.name.as_str()))
        });
        let compile = |pattern: &String| RegexBuilder::new(pattern).size_limit(PATTERN_SIZE).build().ok();
        ReadyRules {
            suppressors: Gazetteer::new(rules.suppressors.iter().map(|phrase| (phrase.as_str(), ""))),
            has_suppressors: !rules.suppressors.is_empty(),
            choices: (!rules.choices.is_empty()).then(|| Gazetteer::new(pairs)),
            patterns: rules.patterns.iter().filter_map(compile).collect(),
        }
    }

    /// Places of choices and patterns, in order; of two that overlap the earlier and longer one stays.
    pub(crate) fn find(&self, text: &str, tokens: &[Token<'_>]) -> Vec<Found> {
        let mut found = Vec::new();
        if let Some(choices) = &self.choices {
            let mut at = 0;
            while at < tokens.len() {
                let is_inside = at > 0 && tokens[at].is_glued && tokens[at - 1].kind == tokens[at].kind;
                match choices.longest_at(tokens, at).filter(|_| !is_inside) {
                    Some((end, name)) => {
                        found.push(Found::new(tokens[at].start, tokens[end - 1].end, name.to_owned()));
                        at = end;
                    }
                    None => at += 1,
                }
            }
        }
        for pattern in &self.patterns {
            let places = pattern.find_iter(text).filter(|m| !m.as_str().trim().is_empty());
            found.extend(places.map(|m| Found::new(m.start(), m.end(), m.as_str().to_owned())));
        }
        without_overlaps(found)
    }

    /// Without what stands in a suppressed phrase, or means one.
    pub(crate) fn allowed(&self, found: Vec<Found>, tokens: &[Token<'_>]) -> Vec<Found> {
        if !self.has_suppressors || found.is_empty() {
            return found;
        }
        let mut places = Vec::new();
        for at in 0..tokens.len() {
            if let Some((end, _)) = self.suppressors.longest_at(tokens, at) {
                places.push((tokens[at].start, tokens[end - 1].end));
            }
        }
        let means_suppressed = |value: &str| {
            let words = tokens_of(value);
            self.suppressors.longest_at(&words, 0).is_some_and(|(end, _)| end == words.len())
        };
        let is_allowed = |one: &Found| {
            !places.iter().any(|(start, end)| one.start < *end && *start < one.end) && !means_suppressed(&one.value)
        };
        found.into_iter().filter(is_allowed).collect()
    }
}

fn tokens_of(text: &str) -> Vec<Token<'_>> {
    tokens(text)
}

/// In order; of two that overlap the earlier one stays, of two that begin together the longer one.
pub(crate) fn without_overlaps(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|one| (one.start, std::cmp::Reverse(one.end)));
    let mut kept: Vec<Found> = Vec::with_capacity(found.len());
    for one in found {
        if kept.last().is_none_or(|last| last.end <= one.start) {
            kept.push(one);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{Choice, ReadyRules, Rules};
    use crate::fields::token::tokens;

    fn found(rules: &Rules, text: &str) -> Vec<String> {
        let ready = ReadyRules::new(rules);
        let tokens = tokens(text);
        ready
            .allowed(ready.find(text, &tokens), &tokens)
            .into_iter()
            .map(|f| format!("{}={}", &text[f.start..f.end], f.value))
            .collect()
    }

    #[test]
    fn choices_patterns_and_suppressors_work_together() {
        let choice =
            |name: &str, values: &[&str]| Choice { name: name.into(), values: values.iter().map(|v| (*v).to_owned()).collect() };
        let rules = Rules {
            suppressors: vec!["spring street".into(), "ab-13".into()],
            choices: vec![choice("Spring", &["spring", "Frühling"]), choice("Off", &["spring break"])],
            patterns: vec![r"\bAB-\d{2}\b".into(), "(".into()],
        };
        let text = "SPRING at Spring Street, spring break, frühling, AB-12, AB-13 and offspring";
        assert_eq!(found(&rules, text), ["SPRING=Spring", "spring break=Off", "frühling=Spring", "AB-12=AB-12"]);
        assert!(found(&Rules::default(), text).is_empty());
    }
}
