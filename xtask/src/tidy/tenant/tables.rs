//! The tables without a column `tenant_id`, and what their statements bind instead.

/// How the rows of a table are kept apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Each row belongs to something of one tenant, and a statement binds what it belongs to by one of these columns.
    /// Whoever calls has found that thing under its tenant; the isolation tests call everything to see that it has.
    Below(&'static [&'static str]),
    /// Rows of the deployment as a whole, which tell nothing of a tenant.
    Deployment,
}

impl Kept {
    pub(super) fn keys(&self) -> &'static [&'static str] {
        match self {
            Self::Below(keys) => keys,
            Self::Deployment => &[],
        }
    }
}

const DATASET: Kept = Kept::Below(&["dataset_id"]);
const USER: Kept = Kept::Below(&["user_id"]);
/// Positions of comments are given out once in the deployment, and callers are never asked for one.
const COMMENT: Kept = Kept::Below(&["comment_seq"]);

/// The tables, by name. One that is not here has a column `tenant_id`, which its statements bind.
const TABLES: &[(&str, Kept)] = &[
    ("annotation_labels", DATASET),
    ("annotations", DATASET),
    // Also found by its id, which stands in access tokens that only our key can have signed.
    ("application_secrets", Kept::Below(&["user_id", "id"])),
    // Who tries to sign in, by address and for all tenants together.
    ("attempt_budgets", Kept::Below(&["address"])),
    // The counter that gives positions to comments.
    ("comment_positions", Kept::Deployment),
    ("comments", Kept::Below(&["source_id", "seq"])),
    ("dataset_sources", Kept::Below(&["dataset_id", "source_id"])),
    ("embeddings", COMMENT),
    ("field_ranks", DATASET),
    ("generated_labels", DATASET),
    // The queue knows no tenants: what a job or an event is about stands in its text.
    ("jobs", Kept::Deployment),
    // Found by the digest of a secret with 256 random bits: who has the secret is let in by it, whatever the tenant.
    ("known_devices", Kept::Below(&["user_id", "lookup"])),
    ("label_groups", DATASET),
    ("labels", DATASET),
    ("model_fields", DATASET),
    ("model_sentiments", DATASET),
    ("model_tags", DATASET),
    ("models", DATASET),
    ("one_time_links", Kept::Below(&["user_id", "lookup"])),
    ("outbox", Kept::Deployment),
    ("passwords", USER),
    ("predicted_comments", DATASET),
    ("predicted_fields", DATASET),
    ("predicted_labels", DATASET),
    ("predicted_ranks", DATASET),
    ("predicted_scores", DATASET),
    ("recovery_codes", USER),
    ("reviewed_doubts", DATASET),
    ("scored_datasets", DATASET),
    ("search_index", COMMENT),
    ("searched_comments", COMMENT),
    ("second_factors", USER),
    ("seen_training_comments", DATASET),
    ("sessions", Kept::Below(&["user_id", "lookup"])),
    // An account here is a digest of tenant and name together.
    ("sign_in_failures", Kept::Below(&["account"])),
    // The keys of the one issuer of the deployment.
    ("signing_keys", Kept::Deployment),
    ("stream_exceptions", Kept::Below(&["stream_id"])),
    ("streams", DATASET),
    // The list of tenants itself.
    ("tenants", Kept::Deployment),
    ("theme_sets", DATASET),
    ("tokens", Kept::Below(&["user_id", "lookup"])),
];

/// How a table without a tenant is kept.
pub(super) fn kept(table: &str) -> Option<&'static Kept> {
    TABLES.iter().find(|(name, _)| *name == table).map(|(_, kept)| kept)
}

/// The tables that a migration makes: line, name and columns.
pub(super) fn made(sql: &str) -> Vec<(usize, String, Vec<String>)> {
    let mut made: Vec<(usize, String, Vec<String>)> = Vec::new();
    let mut is_inside = false;
    for (idx, line) in sql.lines().enumerate() {
        if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
            let name = rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or_default();
            made.push((idx + 1, name.to_owned(), Vec::new()));
            is_inside = true;
        } else if line.starts_with(')') {
            is_inside = false;
        } else if is_inside && let Some((_, _, columns)) = made.last_mut() {
            columns.extend(line.split_whitespace().next().map(str::to_owned));
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::{TABLES, made};

    #[test]
    fn the_list_is_sorted_and_says_a_thing_once() {
        assert!(TABLES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn a_table_is_read_with_its_columns() {
        let sql = "-- A\nCREATE TABLE x (\n    a BIGINT,\n    b_c TEXT\n);\nCREATE INDEX i ON x (a);\nCREATE TABLE y (\n    d BIGINT\n);\n";
        let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(made(sql), [(2, "x".to_owned(), columns(&["a", "b_c"])), (7, "y".to_owned(), columns(&["d"]))]);
    }
}
