//! People, by the shape of the words, by lists of names, and by what stands around them.
//!
//! Nothing is learnt here. A trainable field that inherits from the kind learns which of the places to keep.

use super::name_lists::{
    CLOSINGS, ENDINGS, FORMS, GREETINGS, Known, NO_NAMES, PARTICLES, SMALL_TITLES, TITLES, first_name, is_name_like, last_name,
    opens_sentence,
};
use crate::fields::Found;
use crate::fields::token::{Token, on_same_line};

fn is_initial(token: &Token<'_>) -> bool {
    token.is_word() && token.is_capital() && token.text.chars().count() == 1
}

/// The first token behind the names that follow one another from `at` on.
fn names_from(tokens: &[Token<'_>], at: usize, most: usize) -> usize {
    let mut end = at;
    let mut n_names = 0;
    let mut idx = at;
    while n_names < most && idx < tokens.len() && (idx == at || on_same_line(tokens, idx)) {
        let token = &tokens[idx];
        if is_name_like(token) && !(token.is_glued && idx > at && tokens[idx - 1].is(".") && idx - 1 == end) {
            n_names += 1;
            idx += 1;
            end = idx;
            // `O'Neill`, `Smith-Jones`
            let joins = tokens.get(idx).is_some_and(|sign| sign.is_glued && matches!(sign.text, "'" | "’" | "-"));
            if joins && tokens.get(idx + 1).is_some_and(|next| next.is_glued && is_name_like(next)) {
                idx += 2;
                end = idx;
            }
            continue;
        }
        if is_initial(token)
            && tokens.get(idx + 1).is_some_and(|next| {
                is_name_like(next) || next.is(".") && next.is_glued || next.is_glued && matches!(next.text, "'" | "’")
            })
        {
            idx += 1 + usize::from(tokens[idx + 1].is(".") || matches!(tokens[idx + 1].text, "'" | "’"));
            continue;
        }
        if n_names > 0 && token.is_any(PARTICLES) {
            idx += 1;
            continue;
        }
        break;
    }
    end
}

/// Every person.
pub(crate) fn find_people(tokens: &[Token<'_>]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let (mut at, mut last) = (0, None);
    while at < tokens.len() {
        match person_at(tokens, at, last) {
            Some((start, end)) => {
                found.push(named(tokens, start, end));
                (at, last) = (end, Some(end));
            }
            None => at += 1,
        }
    }
    found
}

/// The person whose name, or what announces it, begins at a token; `last` is the first token behind the person before.
fn person_at(tokens: &[Token<'_>], at: usize, last: Option<usize>) -> Option<(usize, usize)> {
    let token = &tokens[at];
    if !token.is_word() {
        return None;
    }
    // `MS Word` is none.
    let is_title = token.is_any(TITLES) && token.is_capital() && !token.is_all_capitals();
    if is_title {
        let next = at + 1 + usize::from(tokens.get(at + 1).is_some_and(|next| next.is(".")));
        let end = names_from(tokens, next, 3);
        if end > next && on_same_line(tokens, next) {
            return Some((next, end));
        }
    }
    if let Some(place) = greeted(tokens, at) {
        return place;
    }
    if is_glued_to_address(tokens, at) {
        return None;
    }
    signed(tokens, at)
        .or_else(|| turned_round(tokens, at))
        .or_else(|| announced(tokens, at))
        .or_else(|| with_initials(tokens, at))
        .or_else(|| in_capitals(tokens, at))
        .or_else(|| capitalised(tokens, at))
        .or_else(|| in_small_letters(tokens, at, last))
}

/// Whether a word is a piece of an address, a path or another name.
fn is_glued_to_address(tokens: &[Token<'_>], at: usize) -> bool {
    const SIGNS: &[&str] = &["@", "/", "_", "#", "\\"];
    let before = at > 0 && tokens[at].is_glued && (tokens[at - 1].is_any(SIGNS) || tokens[at - 1].is_any(&[".", "-", "'", "’"]));
    let behind = tokens.get(at + 1).filter(|next| next.is_glued).is_some_and(|next| {
        next.is_any(SIGNS) || next.is(".") && tokens.get(at + 2).is_some_and(|after| after.is_glued && !after.is_capital())
    });
    before || behind
}

/// Whether a line or a part of it ends at a token.
fn is_closed(tokens: &[Token<'_>], line: u32, end: usize, signs: &[&str]) -> bool {
    tokens.get(end).is_none_or(|after| after.line > line || after.is_any(signs))
}

/// `Dear Sarah,`; nothing else is looked for where somebody is greeted.
fn greeted(tokens: &[Token<'_>], at: usize) -> Option<Option<(usize, usize)>> {
    let token = &tokens[at];
    let opens = at == 0 || tokens[at - 1].line < token.line || tokens[at - 1].is_any(&[".", "!", ">"]);
    if !token.is_any(GREETINGS) || !opens {
        return None;
    }
    let next = at + 1;
    if tokens.get(next).is_some_and(|next| next.is_any(TITLES)) || !on_same_line(tokens, next) {
        return Some(None);
    }
    let end = names_from(tokens, next, 3);
    let is_closed = is_closed(tokens, token.line, end, &[",", "!", "-", ".", ":", "–"]);
    Some((end > next && is_closed).then_some((next, end)))
}

/// A line of nothing but a name behind a closing.
fn signed(tokens: &[Token<'_>], at: usize) -> Option<(usize, usize)> {
    let token = &tokens[at];
    let before = at.checked_sub(1).map(|before| &tokens[before]).filter(|before| before.line < token.line)?;
    let closing = || tokens[..at].iter().rev().take_while(|other| other.line == before.line);
    let is_closing = token.line - before.line <= 2 && closing().any(|other| other.is_any(CLOSINGS)) && closing().count() <= 5;
    let end = names_from(tokens, at, 3);
    (is_closing && end > at && is_closed(tokens, token.line, end, &[","])).then_some((at, end))
}

/// `Smith, John` behind a heading or before an address.
fn turned_round(tokens: &[Token<'_>], at: usize) -> Option<(usize, usize)> {
    let token = &tokens[at];
    last_name(&token.lower).filter(|_| is_name_like(token))?;
    let opens = at == 0 || tokens[at - 1].line < token.line || tokens[at - 1].is_any(&[":", ";", "\"", "<", ">"]);
    let first = at + 2;
    let is_turned = tokens.get(at + 1).is_some_and(|sign| sign.is(","))
        && on_same_line(tokens, at + 1)
        && on_same_line(tokens, first)
        && first_name(&tokens[first].lower) == Some(Known::Surely);
    if !opens || !is_turned {
        return None;
    }
    let end = names_from(tokens, first, 2);
    let is_headed = at > 0 && tokens[at - 1].line == token.line && tokens[at - 1].is_any(&[":", ";"]);
    let is_addressed = tokens.get(end).is_some_and(|next| next.line == token.line && next.is_any(&["<", "[", ";", "\""]));
    (end > first && (is_addressed || is_headed && is_closed(tokens, token.line, end, &["("]))).then_some((at, end))
}

/// Words in the names of mailboxes that belong to nobody.
const ROLES: &[&str] = &[
    "desk",
    "support",
    "info",
    "help",
    "helpdesk",
    "office",
    "news",
    "newsletter",
    "care",
    "billing",
    "admin",
    "marketing",
    "enquiries",
    "list",
    "lists",
    "reception",
    "orders",
    "security",
    "alerts",
    "notifications",
    "webmaster",
    "mailer",
    "mail",
    "updates",
    "update",
    "daily",
    "weekly",
    "online",
    "web",
    "internet",
    "store",
    "shop",
    "press",
];
/// Headings behind which somebody's name stands.
const HEADINGS: &[&str] = &[
    "name",
    "contact",
    "attn",
    "attention",
    "holder",
    "payee",
    "beneficiary",
    "recipient",
    "sender",
    "employee",
    "patient",
    "passenger",
    "guest",
    "tenant",
    "owner",
    "claimant",
    "applicant",
    "adviser",
    "advisor",
    "from",
    "to",
    "cc",
    "signed",
];

/// `Contact: Xochitl Zavala`, `my name is Xochitl`, `Xochitl Zavala <xz@…`.
fn announced(tokens: &[Token<'_>], at: usize) -> Option<(usize, usize)> {
    let token = &tokens[at];
    if !is_name_like(token) {
        return None;
    }
    let before = |n: usize| at.checked_sub(n).map(|at| &tokens[at]).filter(|other| other.line == token.line);
    let is_before = |n: usize, words: &[&str]| before(n).is_some_and(|other| other.is_any(words));
    let end = names_from(tokens, at, 3);
    if end == at || is_organisation(tokens, at, end) {
        return None;
    }
    let n_names = tokens[at..end].iter().filter(|token| is_name_like(token)).count();
    let is_name_said = is_before(1, &["is"]) && is_before(2, &["name"])
        || is_before(1, &["s"]) && is_before(3, &["name"])
        || is_before(1, &["named"]);
    let is_headed = n_names > 1
        && is_before(1, &[":"])
        && is_before(2, HEADINGS)
        && is_closed(tokens, token.line, end, &["<", "(", "[", ",", ";"]);
    // The address repeats the name, at least in part, and nobody's desk is meant.
    let sign = (end..end + 2).find(|at| tokens.get(*at).is_some_and(|sign| sign.is_any(&["<", "["])));
    let is_addressed = n_names > 1
        && !tokens[at..end].iter().any(|token| token.is_any(ROLES))
        && sign.is_some_and(|sign| {
            let address: Vec<&Token<'_>> = tokens[sign + 1..].iter().take_while(|token| !token.is("@")).take(6).collect();
            let local: String = address.iter().map(|token| token.lower.as_str()).collect();
            address.len() < 6 && tokens[at..end].iter().any(|name| is_name_like(name) && local.contains(name.lower.as_str()))
        });
    (is_name_said || is_headed || is_addressed).then_some((at, end))
}

/// `J. Smith`, `J R Smith`.
fn with_initials(tokens: &[Token<'_>], at: usize) -> Option<(usize, usize)> {
    let token = &tokens[at];
    if !is_initial(token) || at > 0 && token.is_glued {
        return None;
    }
    let mut idx = at;
    let mut n_points = 0;
    while tokens.get(idx).is_some_and(|token| is_initial(token) && token.line == tokens[at].line) && idx < at + 6 {
        idx += 1;
        if tokens.get(idx).is_some_and(|sign| sign.is(".") && sign.is_glued) {
            idx += 1;
            n_points += 1;
        }
    }
    let known = last_name(&tokens.get(idx).filter(|name| name.line == token.line && is_name_like(name))?.lower)?;
    let end = names_from(tokens, idx, 1);
    // `A Smith` may be one of them, `I Smith` a slip.
    let is_sure = n_points > 0 || known == Known::Surely && !token.is_any(&["a", "i"]);
    (is_sure && !is_organisation(tokens, at, end)).then_some((at, end))
}

/// `JOHN SMITH`
fn in_capitals(tokens: &[Token<'_>], at: usize) -> Option<(usize, usize)> {
    let is_shouted =
        |at: usize| tokens.get(at).is_some_and(|token| token.is_word() && token.is_all_capitals() && token.text.len() > 1);
    if !is_shouted(at) || first_name(&tokens[at].lower) != Some(Known::Surely) {
        return None;
    }
    let middle = usize::from(tokens.get(at + 1).is_some_and(is_initial));
    let last = at + 1 + middle;
    let is_known = is_shouted(last) && on_same_line(tokens, last) && last_name(&tokens[last].lower).is_some();
    (is_known && !is_organisation(tokens, at, last + 1)).then_some((at, last + 1))
}

/// Frequent first names among those that are ordinary words; with another name behind them they are meant.
const FREQUENT: &[&str] = &[
    "mark", "bill", "jack", "max", "lee", "frank", "ray", "kim", "dean", "grant", "dale", "jay", "earl", "rose", "grace", "ruby",
    "ann", "robin", "gene", "don", "guy", "jan", "pat", "sue", "rick", "glen", "drew", "dawn", "hazel", "pearl", "joy",
    "crystal",
];

/// First words of places that look like people.
const PLACES: &[&str] = &["los", "las", "san", "santa", "saint", "st", "hong", "fort", "lake", "mount", "port", "new", "el"];

/// `Sarah`, `Sarah Zavala`, `Xochitl Hernandez`: at least one of the words is a name and hardly anything else.
fn capitalised(tokens: &[Token<'_>], at: usize) -> Option<(usize, usize)> {
    let token = &tokens[at];
    let is_place = at > 0 && on_same_line(tokens, at) && tokens[at - 1].is_any(PLACES);
    if !is_name_like(token) || token.is_any(PLACES) || is_place {
        return None;
    }
    let end = names_from(tokens, at, 3);
    let names: Vec<&Token<'_>> = tokens[at..end].iter().filter(|token| is_name_like(token)).collect();
    let is_known = match (first_name(&token.lower), names.get(1).map(|second| last_name(&second.lower))) {
        (Some(Known::Surely), _) => true,
        (Some(Known::Perhaps), Some(Some(Known::Surely))) => true,
        (Some(Known::Perhaps), Some(Some(Known::Perhaps))) if token.is_any(FREQUENT) => true,
        (Some(Known::Perhaps), Some(None)) if token.is_any(FREQUENT) => !opens_sentence(tokens, at),
        // At the start of a sentence any word has a capital.
        (None, Some(Some(Known::Surely))) => !opens_sentence(tokens, at) && names.len() == 2 && last_name(&token.lower).is_none(),
        _ => false,
    };
    (is_known && !is_organisation(tokens, at, end)).then_some((at, end))
}

/// Words before a name in small letters.
const CUES: &[&str] = &[
    "to",
    "from",
    "by",
    "with",
    "for",
    "dear",
    "hi",
    "hello",
    "hey",
    "thanks",
    "im",
    "am",
    "called",
    "named",
    "tell",
    "told",
    "ask",
    "asked",
    "pay",
    "paid",
    "call",
    "send",
    "sent",
    "owe",
    "owed",
    "contact",
    "email",
    "friend",
    "brother",
    "sister",
    "husband",
    "wife",
    "son",
    "daughter",
    "cousin",
    "colleague",
    "mother",
    "father",
    "partner",
    "landlord",
    "boss",
    "flatmate",
    "roommate",
    "uncle",
    "aunt",
    "nephew",
    "niece",
];
/// Pairs of words before one.
const CUE_PAIRS: &[(&str, &str)] = &[
    ("name", "is"),
    ("this", "is"),
    ("account", "of"),
    ("behalf", "of"),
    ("name", "of"),
    ("attention", "of"),
    ("'", "m"),
    ("’", "m"),
];

/// `my name is john smith`, `from sarah`, `mr smith`: a name in small letters needs words that announce it, or another name.
fn in_small_letters(tokens: &[Token<'_>], at: usize, last: Option<usize>) -> Option<(usize, usize)> {
    let word = |at: usize| tokens.get(at).filter(|token| token.is_word() && !token.is_capital() && !token.is_any(NO_NAMES));
    let token = word(at)?;
    let next_to = |n: usize| word(n).filter(|next| !next.is_glued && next.line == token.line);
    let surname_at = |n: usize| next_to(n).filter(|_| !is_glued_to_address(tokens, n)).and_then(|next| last_name(&next.lower));
    if token.is_any(SMALL_TITLES) || token.is("dr") {
        let first = at + 1 + usize::from(tokens.get(at + 1).is_some_and(|next| next.is(".")));
        let name = next_to(first)?;
        if first_name(&name.lower).is_none() && last_name(&name.lower).is_none() {
            return None;
        }
        let end = first + 1 + usize::from(first_name(&name.lower).is_some() && surname_at(first + 1) == Some(Known::Surely));
        return Some((first, end));
    }
    let known = first_name(&token.lower)?;
    let surname = surname_at(at + 1);
    let before = |n: usize| at.checked_sub(n).map(|at| &tokens[at]).filter(|other| other.line == token.line);
    let is_announced = before(1).is_some_and(|other| other.is_any(CUES))
        || CUE_PAIRS.iter().any(|(a, b)| before(2).is_some_and(|x| x.is(a)) && before(1).is_some_and(|x| x.is(b)))
        || before(1).is_some_and(|other| other.is_any(&["and", "or", "&"])) && last.is_some_and(|last| last + 1 == at);
    let has_something = tokens.get(at + 1).is_some_and(|sign| sign.is_glued && matches!(sign.text, "'" | "’"))
        && tokens.get(at + 2).is_some_and(|s| s.is_glued && s.is("s"));
    let ends = |end: usize| is_closed(tokens, token.line, end, &[".", ",", "!", "?", ";", ")", "'", "’", "and", "or"]);
    let end = match (known, surname) {
        (Known::Surely, Some(Known::Surely)) => at + 2,
        (Known::Surely, Some(Known::Perhaps)) if is_announced && ends(at + 2) => at + 2,
        (Known::Perhaps, Some(Known::Surely)) if is_announced => at + 2,
        (Known::Surely, _) if is_announced || has_something => at + 1,
        _ => return None,
    };
    (!is_organisation(tokens, at, end)).then_some((at, end))
}

fn is_organisation(tokens: &[Token<'_>], at: usize, end: usize) -> bool {
    tokens[at..end].iter().any(|token| token.is_any(ENDINGS))
        || tokens.get(end).is_some_and(|next| next.is_any(FORMS) || next.is_any(ENDINGS))
}

/// The place of some tokens, with single spaces between its words.
pub(super) fn named(tokens: &[Token<'_>], start: usize, end: usize) -> Found {
    let mut value = String::new();
    for token in &tokens[start..end] {
        if !value.is_empty() && !token.is_glued {
            value.push(' ');
        }
        value.push_str(token.text);
    }
    Found::new(tokens[start].start, tokens[end - 1].end, value)
}

#[cfg(test)]
mod tests {
    use super::find_people;
    use crate::fields::token::tokens;

    #[test]
    fn people_are_found_by_title_greeting_closing_and_first_name() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(find_people(&tokens(text)).into_iter().map(|f| f.value).collect::<Vec<_>>(), expected, "{text}");
        };
        check("Dear Mr. Featherstonehaugh,\nI spoke to Sarah O'Neill today.", &["Featherstonehaugh", "Sarah O'Neill"]);
        check("Hi Xochitl,\nplease call.\n\nKind regards,\nWolf von Stein\nManager", &["Xochitl", "Wolf von Stein"]);
        check("Dear all, Will you come? Mark it. John Lewis Partners Ltd", &[]);
        check("sent by John P. Smith-Jones.", &["John P. Smith-Jones"]);
    }

    #[test]
    fn a_list_of_names_tells_people_where_nothing_announces_them() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(find_people(&tokens(text)).into_iter().map(|f| f.value).collect::<Vec<_>>(), expected, "{text}");
        };
        check("We met Xochitl Hernandez and Grace Thompson in Leeds.", &["Xochitl Hernandez", "Grace Thompson"]);
        check("Send it to J. Smith or J.R. Okafor-Peters, not to A Smith.", &["J. Smith"]);
        check("PAYMENT FROM SARAH L COLLINS RECEIVED", &["SARAH L COLLINS"]);
        check("To: Smith, John <john.smith@acme.test>; Collins, Sarah", &["Smith, John", "Collins, Sarah"]);
        check("Mark Baker and Bill Okafor", &["Mark Baker", "Bill Okafor"]);
        check("Contact: Xolani Mbeki (sales)\nMy name is Xolani.", &["Xolani Mbeki", "Xolani"]);
        check("on behalf of Xolani Mbeki <mbeki@acme.test> and Front Desk <desk@acme.test>", &["Xolani Mbeki"]);
        check("Will Price rise? May Long term plans wait? Contact Hernandez. I like New York, Los Angeles and Jordan.", &[]);
    }

    #[test]
    fn names_in_small_letters_need_another_name_or_words_that_announce_them() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(find_people(&tokens(text)).into_iter().map(|f| f.value).collect::<Vec<_>>(), expected, "{text}");
        };
        check("my name is john smith and this is about sarah's card", &["john smith", "sarah"]);
        check("i paid sarah and kevin twice, then mr. okafor", &["sarah", "kevin"]);
        check("please tell mr smith or dr thompson", &["smith", "thompson"]);
        check("transfer to grace thompson was sent by deborah still pending", &["grace thompson", "deborah"]);
        check(
            "i will mark the bill by may, to be frank; my name is so long, write to sarah@acme.test or sarah.jones@acme.test",
            &[],
        );
        check("a payment from wells fargo or john lewis ltd", &[]);
    }
}
