//! Organisations, by legal forms, by words for organisations, and by what stands around them.

use super::name_lists::{ENDINGS, FORMS, JOINTS, Known, NO_NAMES, first_name, last_name};
use super::people::named;
use crate::fields::Found;
use crate::fields::token::{Token, on_same_line};

/// Every organisation: names that end in a legal form or in a word for organisations.
pub(crate) fn find_organisations(tokens: &[Token<'_>]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut floor = 0;
    for at in 0..tokens.len() {
        if at < floor {
            continue;
        }
        let Some(start) = organisation_until(tokens, at, floor) else {
            let place = organisation_from(tokens, at).map(|end| (at, end));
            let place = place.or_else(|| in_small_letters(tokens, at, floor)).or_else(|| headed(tokens, at));
            if let Some((start, end)) = place {
                found.push(named(tokens, start, end));
                floor = end;
            }
            continue;
        };
        let mut end = at + 1;
        // `S.p.A.` was one token with its points; `Ltd.` takes its point along, `Co. Ltd` its second form.
        while tokens.get(end).is_some_and(|next| {
            let is_form = (next.is_any(FORMS) || next.is_any(ENDINGS)) && next.is_capital();
            let is_point = next.is(".")
                && next.is_glued
                && tokens.get(end + 1).is_some_and(|after| after.is_any(FORMS) && on_same_line(tokens, end + 1));
            let is_joint = next.is("&") && tokens.get(end + 1).is_some_and(|after| after.is_any(FORMS));
            on_same_line(tokens, end) && (is_form || is_point || is_joint)
        }) {
            end += 1;
        }
        found.push(named(tokens, start, end));
        floor = end;
    }
    with_owners(tokens, found)
}

/// The places with those of words alone that are the names of domains.
fn with_owners(tokens: &[Token<'_>], mut found: Vec<Found>) -> Vec<Found> {
    let domains = Domains::of(tokens);
    if domains.0.is_empty() {
        return found;
    }
    let owners = (0..tokens.len()).filter(|at| domains.is_owner(tokens, *at)).map(|at| named(tokens, at, at + 1));
    let owners: Vec<Found> = owners.filter(|own| !found.iter().any(|it| it.start < own.end && own.start < it.end)).collect();
    found.extend(owners);
    found.sort_by_key(|it| it.start);
    found
}

/// Whether a word at `at` ends an organisation; the first token of its name.
fn organisation_until(tokens: &[Token<'_>], at: usize, floor: usize) -> Option<usize> {
    let token = &tokens[at];
    let is_form = token.is_any(FORMS) && (token.is_capital() || token.is_any(&["gmbh", "ltd", "plc", "llc"]));
    let is_ending = token.is_any(ENDINGS) && token.is_capital();
    if !(is_form || is_ending) || token.is_glued && at > 0 && !tokens[at - 1].is_any(&["-", "."]) {
        return None;
    }
    // `AS`, `SE`, `SA` in a line of capitals are words.
    let is_shouted = token.is_all_capitals()
        && token.text.len() <= 3
        && at > 0
        && tokens[at - 1].is_all_capitals()
        && token.is_any(&["AS", "as", "se", "co"]);
    let mut start = at;
    let mut idx = at;
    while idx > floor && at - idx < 8 && tokens[idx - 1].line == token.line {
        let before = &tokens[idx - 1];
        let is_part = before.is_word() && before.is_capital() && !before.is_any(NO_NAMES);
        if is_part {
            idx -= 1;
            start = idx;
        } else if before.is_any(JOINTS) && !before.is_any(&["."]) || before.is_number() && before.is_glued {
            idx -= 1;
        } else {
            break;
        }
    }
    (start < at && !is_shouted).then_some(start)
}

/// `Bank of Ireland`, `University of Leeds`, `Ministry of Justice`: the first token behind it.
fn organisation_from(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let token = &tokens[at];
    let opens = token.is_any(&[
        "bank",
        "university",
        "ministry",
        "department",
        "house",
        "institute",
        "bureau",
        "board",
        "royal",
        "church",
    ]);
    if !opens || !token.is_capital() || !tokens.get(at + 1).is_some_and(|of| of.is_any(&["of", "for", "de"])) {
        return None;
    }
    let first = at + 2 + usize::from(tokens.get(at + 2).is_some_and(|token| token.is("the")));
    let mut end = first;
    while tokens.get(end).is_some_and(|next| next.is_word() && next.is_capital() && on_same_line(tokens, end)) && end - first < 4
    {
        end += 1;
    }
    (end > first).then_some(end)
}

/// Words in front of the name of a company in small letters that are not part of it.
const NOT_OF_A_NAME: &[&str] = &[
    "payment",
    "payments",
    "pay",
    "paid",
    "paying",
    "transfer",
    "transferred",
    "send",
    "sent",
    "sending",
    "money",
    "invoice",
    "bill",
    "charge",
    "charged",
    "company",
    "firm",
    "employer",
    "named",
    "called",
    "name",
    "supplier",
    "client",
    "vendor",
    "merchant",
    "shop",
    "store",
    "using",
    "against",
    "called",
    "owe",
    "work",
    "works",
    "worked",
    "buy",
    "bought",
    "cancel",
];

/// `acme widgets ltd`: up to three words before a legal form that means nothing else.
fn in_small_letters(tokens: &[Token<'_>], at: usize, floor: usize) -> Option<(usize, usize)> {
    let form = &tokens[at];
    if form.is_capital() || form.is_glued || !form.is_any(&["ltd", "plc", "llc", "llp", "gmbh", "inc"]) {
        return None;
    }
    let is_part =
        |word: &Token<'_>| word.is_word() && word.line == form.line && !word.is_any(NO_NAMES) && !word.is_any(NOT_OF_A_NAME);
    let before = tokens[floor..at].iter().rev().take(3).take_while(|word| is_part(word)).count();
    (before > 0).then_some((at - before, at + 1))
}

/// `Company: Okafor Widgets`: words in capitals that fill the line.
fn headed(tokens: &[Token<'_>], at: usize) -> Option<(usize, usize)> {
    let heading = ["company", "organisation", "organization", "employer", "firm", "supplier", "vendor", "merchant", "customer"];
    let before = |n: usize| at.checked_sub(n).map(|before| &tokens[before]).filter(|before| before.line == tokens[at].line);
    if !before(1).is_some_and(|sign| sign.is(":")) || !before(2).is_some_and(|word| word.is_any(&heading)) {
        return None;
    }
    let is_part =
        |word: &Token<'_>| word.line == tokens[at].line && (word.is_capital() || word.is_number() || word.is_any(JOINTS));
    let end = at + tokens[at..].iter().take(8).take_while(|word| is_part(word)).count();
    let fills = tokens.get(end).is_none_or(|after| after.line > tokens[at].line || after.is_any(&[",", "(", ";"]));
    let is_name = tokens[at].is_word() && first_name(&tokens[at].lower).is_none() && !tokens[at].is_any(NO_NAMES);
    (end > at && fills && is_name).then_some((at, end))
}

/// Providers of mailboxes, whose domains do not tell who wrote.
const PROVIDERS: &[&str] = &[
    "gmail",
    "googlemail",
    "yahoo",
    "ymail",
    "hotmail",
    "outlook",
    "live",
    "msn",
    "icloud",
    "me",
    "mac",
    "aol",
    "gmx",
    "web",
    "mail",
    "email",
    "proton",
    "protonmail",
    "comcast",
    "btinternet",
    "sky",
    "orange",
    "free",
    "example",
];

/// The names in the domains of the text's e-mail addresses.
struct Domains<'t>(Vec<&'t str>);

impl<'t> Domains<'t> {
    fn of(tokens: &'t [Token<'_>]) -> Domains<'t> {
        let mut names = Vec::new();
        for (at, _) in tokens.iter().enumerate().filter(|(_, token)| token.is("@")) {
            let rest = tokens[at + 1..].iter().take_while(|token| token.is_glued && (token.is(".") || token.is_word())).take(9);
            let labels: Vec<&str> = rest.filter(|token| token.is_word()).map(|token| token.lower.as_str()).collect();
            let is_general = |label: &str| matches!(label, "co" | "com" | "org" | "ac" | "gov" | "net" | "edu");
            let own = match labels.as_slice() {
                [.., own, general, _] if is_general(general) => Some(*own),
                [.., own, _] => Some(*own),
                _ => None,
            };
            names.extend(own.filter(|own| own.len() > 2 && !PROVIDERS.contains(own)));
        }
        Domains(names)
    }

    /// Whether a word with a capital and no other beside it, alone on its line or behind a word such as `at`, is the name of
    /// a domain.
    fn is_owner(&self, tokens: &[Token<'_>], at: usize) -> bool {
        let token = &tokens[at];
        if !self.0.contains(&token.lower.as_str()) || !token.is_capital() || token.is_any(NO_NAMES) || token.is_any(ENDINGS) {
            return false;
        }
        let is_beside = |other: Option<&Token<'_>>| {
            other.is_some_and(|other| other.line == token.line && other.is_word() && other.is_capital())
        };
        let is_glued = token.is_glued && at > 0 && tokens[at - 1].is_any(&["@", ".", "-", "/", "_"]);
        let goes_on = tokens.get(at + 1).is_some_and(|next| {
            next.is_glued && !next.is_any(&[",", "'", "’", ")", ":"]) && {
                // A point ends a sentence unless something follows at once.
                !next.is(".") || tokens.get(at + 2).is_some_and(|after| after.is_glued)
            }
        });
        let is_person = first_name(&token.lower).is_some() || last_name(&token.lower) == Some(Known::Surely);
        let is_part = is_beside(tokens.get(at + 1)) || at > 0 && is_beside(tokens.get(at - 1));
        // A product has its maker's domain too; what people work at or write from is the maker.
        let opens_line = at == 0 || tokens[at - 1].line < token.line;
        let fills_line = opens_line && tokens.get(at + 1).is_none_or(|next| next.line > token.line);
        let is_meant = fills_line || !opens_line && tokens[at - 1].is_any(&["at", "from", "by"]);
        is_meant && !is_glued && !goes_on && !is_person && !is_part
    }
}

#[cfg(test)]
mod tests {
    use super::find_organisations;
    use crate::fields::token::tokens;

    #[test]
    fn organisations_are_found_by_legal_form_and_kind() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(find_organisations(&tokens(text)).into_iter().map(|f| f.value).collect::<Vec<_>>(), expected, "{text}");
        };
        check("from Acme Widgets Ltd. and Müller & Söhne GmbH", &["Acme Widgets Ltd", "Müller & Söhne GmbH"]);
        check(
            "the Bank of Ireland, Royal Mail Group, and British Airways",
            &["Bank of Ireland", "Royal Mail Group", "British Airways"],
        );
        check("please limited the company to a group", &[]);
    }

    #[test]
    fn organisations_are_found_by_small_forms_headings_and_domains() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(find_organisations(&tokens(text)).into_iter().map(|f| f.value).collect::<Vec<_>>(), expected, "{text}");
        };
        check("i paid okafor widgets ltd and got nothing from acme plc", &["okafor widgets ltd", "acme plc"]);
        check("Company: Okafor & Daughters\nOther: Things Here", &["Okafor & Daughters"]);
        check(
            "I am at Zephyrix, write to sales@zephyrix.co.uk or from Gmail to x@gmail.com.\nZephyrix",
            &["Zephyrix", "Zephyrix"],
        );
        check("Zephyrix 2 runs on my Zephyrix; see help@zephyrix.test", &[]);
        check("ask smith@smith.test, it is by Smith; paid to ltd", &[]);
    }
}
