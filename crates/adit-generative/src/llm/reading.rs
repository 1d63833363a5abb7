//! Finds the JSON object in what a model wrote.

use serde_json::Value;

/// The one JSON object of an answer: models wrap it in fences, thoughts and politeness.
///
/// # Errors
/// The rule that the answer breaks, in words for the model.
pub(crate) fn object_in(answer: &str) -> Result<Value, String> {
    // What a model thinks before it answers is not the answer.
    let said = answer.rsplit_once("</think>").map_or(answer, |(_, said)| said).trim();
    let inner = match (said.find('{'), said.rfind('}')) {
        (Some(open), Some(close)) if open < close => &said[open..=close],
        _ => return Err("the answer must be a JSON object".to_owned()),
    };
    serde_json::from_str(inner)
        .map_err(|e| format!("the answer must be valid JSON, but it breaks off at line {} column {}", e.line(), e.column()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::object_in;

    #[test]
    fn the_object_is_found_in_whatever_stands_around_it() {
        for answer in [
            r#"{"a": 1}"#,
            "```json\n{\"a\": 1}\n```",
            "<think>maybe {\"a\": 2}?</think>\nHere you are: {\"a\": 1}. Anything else?",
        ] {
            assert_eq!(object_in(answer), Ok(json!({"a": 1})), "{answer}");
        }
        assert_eq!(object_in("I cannot do that."), Err("the answer must be a JSON object".into()));
        assert!(object_in(r#"{"a": 1"#).is_err());
        assert!(object_in(r#"{"a": }"#).unwrap_err().contains("line 1 column 7"));
    }
}
