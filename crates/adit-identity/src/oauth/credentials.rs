//! The token request: its form, and the client's id and secret in the form or in the `Authorization` header.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use percent_encoding::percent_decode_str;

use super::error::OAuthError;

/// A token request, not yet believed.
#[derive(Debug)]
pub(super) struct TokenRequest {
    pub(super) grant_type: String,
    pub(super) scope: Option<String>,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    /// Whether the client used the `Authorization` header.
    pub(super) is_basic: bool,
}

fn invalid(description: impl Into<String>) -> OAuthError {
    OAuthError::new("invalid_request", description)
}

impl TokenRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// `invalid_request` for anything but one well-formed form, `invalid_client` when no client is named.
    pub(super) fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, OAuthError> {
        let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(invalid("The body must be `application/x-www-form-urlencoded`."));
        }
        let fields: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
        let field = |name: &str| -> Result<Option<String>, OAuthError> {
            let mut values = fields.iter().filter(|(key, value)| key == name && !value.is_empty());
            let first = values.next().map(|(_, value)| value.clone());
            if values.next().is_some() { Err(invalid(format!("`{name}` must not be repeated."))) } else { Ok(first) }
        };
        let (form_id, form_secret) = (field("client_id")?, field("client_secret")?);
        let basic = headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
        let (client_id, client_secret, is_basic) = match basic.map(basic_pair) {
            Some(None) => return Err(unauthenticated(true)),
            Some(Some((id, secret))) => {
                if form_secret.is_some() || form_id.is_some_and(|named| named != id) {
                    return Err(invalid("Credentials must be in the header or in the form, not in both."));
                }
                (id, secret, true)
            }
            None => {
                let pair = form_id.zip(form_secret).ok_or_else(|| unauthenticated(false))?;
                (pair.0, pair.1, false)
            }
        };
        let grant_type = field("grant_type")?.ok_or_else(|| invalid("`grant_type` is missing."))?;
        Ok(Self { grant_type, scope: field("scope")?, client_id, client_secret, is_basic })
    }
}

/// The one answer to every failed authentication: it does not tell an unknown id from a wrong secret.
pub(super) fn unauthenticated(is_basic: bool) -> OAuthError {
    OAuthError {
        is_challenge: is_basic,
        ..OAuthError::new("invalid_client", "The client is unknown, or its secret is wrong or has ended.")
    }
}

/// Id and secret of `Basic …`, each form-encoded before they were joined (RFC 6749 §2.3.1).
fn basic_pair(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let plain = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8().ok().map(|text| text.into_owned());
    Some((plain(id)?, plain(secret)?)).filter(|(id, secret)| !id.is_empty() && !secret.is_empty())
}

#[cfg(test)]
mod tests {
    use super::TokenRequest;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use http::{HeaderMap, HeaderValue, header};

    const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";

    fn parse(kind: &str, basic: Option<&str>, body: &str) -> Result<TokenRequest, String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(kind).unwrap());
        if let Some(basic) = basic {
            let value = if basic.contains(':') { format!("Basic {}", STANDARD.encode(basic)) } else { basic.to_owned() };
            headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&value).unwrap());
        }
        TokenRequest::parse(&headers, body.as_bytes()).map_err(|e| format!("{}{}", e.code, if e.is_challenge { "!" } else { "" }))
    }

    #[test]
    fn form_and_header_both_name_a_client() {
        let request = parse(FORM, None, "grant_type=client_credentials&client_id=a&client_secret=b%2B&scope=x+y").unwrap();
        assert_eq!((request.client_id.as_str(), request.client_secret.as_str()), ("a", "b+"));
        assert_eq!((request.scope.as_deref(), request.is_basic), (Some("x y"), false));
        let request = parse(FORM, Some("a%3A1:b+c"), "grant_type=client_credentials").unwrap();
        assert_eq!((request.client_id.as_str(), request.client_secret.as_str(), request.is_basic), ("a:1", "b c", true));
        // A public client library repeats the id in the form.
        assert!(parse(FORM, Some("a:b"), "grant_type=client_credentials&client_id=a").is_ok());
    }

    #[test]
    fn everything_else_is_refused_with_the_standards_own_code() {
        let check = |basic: Option<&str>, body: &str, expected: &str| {
            assert_eq!(parse(FORM, basic, body).unwrap_err(), expected, "{basic:?} {body}");
        };
        check(None, "", "invalid_client");
        check(None, "grant_type=client_credentials&client_id=a", "invalid_client");
        check(None, "client_id=a&client_secret=b", "invalid_request");
        check(None, "client_id=a&client_id=c&client_secret=b&grant_type=x", "invalid_request");
        check(Some("a:b"), "client_secret=b&grant_type=x", "invalid_request");
        check(Some("a:b"), "client_id=c&grant_type=x", "invalid_request");
        check(Some("Bearer x"), "grant_type=x", "invalid_client!");
        check(Some("Basic !!"), "grant_type=x", "invalid_client!");
        check(Some(":"), "grant_type=x", "invalid_client!");
        assert_eq!(parse("application/json", None, "{}").unwrap_err(), "invalid_request");
    }
}
