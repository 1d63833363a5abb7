//! The JSON of chat completions, as far as it is used.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One turn of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Turn {
    pub(crate) role: &'static str,
    pub(crate) content: String,
}

/// A reply, whatever server sent it.
#[derive(Debug, Deserialize)]
pub(super) struct ChatReply {
    #[serde(default)]
    pub(super) choices: Vec<Choice>,
    pub(super) usage: Option<Usage>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    pub(super) message: ReplyMessage,
    pub(super) finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ReplyMessage {
    pub(super) content: Option<String>,
    pub(super) refusal: Option<String>,
}

/// What the exchange cost.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Usage {
    pub(super) total_tokens: Option<i64>,
}

/// The body of an error; some servers put the fields at the top.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorReply {
    pub(super) error: Option<Value>,
}

/// What an error body says in words that are safe to repeat.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Complaint {
    /// A short code such as `invalid_api_key`.
    pub(super) code: Option<String>,
    /// The request parameter it is about.
    pub(super) param: Option<String>,
    /// The whole text, for matching only: it may quote the request, so it is neither logged nor shown.
    pub(super) text: String,
}

impl Complaint {
    /// What the body of an error says.
    pub(super) fn read(body: &[u8]) -> Self {
        let reply: ErrorReply = serde_json::from_slice(body).unwrap_or_default();
        let error = reply.error.unwrap_or(Value::Null);
        let word = |key: &str| error.get(key).and_then(Value::as_str).filter(|text| is_word(text)).map(str::to_owned);
        let text = match &error {
            Value::String(text) => text.clone(),
            other => other.get("message").and_then(Value::as_str).unwrap_or_default().to_owned(),
        };
        Self { code: word("code").or_else(|| word("type")), param: word("param"), text }
    }
}

/// Whether a text is an identifier, not prose that might quote somebody.
fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::Complaint;

    #[test]
    fn only_identifiers_of_an_error_are_repeated() {
        let openai = br#"{"error":{"message":"Incorrect API key provided: sk-1.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#;
        assert_eq!(Complaint::read(openai).code.as_deref(), Some("invalid_api_key"));
        let prose = br#"{"error":{"message":"m","type":"you said: my card is lost","code":400}}"#;
        assert_eq!(Complaint::read(prose).code, None);
        assert_eq!(Complaint::read(br#"{"error":"model not found"}"#).text, "model not found");
        assert_eq!(Complaint::read(b"<html>"), Complaint::default());
    }
}
