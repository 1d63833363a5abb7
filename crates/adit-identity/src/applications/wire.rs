//! JSON shapes of applications.

use adit_kernel::{Id, Timestamp};
use serde::{Deserialize, Serialize};

use super::manage::Registered;
use super::store::{ApplicationRow, SecretRow};

#[derive(Debug, Serialize)]
pub(super) struct Application {
    client_id: String,
    name: String,
    scopes: Vec<String>,
    user_id: Id,
    created_at: Timestamp,
    secrets: Vec<Secret>,
}

#[derive(Debug, Serialize)]
struct Secret {
    id: Id,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
}

impl Application {
    pub(super) fn of((row, secrets): (ApplicationRow, Vec<SecretRow>)) -> Self {
        let secret = |secret: SecretRow| Secret {
            id: secret.id,
            created_at: secret.created,
            expires_at: secret.expires,
            last_used_at: secret.last_used,
        };
        Self {
            client_id: row.client_id,
            name: row.name,
            scopes: row.scopes,
            user_id: row.user_id,
            created_at: row.created,
            secrets: secrets.into_iter().map(secret).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct ApplicationsResponse {
    pub(super) applications: Vec<Application>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegisterRequest {
    pub(super) name: String,
    pub(super) scopes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RotateRequest {
    #[serde(default)]
    pub(super) grace_seconds: i64,
}

/// The one reply that holds a secret.
#[derive(Debug, Serialize)]
pub(super) struct RegisteredResponse {
    client_id: String,
    client_secret: String,
}

impl From<Registered> for RegisteredResponse {
    fn from(made: Registered) -> Self {
        Self { client_id: made.client_id, client_secret: made.secret }
    }
}
