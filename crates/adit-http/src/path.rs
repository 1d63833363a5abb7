//! From the raw request path to segments, and matching them against an operation's template.

use percent_encoding::percent_decode_str;

/// A path after its prefix, still percent-encoded per segment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RequestPath {
    /// The organization named by a `/{org}/{tenant}/reinfer_` prefix.
    pub(crate) organization: Option<String>,
    /// The tenant named by it.
    pub(crate) tenant: Option<String>,
    segments: Vec<String>,
}

/// Collections whose `owner/name` address some clients send as one segment, `owner%2Fname`.
const COLLECTIONS: &[&str] = &["sources", "datasets", "buckets", "integrations", "dashboards", "alerts", "bucket-sync-state"];

impl RequestPath {
    /// Splits a raw path: any prefix before `api` or `auth` goes, repeated slashes collapse, `owner%2Fname` becomes two.
    pub(crate) fn parse(raw: &str) -> Option<Self> {
        let parts: Vec<&str> = raw.split('/').filter(|part| !part.is_empty()).collect();
        let is_cloud_form = parts.get(2) == Some(&"reinfer_");
        let start = if is_cloud_form { 3 } else { parts.iter().position(|part| matches!(*part, "api" | "auth"))? };
        if !matches!(parts.get(start), Some(&"api" | &"auth")) {
            return None;
        }
        let (organization, tenant) = if is_cloud_form { (Some(decode(parts[0])), Some(decode(parts[1]))) } else { (None, None) };
        let mut segments: Vec<String> = Vec::with_capacity(parts.len() - start + 1);
        for (n, part) in parts[start..].iter().enumerate() {
            let follows_collection = n >= 1 && COLLECTIONS.contains(&parts[start + n - 1]);
            let halves = if follows_collection { split_encoded_slash(part) } else { None };
            match halves {
                Some((owner, name)) => segments.extend([owner.to_owned(), name.to_owned()]),
                None => segments.push((*part).to_owned()),
            }
        }
        // `keyed-sync-states%2F` is the trailing slash of that route, encoded by one client.
        if let Some(last) = segments.last_mut()
            && last.eq_ignore_ascii_case("keyed-sync-states%2F")
        {
            last.truncate("keyed-sync-states".len());
        }
        Some(Self { organization, tenant, segments })
    }
}

fn split_encoded_slash(part: &str) -> Option<(&str, &str)> {
    let at = part.find("%2F").or_else(|| part.find("%2f"))?;
    let (owner, rest) = part.split_at(at);
    let name = &rest[3..];
    if owner.is_empty() || name.is_empty() { None } else { Some((owner, name)) }
}

fn decode(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

#[derive(Debug, Clone)]
enum Part {
    Literal(&'static str),
    Prefixed(&'static str, &'static str),
    Parameter(&'static str),
}

/// A template such as `/api/v1/sources/{owner}/{source_name}`.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

/// Names and decoded values of a matched path.
pub(crate) type Parameters = Vec<(&'static str, String)>;

impl Template {
    /// The template itself and, where it addresses a resource by `owner/name`, its `id:{hex}` form (NOTES 2).
    pub(crate) fn variants(path: &'static str) -> Vec<Self> {
        let parts: Vec<Part> = path.split('/').filter(|part| !part.is_empty()).map(Part::parse).collect();
        let mut variants = vec![Self { parts: parts.clone() }];
        if path == "/api/v1/sources/{owner}/{source_name}/comments" {
            // The documentation's route table spells the deletion of comments `/messages` (BEHAVIOUR 6.4).
            variants.extend(Self::variants("/api/v1/sources/{owner}/{source_name}/messages"));
        }
        let address = parts.windows(2).position(|pair| {
            matches!(
                pair,
                [Part::Parameter("owner"), Part::Parameter("source_name" | "dataset_name" | "bucket_name" | "integration_name")]
            )
        });
        if let Some(at) = address {
            let mut by_id = parts;
            by_id.splice(at..at + 2, [Part::Prefixed("id:", "id")]);
            variants.push(Self { parts: by_id });
        }
        variants
    }

    /// The parameters if the path fits.
    pub(crate) fn matches(&self, path: &RequestPath) -> Option<Parameters> {
        if self.parts.len() != path.segments.len() {
            return None;
        }
        let mut parameters = Vec::new();
        for (part, segment) in self.parts.iter().zip(&path.segments) {
            match part {
                Part::Literal(text) if text == segment => {}
                Part::Literal(_) => return None,
                Part::Prefixed(prefix, name) => {
                    let value = decode(segment);
                    parameters.push((*name, value.strip_prefix(prefix)?.to_owned()));
                }
                Part::Parameter(name) => parameters.push((*name, decode(segment))),
            }
        }
        Some(parameters)
    }

    /// Orders templates that fit the same path: literals before prefixes before parameters, left to right.
    pub(crate) fn precedence(&self) -> Vec<u8> {
        let rank = |part: &Part| match part {
            Part::Literal(_) => 0,
            Part::Prefixed(..) => 1,
            Part::Parameter(_) => 2,
        };
        self.parts.iter().map(rank).collect()
    }
}

impl Part {
    fn parse(text: &'static str) -> Self {
        match text.split_once('{') {
            None => Self::Literal(text),
            Some(("", name)) => Self::Parameter(name.trim_end_matches('}')),
            Some((prefix, name)) => Self::Prefixed(prefix, name.trim_end_matches('}')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RequestPath, Template};

    fn parameters(template: &'static str, raw: &str) -> Option<String> {
        let path = RequestPath::parse(raw)?;
        let found = Template::variants(template).iter().find_map(|variant| variant.matches(&path))?;
        Some(found.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn every_spelling_of_an_address_reaches_the_operation() {
        let get = "/api/v1/sources/{owner}/{source_name}";
        for raw in [
            "/api/v1/sources/acme/desk",
            "/api/v1/sources/acme%2Fdesk",
            "//api//v1/sources/acme%2fdesk/",
            "/org/tenant/reinfer_/api/v1/sources/acme/desk",
            "/org/tenant/reinfer_//api/v1/sources/acme%2Fdesk",
            "/some/proxy/api/v1/sources/acme/desk",
        ] {
            assert_eq!(parameters(get, raw).as_deref(), Some("owner=acme source_name=desk"), "{raw}");
        }
        assert_eq!(parameters(get, "/api/v1/sources/id:18ba5ce699f8da1f").as_deref(), Some("id=18ba5ce699f8da1f"));
        assert_eq!(parameters(get, "/api/v1/sources/id%3A18ba").as_deref(), Some("id=18ba"));
        assert_eq!(parameters(get, "/api/v1/sources/acme"), None);
        assert_eq!(parameters(get, "/v1/sources/acme/desk"), None);
    }

    #[test]
    fn encoded_slashes_in_comment_ids_stay_in_the_id() {
        let get = "/api/v1/sources/{owner}/{source_name}/comments/{comment_id}";
        let found = parameters(get, "/api/v1/sources/acme%2Fdesk/comments/%3Ca%2Fb@c%3E");
        assert_eq!(found.as_deref(), Some("owner=acme source_name=desk comment_id=<a/b@c>"));
    }

    #[test]
    fn the_trailing_slash_of_keyed_sync_states_is_read_in_all_forms() {
        let list = "/api/_private/buckets/id:{raw_bucket_id}/keyed-sync-states/";
        for end in ["", "/", "%2F"] {
            let raw = format!("/api/_private/buckets/id:ab/keyed-sync-states{end}");
            assert_eq!(parameters(list, &raw).as_deref(), Some("raw_bucket_id=ab"), "{raw}");
        }
    }
}
