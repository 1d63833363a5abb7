//! Servers agree on chat completions but not on every parameter: what this one turned down is not sent again.

use serde_json::{Map, Value, json};

use super::wire::{Complaint, Turn};

/// What a server is known not to take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Dialect {
    /// `response_format` with a schema.
    no_schema: bool,
    /// `response_format` at all.
    no_format: bool,
    /// `max_tokens`; newer models want `max_completion_tokens`.
    other_limit: bool,
    /// A temperature of zero.
    no_temperature: bool,
}

/// What is asked, before it is put into a server's dialect.
pub(super) struct Ask<'a> {
    pub(super) model: &'a str,
    pub(super) turns: &'a [Turn],
    pub(super) name: &'a str,
    pub(super) schema: &'a Value,
    pub(super) max_tokens: u32,
}

impl Dialect {
    /// The request body.
    pub(super) fn body(self, ask: &Ask<'_>) -> Value {
        let mut body = Map::new();
        body.insert("model".into(), json!(ask.model));
        body.insert("messages".into(), json!(ask.turns));
        body.insert(if self.other_limit { "max_completion_tokens" } else { "max_tokens" }.into(), json!(ask.max_tokens));
        if !self.no_temperature {
            body.insert("temperature".into(), json!(0));
        }
        if !self.no_schema {
            let schema = json!({"name": ask.name, "strict": true, "schema": ask.schema});
            body.insert("response_format".into(), json!({"type": "json_schema", "json_schema": schema}));
        } else if !self.no_format {
            body.insert("response_format".into(), json!({"type": "json_object"}));
        }
        Value::Object(body)
    }

    /// Learns from a request that was turned down; false when it holds nothing to learn.
    pub(super) fn learn(&mut self, complaint: &Complaint) -> bool {
        let is_about = |parameter: &str| match &complaint.param {
            Some(param) => param.starts_with(parameter),
            None => complaint.text.contains(parameter),
        };
        let lesson = if is_about("max_tokens") {
            &mut self.other_limit
        } else if is_about("temperature") {
            &mut self.no_temperature
        } else if is_about("response_format") || is_about("json_schema") || is_about("guided_json") {
            if self.no_schema { &mut self.no_format } else { &mut self.no_schema }
        } else {
            return false;
        };
        !std::mem::replace(lesson, true)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Ask, Dialect};
    use crate::llm::wire::Complaint;

    #[test]
    fn what_a_server_turns_down_is_not_sent_again() {
        let ask = Ask { model: "m", turns: &[], name: "n", schema: &json!({}), max_tokens: 7 };
        let mut dialect = Dialect::default();
        let about = |param: &str| Complaint { param: Some(param.into()), ..Complaint::default() };
        assert_eq!(dialect.body(&ask)["response_format"]["type"], "json_schema");
        assert!(dialect.learn(&about("max_tokens")));
        assert!(dialect.learn(&about("temperature")));
        assert!(dialect.learn(&about("response_format")));
        let body = dialect.body(&ask);
        assert_eq!((&body["max_completion_tokens"], &body["max_tokens"]), (&json!(7), &json!(null)));
        assert_eq!(body["temperature"], json!(null));
        assert_eq!(body["response_format"], json!({"type": "json_object"}));
        assert!(dialect.learn(&Complaint { text: "json_schema and response_format are unknown".into(), ..Complaint::default() }));
        assert_eq!(dialect.body(&ask)["response_format"], json!(null));
        assert!(!dialect.learn(&about("response_format")), "there is nothing left to leave out");
        assert!(!dialect.learn(&about("messages")));
    }
}
