//! The identity provider: what the operator says about it and what it says about itself.

use adit_kernel::{Error, Kind, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::fetch::{Ask, json};

/// What members of a group may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The group, as the provider names it.
    pub group: String,
    /// The project, or the whole tenant.
    pub project: Option<String>,
    /// The role or permission.
    pub permission: String,
}

/// An OpenID Connect provider.
#[derive(Clone)]
pub struct Provider {
    /// The one tenant for which it vouches, by name: its groups say nothing about people of another.
    pub tenant: String,
    /// Its issuer address.
    pub issuer: String,
    /// The id it gave this server.
    pub client_id: String,
    /// The secret it gave this server, if it did.
    pub client_secret: Option<String>,
    /// The claim that lists a person's groups.
    pub groups_claim: String,
    /// What groups may do.
    pub mappings: Vec<Mapping>,
    /// Whether somebody new becomes a user by signing in.
    pub creates_users: bool,
}

/// What the provider says about itself (OpenID Connect Discovery).
#[derive(Clone, Deserialize)]
pub(super) struct Discovery {
    issuer: String,
    pub(super) authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: String,
}

fn odd(what: &str) -> Error {
    tracing::warn!("the identity provider's {what} cannot be used");
    Error::new(Kind::Unavailable, "The identity provider does not answer as it should.")
}

impl Provider {
    /// Asks the provider about itself. It must be the one it was asked as.
    pub(super) async fn discover(&self) -> Result<Discovery> {
        let address = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let found: Discovery = serde_json::from_value(json(&address, Ask::Get).await?).map_err(|_| odd("description"))?;
        if found.issuer != self.issuer { Err(odd("issuer")) } else { Ok(found) }
    }

    /// Exchanges a code for an identity token.
    pub(super) async fn exchange(&self, discovery: &Discovery, code: &str, verifier: &str, redirect: &str) -> Result<String> {
        let form = Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", redirect)
            .append_pair("client_id", &self.client_id)
            .append_pair("code_verifier", verifier)
            .finish();
        let plain = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let basic = self
            .client_secret
            .as_deref()
            .map(|secret| format!("Basic {}", STANDARD.encode(format!("{}:{}", plain(&self.client_id), plain(secret)))));
        let answer = json(&discovery.token_endpoint, Ask::Form(form, basic)).await?;
        let answer: TokenAnswer = serde_json::from_value(answer).map_err(|_| odd("token"))?;
        Ok(answer.id_token)
    }

    /// The provider's keys.
    pub(super) async fn keys(&self, discovery: &Discovery) -> Result<jsonwebtoken::jwk::JwkSet> {
        serde_json::from_value(json(&discovery.jwks_uri, Ask::Get).await?).map_err(|_| odd("key set"))
    }
}
