//! `POST /api/_private/deployment/login-location`
//!
//! Where somebody with that address signs in: the tenant follows from the address's domain. Asked before anybody is known.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Error, Kind, Result, names};
use adit_tenancy::{mail, tenants};
use http::Method;
use serde::{Deserialize, Serialize};

pub(crate) static OPERATION: Operation = Operation {
    id: "get_qualified_login_url",
    method: Method::POST,
    path: "/api/_private/deployment/login-location",
    needs: Needs::Nothing,
    serve: |call| Box::pin(handle(call)),
};

/// The tenant, by name, whose people sign in through an identity provider. A service of the environment.
#[derive(Debug, Clone, Default)]
pub struct SingleSignOn(pub Option<String>);

/// `GetQualifiedLoginUrlRequest`.
#[derive(Debug, Deserialize)]
struct LoginLocationRequest {
    email: String,
}

/// `GetQualifiedLoginUrlResponse`.
#[derive(Debug, Serialize)]
struct LoginLocationResponse {
    login_url: String,
}

async fn handle(call: Call) -> Result<Reply> {
    let body: LoginLocationRequest = call.json()?;
    names::check_text(&body.email, "email", 320)?;
    let domain = body.email.rsplit_once('@').filter(|(local, domain)| !local.is_empty() && !domain.is_empty());
    let domain = domain.ok_or_else(|| Error::invalid("`email` must be an e-mail address."))?.1.to_lowercase();
    let base = call.env.service::<mail::Outlet>()?.link_base.clone();
    let base =
        base.ok_or_else(|| Error::new(Kind::Unavailable, "The server does not know its own address: set `--public-url`."))?;
    let mut tx = call.env.read().await?;
    // Whether there is such a user is not looked up: a stranger asks. An unknown domain leads to where the request was sent.
    let tenant = tenants::of_domain(&mut tx, &domain).await?.unwrap_or(call.caller.tenant_id);
    let prefix = tenants::prefix(&mut tx, tenant).await?;
    let sso = call.env.service::<SingleSignOn>()?;
    let is_elsewhere = match &sso.0 {
        Some(name) => tenants::find(&mut tx, name).await?.is_some_and(|row| row.id == tenant),
        None => false,
    };
    let page = if is_elsewhere { "/identity_/oidc/start" } else { "/" };
    Reply::ok(LoginLocationResponse { login_url: format!("{base}{prefix}{page}") })
}
