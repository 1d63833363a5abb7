//! Permission names of the wire and what each one implies (BEHAVIOUR 3).

use std::collections::{BTreeMap, BTreeSet};

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
    /// See buckets.
    BUCKETS_READ = "buckets-read";
    /// Create, change and delete buckets.
    BUCKETS_WRITE = "buckets-write";
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

/// Permissions that are held in a project, by their wire names; older spellings included.
pub const PROJECT_PERMISSIONS: &[&str] = &[
    "sources-read",
    "sources-read-sensitive",
    "sources-add-comments",
    "sources-admin",
    "sources-translate",
    "voc-readonly",
    "datasets-review",
    "voc",
    "datasets-admin",
    "datasets-model-admin",
    "datasets-export",
    "dashboards-write",
    "triggers-read",
    "triggers-write",
    "triggers-consume",
    "triggers-admin",
    "streams-read",
    "streams-write",
    "streams-consume",
    "streams-admin",
    "users-read",
    "users-write",
    "buckets-read",
    "buckets-write",
    "buckets-items-read",
    "buckets-append",
    "files-write",
    "appliance-config-read",
    "appliance-config-write",
    "integrations-read",
    "integrations-write",
    "alerts-read",
    "alerts-write",
    "role-cm-viewer",
    "role-cm-analyst",
    "role-cm-model-trainer",
    "role-cm-developer",
    "role-cm-automation-user",
    "role-cm-project-admin",
];

/// Permissions that are held in the whole tenant, by their wire names.
pub const GLOBAL_PERMISSIONS: &[&str] = &[
    "root",
    "debug",
    "demo",
    "audit-read",
    "artefacts-read",
    "dialog",
    "feature-qos",
    "feature-pretrained-labels",
    "subscriptions-read",
    "projects-admin",
    "tenant-admin",
    "tenant-users-read",
    "tenant-quota-read",
    "tenant-quota-write",
    "support-tenant-admin",
    "support-users-write",
    "deployment-quota-read",
    "deployment-quota-write",
    "role-cm-tenant-admin",
    "role-cm-audit-viewer",
];

/// Direct implications: holding the left means holding the right.
const IMPLIES: &[(&str, &[&str])] = &[
    ("sources-read-sensitive", &["sources-read"]),
    ("sources-admin", &["sources-read-sensitive"]),
    ("datasets-review", &["voc-readonly"]),
    ("voc", &["voc-readonly"]),
    ("datasets-admin", &["voc"]),
    ("datasets-model-admin", &["voc-readonly"]),
    // Two spellings of one thing: the schema's and the command-line client's (BEHAVIOUR 11).
    ("triggers-read", &["streams-read"]),
    ("triggers-write", &["triggers-read", "streams-write"]),
    ("triggers-consume", &["triggers-read", "streams-consume"]),
    ("triggers-admin", &["triggers-write", "streams-admin"]),
    ("streams-read", &["triggers-read"]),
    ("streams-write", &["triggers-write"]),
    ("streams-consume", &["triggers-consume"]),
    ("streams-admin", &["triggers-admin"]),
    ("users-write", &["users-read"]),
    ("buckets-write", &["buckets-read"]),
    ("appliance-config-write", &["appliance-config-read"]),
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
    ("role-cm-automation-user", &["sources-add-comments", "voc-readonly", "sources-read", "triggers-consume"]),
    ("role-cm-tenant-admin", &["tenant-admin"]),
    ("role-cm-audit-viewer", &["audit-read"]),
    ("tenant-admin", &["role-cm-tenant-admin", "audit-read", "tenant-users-read", "tenant-quota-write", "projects-admin"]),
    ("tenant-quota-write", &["tenant-quota-read"]),
    ("deployment-quota-write", &["deployment-quota-read"]),
    (
        "root",
        &[
            "tenant-admin",
            "support-tenant-admin",
            "support-users-write",
            "deployment-quota-write",
            "artefacts-read",
            "debug",
            "demo",
            "dialog",
            "feature-qos",
            "feature-pretrained-labels",
            "role-cm-audit-viewer",
            "subscriptions-read",
        ],
    ),
];

/// A tenant's own roles: what each name grants.
pub type Roles = BTreeMap<String, Vec<String>>;

/// The permissions in `held` with everything they imply, transitively. Unknown names pass through.
pub fn expand_permissions<'a>(held: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    static NO_ROLES: Roles = Roles::new();
    expand_with(held, &NO_ROLES)
}

/// The same where a tenant has roles of its own.
pub fn expand_with<'a>(held: impl IntoIterator<Item = &'a str>, roles: &'a Roles) -> BTreeSet<String> {
    let mut expanded = BTreeSet::new();
    let mut open: Vec<&str> = held.into_iter().collect();
    while let Some(name) = open.pop() {
        if !expanded.insert(name.to_owned()) {
            continue;
        }
        if let Some((_, implied)) = IMPLIES.iter().find(|(left, _)| *left == name) {
            open.extend_from_slice(implied);
        }
        open.extend(roles.get(name).into_iter().flatten().map(String::as_str));
    }
    expanded
}

