//! Which words of a text tell its sentiment: words in lower case, marked where a negation stands before them.

/// Bytes of a text that are read, so that one huge message cannot hold up the rest.
const MAX_BYTES: usize = 32_768;
/// Words behind a negation that it turns round (Das and Chen, 2001, for the idea).
const REACH: usize = 3;
/// What marks a word behind a negation.
const MARK: char = '~';

const NEGATIONS: &[&str] =
    &["not", "no", "never", "cannot", "nothing", "hardly", "without", "dont", "doesnt", "didnt", "cant", "wont", "isnt", "wasnt"];

/// Calls `see` for each word of a text, and for each `!` and `?`.
pub(super) fn each(text: &str, see: &mut dyn FnMut(&str)) {
    let mut end = text.len().min(MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let lower = text[..end].to_lowercase().replace('’', "'");
    let (mut word, mut reach) = (String::new(), 0usize);
    for c in lower.chars().chain([' ']) {
        if c.is_alphabetic() || (matches!(c, '\'' | '\u{300}'..='\u{36f}') && !word.is_empty()) {
            word.push(c);
            continue;
        }
        let own = word.trim_end_matches('\'');
        if !own.is_empty() {
            let is_negation = NEGATIONS.contains(&own) || own.ends_with("n't");
            if reach > 0 && !is_negation {
                let marked = format!("{MARK}{own}");
                see(&marked);
            } else {
                see(own);
            }
            reach = if is_negation { REACH } else { reach.saturating_sub(1) };
        }
        word.clear();
        if matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '\n') {
            reach = 0;
        }
        if c == '!' {
            see("!");
        }
        if c == '?' {
            see("?");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::each;

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        each(text, &mut |word| words.push(word.to_owned()));
        words
    }

    #[test]
    fn what_stands_behind_a_negation_is_marked() {
        assert_eq!(words("It’s not very good, really!"), ["it's", "not", "~very", "~good", "really", "!"]);
        assert_eq!(words("I DON'T like 'this' one bit of it?"), ["i", "don't", "~like", "~this", "~one", "bit", "of", "it", "?"]);
        assert_eq!(words("never no worry"), ["never", "no", "~worry"]);
        assert!(words("1234 -- ''").is_empty());
        assert_eq!(words("Größe İx").len(), 2);
    }
}
