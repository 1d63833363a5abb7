//! Tenants, users, tokens and projects: who there is, and who may do what where.

pub mod audit;
pub mod mail;
pub mod projects;
pub mod quotas;
pub mod roles;
pub mod tenants;
pub mod tokens;
pub mod usage;
pub mod users;

use adit_http::Operation;
use adit_jobs::Registry;
use adit_store::Migration;
use adit_store::seal::Sealed;

pub use projects::{Counter, ResourceCounters};

/// The operations this area serves.
pub fn operations() -> Vec<&'static Operation> {
    let mut operations = users::operations();
    operations.extend(projects::operations());
    operations.extend(tenants::operations());
    operations.extend(audit::operations());
    operations.extend(quotas::operations());
    operations
}

/// The jobs of this area.
pub fn jobs() -> Registry {
    mail::jobs()
}

/// The columns whose values are sealed.
pub fn sealed_columns() -> Vec<Sealed> {
    vec![mail::TEXT]
}

/// The tables of this area.
pub fn migrations() -> Vec<Migration> {
    let [quotas, quota_locks] = quotas::migrations();
    vec![
        Migration { number: 100, name: "tenants", sql: include_str!("../migrations/0100_tenants.sql") },
        Migration { number: 101, name: "tenant_settings", sql: include_str!("../migrations/0101_tenant_settings.sql") },
        Migration { number: 102, name: "users", sql: include_str!("../migrations/0102_users.sql") },
        Migration { number: 103, name: "mails", sql: include_str!("../migrations/0103_mails.sql") },
        Migration { number: 104, name: "audit", sql: include_str!("../migrations/0104_audit.sql") },
        quotas,
        Migration { number: 110, name: "sealed mails", sql: include_str!("../migrations/0110_sealed_mails.sql") },
        quota_locks,
        Migration { number: 112, name: "audit append-only", sql: include_str!("../migrations/0112_audit_append_only.sql") },
        Migration { number: 150, name: "tokens life", sql: include_str!("../migrations/0150_tokens_life.sql") },
        Migration { number: 151, name: "users kind", sql: include_str!("../migrations/0151_users_kind.sql") },
        Migration { number: 166, name: "ended tokens", sql: include_str!("../migrations/0166_ended_tokens.sql") },
    ]
}
