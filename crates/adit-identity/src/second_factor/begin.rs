//! `POST /identity_/api/second-factor`
//!
//! Makes a secret for one's device; it counts once a code from the device has confirmed it.

use adit_http::Reply;
use adit_kernel::{Error, Result};
use adit_store::seal::Keyring;
use adit_tenancy::users;
use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use totp_rs::Secret;

use super::{SECRET, is_required, store};
use crate::passwords::change::confirm;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/begin_second_factor",
    method: Method::POST,
    path: "api/second-factor",
    guard: Guard::Session,
    serve: |visit| Box::pin(serve(visit)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BeginRequest {
    password: String,
}

async fn serve(visit: Visit) -> Result<Answer> {
    let body: BeginRequest = visit.json()?;
    confirm(&visit, body.password).await?;
    let user_id = visit.session()?.user_id;
    let mut bytes = [0; 20];
    visit.env.random.fill(&mut bytes);
    let mut tx = visit.env.begin().await?;
    if is_required(&mut tx, user_id).await? {
        return Err(Error::conflict("There is a second factor already: remove it first."));
    }
    let user = users::by_id(&mut tx, visit.tenant, user_id).await?.ok_or_else(|| Error::internal("no user"))?;
    let keyring = visit.env.service::<Keyring>()?;
    let sealed = keyring.seal(&mut tx, visit.env.random.as_ref(), &SECRET, user_id, &bytes).await?;
    store::begin(&mut tx, user_id, sealed).await?;
    tx.commit().await?;
    let secret = Secret::from(bytes).to_base32();
    let label = utf8_percent_encode(&user.username, NON_ALPHANUMERIC).to_string();
    let uri = format!("otpauth://totp/Adit:{label}?secret={secret}&issuer=Adit&algorithm=SHA1&digits=6&period=30");
    Ok(Reply::ok(serde_json::json!({ "secret": secret, "uri": uri }))?.into_response())
}
