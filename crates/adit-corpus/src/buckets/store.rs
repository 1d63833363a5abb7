//! The table of buckets: every statement on it.

use adit_http::Address;
use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Row, Tx, args};

use super::wire::BucketUpdatedBy;

const COLUMNS: &str = "id, tenant_id, owner, name, title, updated_by, created_us, updated_us";

/// A bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    /// Its id.
    pub id: Id,
    /// Its tenant.
    pub tenant_id: Id,
    /// Its project.
    pub owner: String,
    /// Its name, unique in the project.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What fills it, if anything said so.
    pub updated_by: Option<BucketUpdatedBy>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

fn bucket_in(row: &Row) -> Result<Bucket> {
    Ok(Bucket {
        id: row.id(0)?,
        tenant_id: row.id(1)?,
        owner: row.text(2)?,
        name: row.text(3)?,
        title: row.text(4)?,
        updated_by: row.opt_text(5)?.map(|text| serde_json::from_str(&text)).transpose()?,
        created_at: row.time(6)?,
        updated_at: row.time(7)?,
    })
}

/// The bucket with this id in the tenant.
pub async fn bucket_by_id(tx: &mut Tx, tenant: Id, id: Id) -> Result<Option<Bucket>> {
    let sql = format!("SELECT {COLUMNS} FROM buckets WHERE tenant_id = $1 AND id = $2");
    tx.first(&sql, args![tenant, id]).await?.as_ref().map(bucket_in).transpose()
}

/// The bucket at this address in the tenant.
pub(super) async fn bucket_at(tx: &mut Tx, tenant: Id, address: &Address) -> Result<Option<Bucket>> {
    let (owner, name) = match address {
        Address::Id(id) => return bucket_by_id(tx, tenant, *id).await,
        Address::Name { owner, name } => (owner, name),
    };
    let sql = format!("SELECT {COLUMNS} FROM buckets WHERE tenant_id = $1 AND owner = $2 AND name = $3");
    tx.first(&sql, args![tenant, owner, name]).await?.as_ref().map(bucket_in).transpose()
}

/// The buckets of the tenant, by owner and name.
pub(super) async fn buckets_of(tx: &mut Tx, tenant: Id) -> Result<Vec<Bucket>> {
    let sql = format!("SELECT {COLUMNS} FROM buckets WHERE tenant_id = $1 ORDER BY owner, name");
    tx.all(&sql, args![tenant]).await?.iter().map(bucket_in).collect()
}

/// Inserts a bucket.
pub(super) async fn insert(tx: &mut Tx, bucket: &Bucket) -> Result<()> {
    let sql = format!("INSERT INTO buckets ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    let values = args![
        bucket.id,
        bucket.tenant_id,
        &bucket.owner,
        &bucket.name,
        &bucket.title,
        updated_by(bucket)?,
        bucket.created_at,
        bucket.updated_at
    ];
    tx.execute(&sql, values).await?;
    Ok(())
}

/// Writes what of a bucket can change.
pub(super) async fn update(tx: &mut Tx, bucket: &Bucket) -> Result<()> {
    let sql = "UPDATE buckets SET title = $3, updated_by = $4, updated_us = $5 WHERE tenant_id = $1 AND id = $2";
    tx.execute(sql, args![bucket.tenant_id, bucket.id, &bucket.title, updated_by(bucket)?, bucket.updated_at]).await?;
    Ok(())
}

fn updated_by(bucket: &Bucket) -> Result<Option<String>> {
    Ok(bucket.updated_by.as_ref().map(serde_json::to_string).transpose()?)
}

/// Full names of the sources attached to a bucket, sorted.
pub(super) async fn sources_attached(tx: &mut Tx, tenant: Id, bucket: Id) -> Result<Vec<String>> {
    let sql = "SELECT owner, name FROM sources WHERE tenant_id = $1 AND bucket_id = $2 ORDER BY owner, name";
    let rows = tx.all(sql, args![tenant, bucket]).await?;
    rows.iter().map(|row| Ok(format!("{}/{}", row.text(0)?, row.text(1)?))).collect()
}

/// Deletes a bucket; false when there is none.
pub(super) async fn delete(tx: &mut Tx, tenant: Id, id: Id) -> Result<bool> {
    Ok(tx.execute("DELETE FROM buckets WHERE tenant_id = $1 AND id = $2", args![tenant, id]).await? == 1)
}

/// How many buckets a project has.
pub async fn count_buckets(tx: &mut Tx, tenant: Id, owner: &str) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM buckets WHERE tenant_id = $1 AND owner = $2", args![tenant, owner]).await?.int(0)
}
