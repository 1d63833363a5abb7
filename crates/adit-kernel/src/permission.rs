//! Permission names of the wire and what each one implies (BEHAVIOUR 3).

use std::collections::BTreeSet;

/// The wire name of a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Permission(pub &'static str);

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $wire:literal;)*) => {
        impl Permission { $($(#[$doc])* pub const $name: Permission = Permission($wire);)* }
    };
}

permissions! {
    /// See sources and the comments in them.
    SOURCES_READ = "sources-read";
    /// Also see sensitive user properties.
    SOURCES_READ_SENSITIVE = "sources-read-sensitive";
    /// Create, update and delete comments.
    SOURCES_ADD_COMMENTS = "sources-add-comments";
    /// Create, modify and delete sources.
    SOURCES_ADMIN = "sources-admin";
    /// See datasets, annotations and predictions.
    DATASETS_READ = "voc-readonly";
    /// Annotate.
    DATASETS_REVIEW = "datasets-review";
    /// Change taxonomy, names and sources of a dataset.
    DATASETS_WRITE = "voc";
    /// Create and delete datasets.
    DATASETS_ADMIN = "datasets-admin";
    /// Pin, unpin and tag models.
    MODELS_ADMIN = "datasets-model-admin";
    /// Export a dataset.
    DATASETS_EXPORT = "datasets-export";
    /// See streams.
    STREAMS_READ = "triggers-read";
    /// Update streams.
    STREAMS_WRITE = "triggers-write";
    /// Create and delete streams.
    STREAMS_ADMIN = "triggers-admin";
    /// Fetch, advance and reset streams; tag exceptions.
    STREAMS_CONSUME = "triggers-consume";
    /// List the users of a project.
    USERS_READ = "users-read";
    /// Create and delete projects, manage users (global).
    TENANT_ADMIN = "tenant-admin";
    /// Change the permissions of users in a project.
    USERS_WRITE = "users-write";
    /// List the users of the tenant (global).
    TENANT_USERS_READ = "tenant-users-read";
    /// Read the audit log (global).
    AUDIT_READ = "audit-read";
    /// Let users of other tenants into the tenant (global).
    SUPPORT_USERS_WRITE = "support-users-write";
    /// Create, change and delete tenants of the deployment (global).
    SUPPORT_TENANT_ADMIN = "support-tenant-admin";
    /// See the tenant's quotas (global).
    TENANT_QUOTA_READ = "tenant-quota-read";
    /// Raise the tenant's quotas up to what the deployment allows (global).
    TENANT_QUOTA_WRITE = "tenant-quota-write";
    /// See the quotas of any tenant (global).
    DEPLOYMENT_QUOTA_READ = "deployment-quota-read";
    /// Set the quotas of any tenant (global).
    DEPLOYMENT_QUOTA_WRITE = "deployment-quota-write";
    /// Everything (global).
    ROOT = "root";
}

/// Direct implications: holding the left means holding the right.
const IMPLIES: &[(&str, &[&str])] = &[
    ("sources-read-sensitive", &["sources-read"]),
    ("sources-admin", &["sources-read-sensitive"]),
    ("datasets-review", &["voc-readonly"]),
    ("voc", &["voc-readonly"]),
    ("datasets-admin", &["voc"]),
    ("datasets-model-admin", &["voc-readonly"]),
    ("triggers-write", &["triggers-read"]),
    ("triggers-consume", &["triggers-read"]),
    ("triggers-admin", &["triggers-write"]),
    ("streams-read", &["triggers-read"]),
    ("streams-write", &["triggers-write"]),
    ("streams-consume", &["triggers-consume"]),
    ("streams-admin", &["triggers-admin"]),
    ("users-write", &["users-read"]),
    ("buckets-write", &["buckets-read"]),
    ("integrations-write", &["integrations-read"]),
    ("alerts-write", &["alerts-read"]),
    ("role-cm-viewer", &["alerts-read", "voc-readonly", "integrations-read", "sources-read", "triggers-read"]),
    ("role-cm-analyst", &["role-cm-viewer", "alerts-write", "dashboards-write"]),
    (
        "role-cm-model-trainer",
        &[
            "alerts-read",
            "datasets-review",
            "voc",
            "datasets-model-admin",
            "integrations-read",
            "sources-read-sensitive",
            "triggers-read",
        ],
    ),
    (
        "role-cm-developer",
        &[
            "alerts-read",
            "appliance-config-write",
            "buckets-append",
            "buckets-read",
            "sources-add-comments",
            "datasets-export",
            "integrations-write",
            "datasets-model-admin",
            "sources-admin",
            "triggers-consume",
            "triggers-admin",
            "voc-readonly",
        ],
    ),
    (
        "role-cm-project-admin",
        &[
            "alerts-write",
            "appliance-config-write",
            "buckets-append",
            "buckets-write",
            "sources-add-comments",
            "datasets-export",
            "datasets-admin",
            "datasets-review",
            "datasets-model-admin",
            "integrations-write",
            "sources-admin",
            "triggers-consume",
            "triggers-admin",
            "users-write",
            "dashboards-write",
        ],
    ),
    ("role-cm-tenant-admin", &["tenant-admin"]),
    ("tenant-admin", &["audit-read", "tenant-users-read", "tenant-quota-read", "tenant-quota-write", "projects-admin"]),
];

/// The permissions in `held` with everything they imply, transitively. Unknown names pass through.
pub fn expand_permissions<'a>(held: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut expanded = BTreeSet::new();
    let mut open: Vec<&str> = held.into_iter().collect();
    while let Some(name) = open.pop() {
        if !expanded.insert(name.to_owned()) {
            continue;
        }
        if let Some((_, implied)) = IMPLIES.iter().find(|(left, _)| *left == name) {
            open.extend_from_slice(implied);
        }
    }
    expanded
}

#[cfg(test)]
mod tests {
    use super::expand_permissions;

    #[test]
    fn implications_are_transitive_and_unknown_names_pass() {
        let expanded = expand_permissions(["sources-admin", "brand-new"]);
        assert!(expanded.contains("sources-read"));
        assert!(expanded.contains("brand-new"));
        assert!(!expanded.contains("voc"));
    }
}
