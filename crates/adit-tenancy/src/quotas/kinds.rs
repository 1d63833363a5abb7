//! The kinds of quotas, and what a tenant may have unless somebody says otherwise.

use adit_kernel::{Error, Result};

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $wire:literal, $limit:literal;)*) => {
        /// A kind of quota.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// Every kind, in the contract's order.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),*];

            /// The wire name.
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$kind => $wire,)* }
            }

            /// The limit of a tenant for which nobody set one. Clients read 32 bits.
            pub const fn default_limit(self) -> i64 {
                match self { $(Kind::$kind => $limit,)* }
            }
        }
    };
}

kinds! {
    /// Alerts of the tenant.
    Alerts = "alerts", 1_000;
    /// Buckets of the tenant.
    Buckets = "buckets", 1_000;
    /// Comments in all sources.
    Comments = "comments", 100_000_000;
    /// Comments in one source.
    CommentsPerSource = "comments_per_source", 50_000_000;
    /// Documents in runtime sources.
    CommentsInIxpRuntime = "comments_in_ixp_runtime", 10_000_000;
    /// Documents in design-time sources.
    CommentsInIxpDesigntime = "comments_in_ixp_designtime", 1_000_000;
    /// Datasets of the tenant.
    Datasets = "datasets", 1_000;
    /// Datasets over one source.
    DatasetsPerSource = "datasets_per_source", 100;
    /// Entity definitions of one dataset.
    EntitiesPerDataset = "entities_per_dataset", 1_024;
    /// Integrations of the tenant.
    Integrations = "integrations", 1_000;
    /// Labels of one dataset.
    LabelsPerDataset = "labels_per_dataset", 2_000;
    /// Mailboxes of one integration.
    MailboxesPerIntegration = "mailboxes_per_integration", 10_000;
    /// Pinned versions of one dataset.
    PinnedModels = "pinned_models", 100;
    /// Projects of the tenant.
    Projects = "projects", 1_000;
    /// Reviewed comments of one dataset.
    ReviewedCommentsPerDataset = "reviewed_comments_per_dataset", 1_000_000;
    /// Sources of the tenant.
    Sources = "sources", 5_000;
    /// Sources of one dataset.
    SourcesPerDataset = "sources_per_dataset", 1_024;
    /// Streams of the tenant.
    Triggers = "triggers", 5_000;
    /// Streams of one dataset.
    TriggersPerDataset = "triggers_per_dataset", 500;
    /// Users of the tenant.
    Users = "users", 10_000;
    /// Documents whose fields were predicted.
    ExtractionPredictions = "extraction_predictions", 1_000_000_000;
}

impl Kind {
    /// The kind of that wire name.
    ///
    /// # Errors
    /// Invalid for another name.
    pub fn parse(name: &str) -> Result<Self> {
        let found = Self::ALL.iter().find(|kind| kind.name() == name);
        found.copied().ok_or_else(|| {
            let all: Vec<String> = Self::ALL.iter().map(|kind| format!("'{}'", kind.name())).collect();
            Error::invalid(format!("'{name}' is not one of [{}]", all.join(", ")))
        })
    }
}
