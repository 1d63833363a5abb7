//! Answers the questions that come before a handler, from the areas that know.

use std::sync::Arc;

use adit_http::{AddressKind, Asked, Directory, Identity, Place, SessionCredentials, TurnedAway};
use adit_kernel::{Error, Id, Result};
use adit_store::{Env, Witness};
use async_trait::async_trait;

/// The directory over all areas.
pub(crate) struct Areas;

#[async_trait]
impl Directory for Areas {
    async fn tenant(&self, env: &Env, name: Option<&str>) -> Result<Id> {
        let mut tx = env.read().await?;
        Ok(adit_tenancy::tenants::named_or_default(&mut tx, name).await?.id)
    }

    async fn place(&self, env: &Env, organization: Option<&str>, name: Option<&str>) -> Result<Place> {
        adit_tenancy::tenants::place(env, organization, name).await
    }

    async fn tenant_named(&self, env: &Env, name: &str) -> Result<Option<Id>> {
        let mut tx = env.read().await?;
        Ok(adit_tenancy::tenants::find(&mut tx, name).await?.map(|tenant| tenant.id))
    }

    async fn caller(&self, env: &Env, tenant: Id, token: &str) -> Result<Identity> {
        adit_identity::api_caller(env, tenant, token).await
    }

    async fn session(&self, env: &Env, tenant: Id, session: &SessionCredentials<'_>) -> Result<Identity> {
        adit_identity::session_caller(env, tenant, session).await
    }

    fn witness(&self, env: &Env, asked: &Asked<'_>) -> Option<Arc<dyn Witness>> {
        adit_tenancy::audit::for_request(env, asked)
    }

    async fn refused(&self, env: &Env, asked: &Asked<'_>, error: &Error) -> Result<()> {
        adit_tenancy::audit::refused(env, asked, error).await
    }

    fn turned_away(&self, env: &Env, away: TurnedAway) {
        adit_identity::turned_away(env, away);
    }

    async fn has_project(&self, env: &Env, tenant: Id, name: &str) -> Result<bool> {
        let mut tx = env.read().await?;
        adit_tenancy::projects::exists(&mut tx, tenant, name).await
    }

    async fn project_of(&self, env: &Env, tenant: Id, kind: AddressKind, id: Id) -> Result<Option<String>> {
        let mut tx = env.read().await?;
        let address = adit_http::Address::Id(id);
        Ok(match kind {
            AddressKind::Source => adit_corpus::source_by_id(&mut tx, tenant, id).await?.map(|source| source.owner),
            AddressKind::Dataset => adit_datasets::dataset_at(&mut tx, tenant, &address).await?.map(|dataset| dataset.owner),
            AddressKind::Bucket => adit_corpus::bucket_by_id(&mut tx, tenant, id).await?.map(|bucket| bucket.owner),
        })
    }
}
