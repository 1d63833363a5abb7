//! Functions whose statements bind neither a tenant nor a thing of one, each with the reason.

/// File below `crates/`, function, reason.
const FUNCTIONS: &[(&str, &str, &str)] = &[
    ("adit-corpus/src/comments/store.rs", "seq_before_created", "a time at a place of the one order of comments"),
    ("adit-corpus/src/comments/store/write.rs", "replace", "rows of values: positions that were found under the locked source"),
    ("adit-corpus/src/sources/store.rs", "all_source_ids", "jobs for all tenants"),
    ("adit-corpus/src/sources/store.rs", "language_of", "a job, which carries the id of its own source"),
    ("adit-datasets/src/datasets/store.rs", "dataset_by_id", "jobs, which carry the id of their own dataset"),
    ("adit-datasets/src/store.rs", "count_of_families", "a number over all tenants, for the operator"),
    ("adit-datasets/src/usage/store.rs", "tenant_of", "tells the tenant of a dataset that was found under it"),
    ("adit-generative/src/llm/store.rs", "keep", "drops what is old in all tenants; what is kept binds the tenant"),
    ("adit-identity/src/applications/store.rs", "by_client_id", "the id that an application shows is what tells the tenant"),
    ("adit-identity/src/sessions/store.rs", "delete_ended", "drops what is old in all tenants"),
    ("adit-identity/src/sessions/store.rs", "touch", "the session whose secret was just shown"),
    ("adit-identity/src/sign_in/store.rs", "forget_before", "drops what is old in all tenants"),
    ("adit-identity/src/sign_in/store.rs", "forget_full", "addresses that have their budget back, which belong to no tenant"),
    (
        "adit-insight/src/search/store.rs",
        "forget",
        "a job, over positions of its own source; the key differs between the engines",
    ),
    ("adit-insight/src/search/store.rs", "forget_all", "has everything derived computed again"),
    ("adit-insight/src/search/store.rs", "found", "positions, each of which is then looked for in the dataset's own sources"),
    ("adit-insight/src/search/store.rs", "orphans", "drops what is gone in all tenants"),
    ("adit-insight/src/search/store.rs", "versions", "a job, over the positions of its own source"),
    ("adit-models/src/encoders/store.rs", "in_use", "a job for all tenants"),
    ("adit-models/src/models/store.rs", "let_go", "whether any model at all still needs a blob, which is found by its content"),
    ("adit-models/src/predictions/store.rs", "vector_hashes", "a job, over the positions of its own source"),
    ("adit-models/src/rebuild/store.rs", "datasets_with_models", "has everything derived computed again"),
    ("adit-models/src/rebuild/store.rs", "forget", "has everything derived computed again"),
    ("adit-tenancy/src/mail/store.rs", "seal_older", "seals what was queued before there were keys, in all tenants"),
    ("adit-tenancy/src/mail/store.rs", "tried", "a job, which carries the id of its own mail"),
    ("adit-tenancy/src/mail/store.rs", "unsent", "a job, which carries the id of its own mail"),
    ("adit-tenancy/src/mail/store.rs", "waiting", "the queue of all tenants, for the operator"),
    ("adit-tenancy/src/tenants/store.rs", "of_domain", "finds the tenant that a domain belongs to"),
    ("adit-tenancy/src/tenants/store.rs", "set_domains", "a domain belongs to one tenant of the deployment"),
    ("adit-tenancy/src/tokens/store.rs", "ended_by_lookup", "found by the digest of the token; the row tells the tenant"),
    ("adit-tenancy/src/tokens/store.rs", "forget_ended", "drops what is old in all tenants"),
];

/// Why a function may do without, if it may.
pub(super) fn reason(path: &str, function: &str) -> Option<&'static str> {
    let path = path.strip_prefix("crates/")?;
    FUNCTIONS.iter().find(|(file, name, _)| *file == path && *name == function).map(|(_, _, reason)| *reason)
}

/// Functions on the list that are not in a file, or need it no more.
pub(super) fn idle(path: &str, in_need: &[&str]) -> Vec<&'static str> {
    let Some(path) = path.strip_prefix("crates/") else { return Vec::new() };
    let listed = FUNCTIONS.iter().filter(|(file, ..)| *file == path).map(|(_, name, _)| *name);
    listed.filter(|name| !in_need.contains(name)).collect()
}

/// The files on the list.
#[cfg(test)]
pub(super) fn files() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|(file, ..)| *file)
}

#[cfg(test)]
mod tests {
    use super::FUNCTIONS;

    #[test]
    fn the_list_is_sorted_and_every_entry_has_a_reason() {
        assert!(FUNCTIONS.windows(2).all(|pair| (pair[0].0, pair[0].1) < (pair[1].0, pair[1].1)));
        assert!(FUNCTIONS.iter().all(|(_, _, reason)| reason.len() > 10));
    }
}
