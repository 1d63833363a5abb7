//! Which operation of the contract answers a concrete path: the spellings undone, the templates matched.

use adit_testing::contract::{Contract, Route};

/// Collections whose resources are addressed by `owner/name`, `owner%2Fname` or `id:{hex}`.
const ADDRESSED: [&str; 4] = ["sources", "datasets", "buckets", "integrations"];

/// The operation a request means, if the contract has it.
pub(crate) fn operation(method: &str, path: &str) -> Option<&'static Route> {
    let segments = segments(path);
    let routes = Contract::shared().routes().iter();
    let mut fits: Vec<_> = routes.filter(|route| route.method == method && matches(&route.path, &segments)).collect();
    // The template with the most fixed text is meant: `id:{source_id}` before `{owner}`.
    fits.sort_by_key(|route| route.path.matches('{').count());
    fits.first().copied()
}

/// The segments of a path without query, doubled slashes and tenant prefix, each address as two segments.
fn segments(path: &str) -> Vec<String> {
    let path = path.split('?').next().unwrap_or_default();
    let mut parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    if parts.get(2).is_some_and(|part| part == "reinfer_") {
        parts.drain(..3);
    }
    for part in &mut parts {
        *part = part.replace("id%3A", "id:").replace("id%3a", "id:");
    }
    if let [api, _, collection, address, ..] = parts.as_slice()
        && api == "api"
        && ADDRESSED.contains(&collection.as_str())
        && let Some((owner, name)) = address.split_once("%2F").or_else(|| address.split_once("%2f"))
    {
        let halves = [owner.to_owned(), name.to_owned()];
        parts.splice(3..4, halves);
    }
    parts
}

fn matches(template: &str, segments: &[String]) -> bool {
    let mut rest = segments;
    for (idx, pattern) in template.split('/').filter(|part| !part.is_empty()).enumerate() {
        let Some((segment, tail)) = rest.split_first() else { return false };
        let is_owner = idx == 3 && pattern == "{owner}";
        // `id:{hex}` stands for the owner and the name together.
        if is_owner && segment.starts_with("id:") {
            continue;
        }
        let fits = match pattern.split_once('{') {
            Some((fixed, _)) => segment.starts_with(fixed),
            None => segment == pattern,
        };
        if !fits {
            return false;
        }
        rest = tail;
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_means_the_same_operation() {
        let check = |method: &str, path: &str, expected: Option<&str>| {
            assert_eq!(operation(method, path).map(|route| route.operation_id.as_str()), expected, "{method} {path}");
        };
        check("GET", "/api/v1/sources/a/b", Some("get_source"));
        check("GET", "/api/v1/sources/a%2Fb", Some("get_source"));
        check("GET", "/org/tenant/reinfer_//api/v1/sources/a%2Fb?x=/y", Some("get_source"));
        check("GET", "/api/v1/sources/id:18ba5ce699f8da1f", Some("get_source_by_id"));
        check("POST", "/api/v1/sources/id:18ba5ce699f8da1f/sync", Some("sync_comments"));
        check("POST", "/api/v1/sources/a/b/sync", Some("sync_comments"));
        check("GET", "/api/v1/nothing", None);
    }
}