/// The fewest permissions that mean the same as `held`, in the given order. Of names that imply one another the first stays.
pub fn reduce_permissions(held: &[String], roles: &Roles) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for name in held {
        if !kept.contains(name) {
            kept.push(name.clone());
        }
    }
    let mut idx = kept.len();
    while idx > 0 {
        idx -= 1;
        let others = kept.iter().enumerate().filter(|(n, _)| *n != idx).map(|(_, name)| name.as_str());
        if expand_with(others, roles).contains(&kept[idx]) {
            kept.remove(idx);
        }
    }
    kept
}

/// Whether a name belongs to the permissions known here, of a project or of the whole tenant.
pub fn is_known_permission(name: &str) -> bool {
    PROJECT_PERMISSIONS.contains(&name) || GLOBAL_PERMISSIONS.contains(&name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names() -> impl Strategy<Value = Vec<String>> {
        let known: Vec<&str> = PROJECT_PERMISSIONS.iter().chain(GLOBAL_PERMISSIONS).copied().collect();
        let name = prop_oneof![
            8 => prop::sample::select(known).prop_map(str::to_owned),
            1 => "role-own-[ab]",
            1 => "[a-z]{1,6}",
        ];
        prop::collection::vec(name, 0..8)
    }

    fn roles() -> impl Strategy<Value = Roles> {
        (names(), names()).prop_map(|(a, b)| Roles::from([("role-own-a".to_owned(), a), ("role-own-b".to_owned(), b)]))
    }

    fn expand(held: &[String], roles: &Roles) -> BTreeSet<String> {
        expand_with(held.iter().map(String::as_str), roles)
    }

    proptest! {
        #[test]
        fn implication_keeps_what_is_held_and_is_idempotent(held in names(), roles in roles()) {
            let once = expand(&held, &roles);
            prop_assert!(held.iter().all(|name| once.contains(name)));
            let again: Vec<String> = once.iter().cloned().collect();
            prop_assert_eq!(expand(&again, &roles), once);
        }

        #[test]
        fn implication_is_monotone(held in names(), more in names(), roles in roles()) {
            let both: Vec<String> = held.iter().chain(&more).cloned().collect();
            prop_assert!(expand(&held, &roles).is_subset(&expand(&both, &roles)));
        }

        #[test]
        fn implication_is_transitive_and_splits_over_union(held in names(), more in names(), roles in roles()) {
            for name in &expand(&held, &roles) {
                prop_assert!(expand(std::slice::from_ref(name), &roles).is_subset(&expand(&held, &roles)));
            }
            let both: Vec<String> = held.iter().chain(&more).cloned().collect();
            let union: BTreeSet<String> = expand(&held, &roles).union(&expand(&more, &roles)).cloned().collect();
            prop_assert_eq!(expand(&both, &roles), union);
        }

        #[test]
        fn reduction_means_the_same_with_nothing_to_spare(held in names(), roles in roles()) {
            let reduced = reduce_permissions(&held, &roles);
            prop_assert_eq!(expand(&reduced, &roles), expand(&held, &roles));
            for idx in 0..reduced.len() {
                let mut fewer = reduced.clone();
                fewer.remove(idx);
                prop_assert_ne!(expand(&fewer, &roles), expand(&held, &roles));
            }
        }
    }

    #[test]
    fn implications_are_transitive_and_unknown_names_pass() {
        let expanded = expand_permissions(["sources-admin", "brand-new"]);
        assert!(expanded.contains("sources-read"));
        assert!(expanded.contains("brand-new"));
        assert!(!expanded.contains("voc"));
    }

    #[test]
    fn the_two_spellings_of_streams_are_one_permission() {
        for right in ["read", "write", "consume", "admin"] {
            let (old, new) = (format!("triggers-{right}"), format!("streams-{right}"));
            assert_eq!(expand_permissions([old.as_str()]), expand_permissions([new.as_str()]), "{right}");
        }
    }

    #[test]
    fn everything_implied_is_known_and_no_project_permission_reaches_the_tenant() {
        for (left, implied) in IMPLIES {
            assert!(is_known_permission(left) && implied.iter().all(|name| is_known_permission(name)), "{left}");
        }
        for held in PROJECT_PERMISSIONS {
            let expanded = expand_permissions([*held]);
            assert!(expanded.iter().all(|name| PROJECT_PERMISSIONS.contains(&name.as_str())), "{held}: {expanded:?}");
        }
    }

    #[test]
    fn root_means_every_permission_of_the_tenant_and_an_administrator_none_of_the_deployment() {
        assert!(GLOBAL_PERMISSIONS.iter().all(|name| expand_permissions(["root"]).contains(*name)));
        let admin = expand_permissions(["role-cm-tenant-admin"]);
        for name in ["root", "debug", "support-tenant-admin", "support-users-write", "deployment-quota-read"] {
            assert!(!admin.contains(name), "{name}");
        }
    }
}
