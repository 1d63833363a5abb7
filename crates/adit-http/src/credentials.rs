//! What a request brings to prove who sends it: a bearer token, or a session cookie with the proof that our own pages sent it.

use adit_kernel::{Result, catalogue};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Uri, header};

use crate::Unproven;

/// The session cookie where the connection is encrypted: browsers bind a `__Host-` cookie to this host and to HTTPS.
pub const HOST_COOKIE: &str = "__Host-adit_session";
/// The session cookie over plain HTTP on loopback.
pub const PLAIN_COOKIE: &str = "adit_session";
/// The header in which our pages repeat the token that other sites cannot read.
pub const CSRF_HEADER: &str = "x-csrf-token";
/// Longer than any token or cookie of ours.
const MAX_CREDENTIAL_BYTES: usize = 8192;

/// The credentials of a request.
#[derive(Clone, Copy)]
pub enum Credentials<'a> {
    /// `Authorization: Bearer …`: an API token or an access token.
    Bearer(&'a str),
    /// A session cookie.
    Session(SessionCredentials<'a>),
}

/// A session cookie and what else tells whether to believe it.
#[derive(Clone, Copy)]
pub struct SessionCredentials<'a> {
    /// The cookie's value.
    pub secret: &'a str,
    /// Whether the cookie's name binds it to this host and to HTTPS.
    pub is_host_bound: bool,
    /// Whether the request may change something.
    pub is_write: bool,
    /// The token of the header [`CSRF_HEADER`].
    pub csrf: Option<&'a str>,
    /// Whether the browser says that a page of this host sent the request.
    pub is_same_origin: bool,
}

impl<'a> Credentials<'a> {
    /// The credentials of a request. A bearer token goes before a cookie: only a program of one's own can send it.
    ///
    /// # Errors
    /// 401 when there are none, or an `Authorization` header that is not of the form `Bearer <token>`.
    pub fn of(head: &'a Parts) -> Result<Self> {
        if let Some(value) = head.headers.get(header::AUTHORIZATION) {
            return bearer(value).map(Self::Bearer).ok_or_else(catalogue::no_token);
        }
        let host_bound = cookie(&head.headers, HOST_COOKIE).map(|secret| (secret, true));
        let found = host_bound.or_else(|| cookie(&head.headers, PLAIN_COOKIE).map(|secret| (secret, false)));
        let (secret, is_host_bound) = found.ok_or_else(catalogue::no_token)?;
        Ok(Self::Session(SessionCredentials {
            secret,
            is_host_bound,
            is_write: !matches!(head.method, Method::GET | Method::HEAD | Method::OPTIONS),
            csrf: text(&head.headers, CSRF_HEADER),
            is_same_origin: is_same_origin(&head.headers, &head.uri),
        }))
    }
}

impl Credentials<'_> {
    /// What is known of a request that has no credentials which could be read.
    pub fn trouble(head: &Parts) -> Unproven {
        if head.headers.contains_key(header::AUTHORIZATION) {
            return Unproven::stranger("credentials malformed");
        }
        Unproven::routine("no credentials")
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The token of `Bearer <token>`.
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.trim().split_once(' ')?;
    let token = token.trim();
    let is_good = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= MAX_CREDENTIAL_BYTES;
    is_good.then_some(token)
}

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs =
        headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(';'));
    let found = pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(key, _)| *key == name);
    found.map(|(_, value)| value).filter(|value| !value.is_empty() && value.len() <= MAX_CREDENTIAL_BYTES)
}

/// Whether a page of the same host sent the request, as far as the browser tells.
/// Schemes are not compared: behind a proxy that ends TLS the server does not know its own.
pub fn is_same_origin(headers: &HeaderMap, uri: &Uri) -> bool {
    let Some(origin) = text(headers, "origin") else {
        return text(headers, "sec-fetch-site").is_some_and(|site| site == "same-origin");
    };
    let host = text(headers, "host").or_else(|| uri.authority().map(http::uri::Authority::as_str));
    let claimed = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    host.zip(claimed).is_some_and(|(host, claimed)| !host.is_empty() && host.eq_ignore_ascii_case(claimed))
}

#[cfg(test)]
mod tests {
    use super::{Credentials, cookie, is_same_origin};
    use http::{Request, request::Parts};

    fn head(headers: &[(&str, &str)]) -> Parts {
        let request = headers.iter().fold(Request::post("/api/v1/x"), |request, (name, value)| request.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_bearer_token_is_read_in_any_case_and_nothing_else_passes_for_one() {
        for good in ["Bearer abc", "bearer  abc ", "BEARER abc"] {
            assert!(matches!(Credentials::of(&head(&[("authorization", good)])), Ok(Credentials::Bearer("abc"))), "{good}");
        }
        for bad in ["Bearer", "Bearer ", "Basic abc", "abc", ""] {
            // A wrong header is not mended by a cookie beside it.
            let parts = head(&[("authorization", bad), ("cookie", "adit_session=abc")]);
            assert!(Credentials::of(&parts).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cookie_is_found_among_others_and_the_host_bound_one_wins() {
        let parts = head(&[("cookie", "a=1; adit_session=plain;b=2"), ("cookie", "__Host-adit_session=bound")]);
        let Ok(Credentials::Session(session)) = Credentials::of(&parts) else { panic!("no session") };
        assert_eq!((session.secret, session.is_host_bound, session.is_write), ("bound", true, true));
        assert_eq!(cookie(&parts.headers, "adit_session"), Some("plain"));
        assert_eq!(cookie(&head(&[("cookie", "xadit_session=1")]).headers, "adit_session"), None);
        assert_eq!(cookie(&head(&[("cookie", "adit_session=")]).headers, "adit_session"), None);
    }

    #[test]
    fn only_a_page_of_this_host_counts_as_same_origin() {
        let check = |headers: &[(&str, &str)], expected: bool| {
            let parts = head(headers);
            assert_eq!(is_same_origin(&parts.headers, &parts.uri), expected, "{headers:?}");
        };
        check(&[("host", "adit.test:8080"), ("origin", "http://adit.test:8080")], true);
        check(&[("host", "adit.test"), ("origin", "https://ADIT.test")], true);
        check(&[("host", "adit.test"), ("origin", "https://evil.test")], false);
        check(&[("host", "adit.test"), ("origin", "https://adit.test.evil.test")], false);
        check(&[("host", "adit.test"), ("origin", "null"), ("sec-fetch-site", "same-origin")], false);
        check(&[("host", "adit.test"), ("sec-fetch-site", "same-origin")], true);
        check(&[("host", "adit.test"), ("sec-fetch-site", "same-site")], false);
        check(&[("host", "adit.test")], false);
    }
}
