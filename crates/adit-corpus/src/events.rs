//! What this area tells the others, in the transaction in which it happened.

use adit_jobs::Event;
use adit_kernel::Id;
use serde::{Deserialize, Serialize};

/// Comments of a source are new, or what models read of them changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommentsWritten {
    /// The source.
    pub source_id: Id,
}

impl Event for CommentsWritten {
    const TOPIC: &'static str = "comments-written";
}

/// Comments of a source changed in what models do not read: properties, attachments, signatures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommentsTouched {
    /// The source.
    pub source_id: Id,
}

impl Event for CommentsTouched {
    const TOPIC: &'static str = "comments-touched";
}

/// Comments of a source were deleted, with everything said about them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommentsDeleted {
    /// The source.
    pub source_id: Id,
}

impl Event for CommentsDeleted {
    const TOPIC: &'static str = "comments-deleted";
}

/// A source was deleted, with all its comments.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SourceDeleted {
    /// Its tenant.
    pub tenant_id: Id,
    /// Its project.
    pub owner: String,
    /// The source.
    pub source_id: Id,
}

impl Event for SourceDeleted {
    const TOPIC: &'static str = "source-deleted";
}
