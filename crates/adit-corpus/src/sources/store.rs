//! The table of sources: every statement on it.

use adit_http::Address;
use adit_kernel::{Id, Result, Timestamp, catalogue};
use adit_store::{Row, Tx, Value, args, placeholders};

use crate::buckets::bucket_by_id;

const COLUMNS: &str = "id, tenant_id, owner, name, kind, title, description, language, should_translate, sensitive_properties,
    bucket_id, email_transform_tag, email_transform_version, created_us, updated_us, modified_us";

/// A source.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Its id.
    pub id: Id,
    /// Its tenant.
    pub tenant_id: Id,
    /// Its project.
    pub owner: String,
    /// Its name, unique in the project.
    pub name: String,
    /// `unknown`, `chat`, `call`, `ixp_design` or `ixp_runtime`.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// `en`, `de` or `xlm`; fixed at creation.
    pub language: String,
    /// Whether its comments are to be translated into its language.
    pub should_translate: bool,
    /// Names of user properties that need an extra permission to see.
    pub sensitive_properties: Vec<String>,
    /// The bucket of raw emails behind it.
    pub bucket_id: Option<Id>,
    /// How raw emails become comments.
    pub email_transform_tag: Option<String>,
    /// Counts re-parses.
    pub email_transform_version: Option<i64>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its settings last changed.
    pub updated_at: Timestamp,
    /// When its settings or its comments last changed.
    pub last_modified: Timestamp,
}

fn source_in(row: &Row) -> Result<Source> {
    Ok(Source {
        id: row.id(0)?,
        tenant_id: row.id(1)?,
        owner: row.text(2)?,
        name: row.text(3)?,
        kind: row.text(4)?,
        title: row.text(5)?,
        description: row.text(6)?,
        language: row.text(7)?,
        should_translate: row.flag(8)?,
        sensitive_properties: row.json(9)?,
        bucket_id: row.opt_int(10)?.map(Id::from_db),
        email_transform_tag: row.opt_text(11)?,
        email_transform_version: row.opt_int(12)?,
        created_at: row.time(13)?,
        updated_at: row.time(14)?,
        last_modified: row.time(15)?,
    })
}

/// The sources of all tenants, for jobs that serve them all.
pub async fn all_source_ids(tx: &mut Tx) -> Result<Vec<Id>> {
    tx.all("SELECT id FROM sources ORDER BY id", vec![]).await?.iter().map(|row| row.id(0)).collect()
}

/// The language of a source, for jobs that serve all tenants.
pub async fn language_of(tx: &mut Tx, id: Id) -> Result<Option<String>> {
    let row = tx.first("SELECT language FROM sources WHERE id = $1", args![id]).await?;
    row.map(|row| row.text(0)).transpose()
}

/// The source with this id in the tenant.
pub async fn source_by_id(tx: &mut Tx, tenant: Id, id: Id) -> Result<Option<Source>> {
    let sql = format!("SELECT {COLUMNS} FROM sources WHERE tenant_id = $1 AND id = $2");
    tx.first(&sql, args![tenant, id]).await?.as_ref().map(source_in).transpose()
}

/// The source at this address in the tenant.
pub async fn source_at(tx: &mut Tx, tenant: Id, address: &Address) -> Result<Option<Source>> {
    let (owner, name) = match address {
        Address::Id(id) => return source_by_id(tx, tenant, *id).await,
        Address::Name { owner, name } => (owner, name),
    };
    let sql = format!("SELECT {COLUMNS} FROM sources WHERE tenant_id = $1 AND owner = $2 AND name = $3");
    tx.first(&sql, args![tenant, owner, name]).await?.as_ref().map(source_in).transpose()
}

/// The sources of the tenant with these ids, by owner and name; unknown ones are left out.
pub async fn sources_by_ids(tx: &mut Tx, tenant: Id, ids: &[Id]) -> Result<Vec<Source>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(512) {
        let list = placeholders(2, chunk.len());
        let sql = format!("SELECT {COLUMNS} FROM sources WHERE tenant_id = $1 AND id IN ({list})");
        let mut args = args![tenant];
        args.extend(chunk.iter().copied().map(Value::from));
        for row in tx.all(&sql, args).await? {
            found.push(source_in(&row)?);
        }
    }
    found.sort_by(|a, b| (&a.owner, &a.name).cmp(&(&b.owner, &b.name)));
    found.dedup_by_key(|source| source.id);
    Ok(found)
}

/// The sources of the tenant, or of one of its projects, by owner and name.
pub(crate) async fn sources_of(tx: &mut Tx, tenant: Id, owner: Option<&str>) -> Result<Vec<Source>> {
    let rows = match owner {
        Some(owner) => {
            let sql = format!("SELECT {COLUMNS} FROM sources WHERE tenant_id = $1 AND owner = $2 ORDER BY name");
            tx.all(&sql, args![tenant, owner]).await?
        }
        None => {
            let sql = format!("SELECT {COLUMNS} FROM sources WHERE tenant_id = $1 ORDER BY owner, name");
            tx.all(&sql, args![tenant]).await?
        }
    };
    rows.iter().map(source_in).collect()
}

/// Fails with 422 unless the source's bucket, if it has one, is in the tenant.
pub(crate) async fn check_bucket(tx: &mut Tx, source: &Source) -> Result<()> {
    let Some(id) = source.bucket_id else { return Ok(()) };
    match bucket_by_id(tx, source.tenant_id, id).await? {
        Some(_) => Ok(()),
        None => Err(catalogue::unknown_bucket(&id.to_string())),
    }
}

/// Inserts a source.
pub(crate) async fn insert(tx: &mut Tx, source: &Source) -> Result<()> {
    let sql = format!("INSERT INTO sources ({COLUMNS}) VALUES ({})", placeholders(1, 16));
    let args = args![
        source.id,
        source.tenant_id,
        &source.owner,
        &source.name,
        &source.kind,
        &source.title,
        &source.description,
        &source.language,
        source.should_translate,
        serde_json::to_string(&source.sensitive_properties)?,
        source.bucket_id,
        source.email_transform_tag.clone(),
        source.email_transform_version,
        source.created_at,
        source.updated_at,
        source.last_modified
    ];
    tx.execute(&sql, args).await?;
    Ok(())
}

/// Writes the settings of a source.
pub(crate) async fn update(tx: &mut Tx, source: &Source) -> Result<()> {
    let sql = "UPDATE sources SET kind = $3, title = $4, description = $5, should_translate = $6, sensitive_properties = $7,
            bucket_id = $8, email_transform_tag = $9, email_transform_version = $10, updated_us = $11, modified_us = $12
        WHERE tenant_id = $1 AND id = $2";
    let args = args![
        source.tenant_id,
        source.id,
        &source.kind,
        &source.title,
        &source.description,
        source.should_translate,
        serde_json::to_string(&source.sensitive_properties)?,
        source.bucket_id,
        source.email_transform_tag.clone(),
        source.email_transform_version,
        source.updated_at,
        source.last_modified
    ];
    tx.execute(sql, args).await?;
    Ok(())
}

/// Deletes a source with everything in it; false when there is none.
pub(crate) async fn delete(tx: &mut Tx, tenant: Id, id: Id) -> Result<bool> {
    Ok(tx.execute("DELETE FROM sources WHERE tenant_id = $1 AND id = $2", args![tenant, id]).await? == 1)
}

/// How many sources a project has.
pub async fn count_sources(tx: &mut Tx, tenant: Id, owner: &str) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM sources WHERE tenant_id = $1 AND owner = $2", args![tenant, owner]).await?.int(0)
}
