//! Sources: named collections of comments in a project.

mod create;
mod delete;
mod get;
mod get_by_id;
mod list_all;
mod list_in_project;
mod rules;
mod statistics;
mod store;
#[cfg(test)]
mod tests;
mod threads;
mod update;
mod wire;

use adit_http::{Caller, Operation};
use adit_kernel::{Id, Permission, Result};
use adit_store::Tx;

pub use store::{Source, all_source_ids, count_sources, language_of, source_at, source_by_id, sources_by_ids};

use crate::comments::CommentView;

pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![
        &list_all::OPERATION,
        &list_in_project::OPERATION,
        &get::OPERATION,
        &get_by_id::OPERATION,
        &create::OPERATION,
        &update::OPERATION,
        &delete::OPERATION,
        &statistics::OPERATION,
        &threads::OPERATION,
    ]
}

/// Those of the sources whose comments the caller may not read: a dataset may have sources of other projects, and what a
/// caller may do in the dataset's own says nothing about theirs.
///
/// # Errors
/// When the database fails.
pub async fn unreadable_sources(tx: &mut Tx, caller: &Caller, ids: &[Id]) -> Result<Vec<Id>> {
    let sources = store::sources_by_ids(tx, caller.tenant_id, ids).await?;
    let is_hidden = |source: &&Source| !caller.may(Permission::SOURCES_READ, &source.owner);
    Ok(sources.iter().filter(is_hidden).map(|source| source.id).collect())
}

/// How `caller` sees the comments of `source`: sensitive properties need a permission of their own.
pub fn view_for(caller: &Caller, source: &Source, include_markup: bool) -> CommentView {
    let sees_all = caller.may(Permission::SOURCES_READ_SENSITIVE, &source.owner);
    let hidden_properties = if sees_all { Vec::new() } else { source.sensitive_properties.clone() };
    CommentView { include_markup, has_annotations: false, hidden_properties }
}
