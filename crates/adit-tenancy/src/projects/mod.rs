//! A project is the permissioned workspace that owns sources, datasets and buckets. Its name never changes.

mod create;
mod delete;
mod get;
mod list;
mod list_v1;
mod resource_counts;
mod store;
mod update;
mod wire;

use adit_http::Operation;
use adit_kernel::{Id, Result};
use adit_store::{Noun, Subject, Tx};
use futures_util::future::BoxFuture;
use serde_json::json;

pub use store::exists;
pub(crate) use store::{NewProject, count, insert};

/// Counts one kind of resource of a project; higher areas provide these.
pub type Counter = for<'a> fn(&'a mut Tx, Id, &'a str) -> BoxFuture<'a, Result<i64>>;

/// What can be inside a project, in the order in which it is reported. A service of the environment.
#[derive(Clone, Default)]
pub struct ResourceCounters(pub Vec<(&'static str, Counter)>);

/// The operations on projects.
pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![
        &list::OPERATION,
        &list_v1::OPERATION,
        &get::OPERATION,
        &create::OPERATION,
        &update::OPERATION,
        &delete::OPERATION,
        &resource_counts::OPERATION,
    ]
}

/// The project as the subject of a change.
pub async fn subject(tx: &mut Tx, tenant: Id, name: &str) -> Result<Option<Subject>> {
    let found = store::by_name(tx, tenant, name).await?;
    Ok(found.map(|project| Subject {
        noun: Noun::Project,
        id: project.id,
        state: json!({
            "title": project.title, "description": project.description, "user_auto_join": project.user_auto_join,
        }),
        name: project.name,
        title: project.title,
        parent: Some(tenant),
    }))
}

/// How much of everything a project holds, by resource name.
pub(crate) async fn count_all(
    tx: &mut Tx,
    counters: &ResourceCounters,
    tenant: Id,
    project: &str,
) -> Result<Vec<(&'static str, i64)>> {
    let mut counts = Vec::new();
    for (noun, count) in &counters.0 {
        counts.push((*noun, count(tx, tenant, project).await?));
    }
    Ok(counts)
}
