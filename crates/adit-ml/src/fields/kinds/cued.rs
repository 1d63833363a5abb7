//! Values that a word before them announces: policy and trade numbers, names behind a colon, yes and no.

use crate::fields::token::{Token, on_same_line};
use crate::fields::{Found, Locale};

use super::money;

/// Every id with a digit behind words such as `policy number`.
pub(crate) fn find_ids(tokens: &[Token<'_>], subjects: &[&str]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for at in 0..tokens.len() {
        if !tokens[at].is_any(subjects) || found.last().is_some_and(|last| last.end > tokens[at].start) {
            continue;
        }
        if let Some((start, end)) = id_behind(tokens, at + 1) {
            let value: String = tokens[start..end].iter().map(|token| token.text).collect();
            found.push(Found::new(tokens[start].start, tokens[end - 1].end, value.to_uppercase()));
        }
    }
    found
}

/// The id behind its announcement: a few words for `number`, signs, then letters and digits without gaps.
fn id_behind(tokens: &[Token<'_>], from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    while at < tokens.len() && at - from < 5 {
        let token = &tokens[at];
        let announces = token.is_any(&[
            "number",
            "numbers",
            "no",
            "nr",
            "num",
            "ref",
            "reference",
            "id",
            "code",
            "is",
            "was",
            ":",
            ".",
            "#",
            "-",
            "=",
            "(",
        ]);
        if !announces || token.line > tokens[from - 1].line + 1 {
            break;
        }
        at += 1;
    }
    let start = at;
    let first = tokens.get(start).filter(|token| token.is_word() || token.is_number())?;
    if first.line > tokens[from - 1].line + 1 {
        return None;
    }
    let mut end = start + 1;
    while let Some(next) = tokens.get(end).filter(|next| next.is_glued) {
        let is_joint = matches!(next.text, "-" | "/" | "_" | ".")
            && tokens.get(end + 1).is_some_and(|after| after.is_glued && (after.is_word() || after.is_number()));
        if !(next.is_word() || next.is_number() || is_joint) {
            break;
        }
        end += 1;
    }
    let text = &tokens[start..end];
    let n_digits: usize = text.iter().filter(|token| token.is_number()).map(|token| token.text.len()).sum();
    let n_characters: usize = text.iter().map(|token| token.text.len()).sum();
    (n_digits >= 2 && n_characters >= 4).then_some((start, end))
}

/// What stands on a line behind a heading such as `Insured:`.
pub(crate) fn find_headed(tokens: &[Token<'_>], headings: &[&str]) -> Vec<Found> {
    // The colon of the heading that begins at a token, if one does and something follows on its line.
    let colon_of = |at: usize| {
        let starts_line = at == 0 || tokens[at - 1].line < tokens[at].line || tokens[at - 1].is_any(&[",", ";", "|"]);
        if !starts_line || !tokens[at].is_any(headings) {
            return None;
        }
        let mut colon = at + 1;
        while colon <= at + 2 && tokens.get(colon).is_some_and(|token| token.is_any(&["name", "party", "entity"])) {
            colon += 1;
        }
        let is_headed = tokens.get(colon).is_some_and(|token| token.is(":")) && on_same_line(tokens, colon + 1);
        is_headed.then_some(colon)
    };
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let Some(colon) = colon_of(at) else { continue };
        let start = colon + 1;
        let mut end = start;
        while end < tokens.len() && tokens[end].line == tokens[at].line && !tokens[end].is_any(&[";", "|"]) && end - start < 16 {
            if colon_of(end).is_some() {
                // The comma before the next heading belongs to neither value.
                end -= 1;
                break;
            }
            end += 1;
        }
        if end > start {
            let text: Vec<&str> = tokens[start..end].iter().map(|token| token.text).collect();
            let mut value = String::new();
            for (token, text) in tokens[start..end].iter().zip(text) {
                if !value.is_empty() && !token.is_glued {
                    value.push(' ');
                }
                value.push_str(text);
            }
            found.push(Found::new(tokens[start].start, tokens[end - 1].end, value));
        }
    }
    found
}

/// Amounts with a word such as `MTM` before them on their line.
pub(crate) fn find_amounts(tokens: &[Token<'_>], locale: &Locale, cues: &[&str]) -> Vec<Found> {
    let mut found = money::find(tokens, locale);
    found.retain(|amount| {
        let at = tokens.partition_point(|token| token.start < amount.start);
        tokens[at.saturating_sub(8)..at].iter().any(|token| token.line == tokens[at].line && token.is_any(cues))
    });
    found
}

/// Yes and no.
pub(crate) fn find_booleans(tokens: &[Token<'_>]) -> Vec<Found> {
    let value = |token: &Token<'_>| {
        if token.is_any(&["yes", "true", "yep", "ja", "oui", "sí"]) {
            Some("true")
        } else if token.is_any(&["no", "false", "nope", "nein", "non"]) {
            Some("false")
        } else {
            None
        }
    };
    tokens.iter().filter_map(|token| Some(Found::new(token.start, token.end, value(token)?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::{find_headed, find_ids};
    use crate::fields::token::tokens;

    #[test]
    fn ids_are_found_behind_their_announcement() {
        let check = |text: &str, expected: &[&str]| {
            let found = find_ids(&tokens(text), &["policy", "policies"]);
            assert_eq!(found.into_iter().map(|f| f.value).collect::<Vec<_>>(), expected, "{text}");
        };
        check("my policy number is px-2291/A, thanks", &["PX-2291/A"]);
        check("Policy No.: 00123456", &["00123456"]);
        check("POLICY\nAB12", &["AB12"]);
        check("the policy of 2024 was cancelled, policy terms apply", &[]);
    }

    #[test]
    fn headings_announce_the_rest_of_their_line() {
        let check = |text: &str, expected: &[&str]| {
            let found = find_headed(&tokens(text), &["insured", "assured"]);
            assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start), "{text}: {found:?}");
            assert_eq!(found.into_iter().map(|f| f.value).collect::<Vec<_>>(), expected, "{text}");
        };
        check("Insured Name: Acme & Sons Ltd; Broker: Bob\nInsured", &["Acme & Sons Ltd"]);
        check("Insured: Acme, Assured: Bell Ltd", &["Acme", "Bell Ltd"]);
        check("Insured:,Insured: Bell", &["Bell"]);
        check("Insured: Insured: Bell", &["Insured: Bell"]);
    }
}
