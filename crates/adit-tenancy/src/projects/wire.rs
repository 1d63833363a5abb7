//! JSON shapes of projects.

use adit_kernel::{Id, Timestamp};
use serde::{Deserialize, Serialize};

/// `Project`.
#[derive(Debug, Serialize)]
pub(super) struct Project {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) user_auto_join: bool,
}

/// `ProjectV1`.
#[derive(Debug, Serialize)]
pub(super) struct ProjectV1 {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) description: String,
}

/// `ProjectNew`: every field may be left out.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ProjectNew {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) user_auto_join: Option<bool>,
}

/// `CreateProjectRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct CreateProjectRequest {
    pub(super) project: ProjectNew,
    pub(super) user_ids: Option<Vec<Id>>,
    pub(super) uipath_user_ids: Option<Vec<String>>,
}

/// `UpdateProjectRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct UpdateProjectRequest {
    pub(super) project: ProjectNew,
}

/// A reply with one project.
#[derive(Debug, Serialize)]
pub(super) struct ProjectResponse {
    pub(super) project: Project,
}

/// A reply with all projects.
#[derive(Debug, Serialize)]
pub(super) struct ProjectsResponse<T> {
    pub(super) projects: Vec<T>,
}

/// `GetProjectResourceCountsResponse`.
#[derive(Debug, Default, Serialize)]
pub(super) struct ResourceCountsResponse {
    pub(super) buckets: i64,
    pub(super) dashboards: i64,
    pub(super) datasets: i64,
    pub(super) integrations: i64,
    pub(super) sources: i64,
    pub(super) users_with_permissions: i64,
}
