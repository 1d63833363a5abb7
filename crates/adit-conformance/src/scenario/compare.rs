//! Whether a reply holds what a scenario expects of it.
//!
//! An object must hold at least the expected keys; a list must have exactly the
//! expected items. A text beginning with `$` is a question instead of a value:
//! `$any`, `$absent`, `$hex16`, `$time`, `$contains …`, `$starts …`, `$ends …`,
//! `$at-least N`, `$length N`. `{"$includes": [...]}` asks a list for items
//! wherever they are, `{"$excludes": [...]}` for none like these.

use serde_json::Value;

/// Adds what differs to `problems`, each with its place.
pub(super) fn differences(at: &str, expected: &Value, found: Option<&Value>, problems: &mut Vec<String>) {
    if let Some(question) = expected.as_str().filter(|text| text.starts_with('$')) {
        if !answers(question, found) {
            problems.push(format!("{at}: expected {question}, found {}", show(found)));
        }
        return;
    }
    let Some(found) = found else {
        problems.push(format!("{at}: expected {expected}, found nothing"));
        return;
    };
    match (expected, found) {
        (Value::Object(expected), found) if expected.contains_key("$includes") || expected.contains_key("$excludes") => {
            membership(at, expected, found, problems);
        }
        (Value::Object(expected), Value::Object(found)) => {
            for (key, value) in expected {
                differences(&format!("{at}.{key}"), value, found.get(key), problems);
            }
        }
        (Value::Array(expected), Value::Array(items)) if expected.len() == items.len() => {
            for (idx, (value, item)) in expected.iter().zip(items).enumerate() {
                differences(&format!("{at}[{idx}]"), value, Some(item), problems);
            }
        }
        (Value::Number(expected), Value::Number(found)) if expected.as_f64() == found.as_f64() => {}
        (expected, found) if expected == found => {}
        (expected, found) => problems.push(format!("{at}: expected {expected}, found {}", show(Some(found)))),
    }
}

fn membership(at: &str, expected: &serde_json::Map<String, Value>, found: &Value, problems: &mut Vec<String>) {
    let Some(items) = found.as_array() else {
        problems.push(format!("{at}: expected a list, found {}", show(Some(found))));
        return;
    };
    let is_there = |wanted: &Value| items.iter().any(|item| holds(wanted, item));
    let list = |key: &str| expected.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    for wanted in list("$includes").iter().filter(|wanted| !is_there(wanted)) {
        problems.push(format!("{at}: {wanted} is not among {}", show(Some(found))));
    }
    for unwanted in list("$excludes").iter().filter(|unwanted| is_there(unwanted)) {
        problems.push(format!("{at}: {unwanted} must not be among {}", show(Some(found))));
    }
}

fn holds(expected: &Value, found: &Value) -> bool {
    let mut problems = Vec::new();
    differences("", expected, Some(found), &mut problems);
    problems.is_empty()
}

fn answers(question: &str, found: Option<&Value>) -> bool {
    let (kind, argument) = question.split_once(' ').unwrap_or((question, ""));
    let Some(found) = found else { return kind == "$absent" };
    let text = found.as_str().unwrap_or_default();
    let number = || argument.parse::<f64>().unwrap_or_else(|_| panic!("`{question}` needs a number"));
    match kind {
        "$any" => true,
        "$absent" => false,
        "$hex16" => text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
        "$time" => is_time(text),
        "$contains" => text.contains(argument),
        "$starts" => text.starts_with(argument),
        "$ends" => text.ends_with(argument),
        "$at-least" => found.as_f64().is_some_and(|value| value >= number()),
        "$length" => found.as_array().map(Vec::len) == argument.parse().ok(),
        _ => panic!("`{question}` is no question a scenario can ask"),
    }
}

/// RFC 3339 with an offset, roughly: clients refuse a time without one.
fn is_time(text: &str) -> bool {
    let date = text.len() >= 20 && text.as_bytes().get(10) == Some(&b'T') && text.as_bytes().get(4) == Some(&b'-');
    date && (text.ends_with('Z') || text.get(text.len() - 6..).is_some_and(|end| end.starts_with(['+', '-'])))
}

fn show(value: Option<&Value>) -> String {
    const LONGEST: usize = 300;
    match value {
        None => "nothing".to_owned(),
        Some(value) => value.to_string().chars().take(LONGEST).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn expectations_are_partial_in_objects_and_whole_in_lists() {
        let check = |expected: Value, found: Value, fits: bool| assert_eq!(holds(&expected, &found), fits, "{expected} {found}");
        check(json!({"a": 1}), json!({"a": 1.0, "b": 2}), true);
        check(json!({"a": [1]}), json!({"a": [1, 2]}), false);
        check(json!({"a": "$absent"}), json!({}), true);
        check(json!({"a": "$absent"}), json!({"a": null}), false);
        check(json!({"$includes": [{"n": "x"}]}), json!([{"n": "y"}, {"n": "x", "m": 1}]), true);
        check(json!({"$excludes": [{"n": "x"}]}), json!([{"n": "x"}]), false);
        check(json!("$length 2"), json!([1, 2]), true);
        check(json!("$time"), json!("2024-03-05T09:00:00.000Z"), true);
        check(json!("$time"), json!("2024-03-05T09:00:00"), false);
    }
}
