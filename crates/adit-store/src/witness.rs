//! Who watches a writing transaction: told when it begins and again right before it commits.
//!
//! What a witness writes is in the same transaction as the change it saw, so neither can be there without the other.

use adit_kernel::{Id, Result};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Tx;

/// Sees a transaction begin and end.
#[async_trait]
pub trait Witness: Send + Sync {
    /// The transaction has begun; nothing is changed yet.
    async fn begun(&self, tx: &mut Tx) -> Result<()>;

    /// The transaction is about to commit; what is written here commits with it, and an error here undoes all.
    async fn committing(&self, tx: &mut Tx) -> Result<()>;
}

/// The kinds of things a change can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Noun {
    /// A tenant.
    Tenant,
    /// A user.
    User,
    /// A project.
    Project,
    /// A source.
    Source,
    /// A dataset.
    Dataset,
    /// A stream.
    Stream,
}

/// A thing that a change is about, with what is needed to name it when it is gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// What it is.
    pub noun: Noun,
    /// Its id.
    pub id: Id,
    /// Its name; a user's username.
    pub name: String,
    /// Its title; a user's e-mail address.
    #[serde(default)]
    pub title: String,
    /// What it is in: the tenant of a user or project, the project of a source or dataset, the dataset of a stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Id>,
    /// What may be compared before and after; not kept.
    #[serde(skip)]
    pub state: Value,
}

/// What an operation says about its own change.
#[derive(Debug, Clone)]
pub enum Note {
    /// A thing it is about that its address does not name.
    About(Subject),
    /// A fact worth keeping.
    Fact(&'static str, Value),
}
