//! `POST /identity_/api/second-factor/confirm`
//!
//! Switches the second factor on with a code from the device; the recovery codes are shown once.

use adit_http::Reply;
use adit_kernel::{Error, Result};
use http::Method;
use serde::Deserialize;

use super::{absent, accept, recovery_codes, store};
use crate::events;
use crate::sign_in::throttle;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/confirm_second_factor",
    method: Method::POST,
    path: "api/second-factor/confirm",
    guard: Guard::Session,
    serve: |visit| Box::pin(serve(visit)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfirmRequest {
    code: String,
}

async fn serve(visit: Visit) -> Result<Answer> {
    let body: ConfirmRequest = visit.json()?;
    let user_id = visit.session()?.user_id;
    let account = throttle::account(visit.tenant, &format!("second factor {user_id}"));
    throttle::charge(&visit.env, &account, &visit.neighborhood()).await?;
    let mut tx = visit.env.begin().await?;
    let factor = store::of_user(&mut tx, user_id).await?.ok_or_else(absent)?;
    if factor.is_confirmed {
        return Err(Error::conflict("The second factor is confirmed already."));
    }
    if !accept(&mut tx, &visit.env, user_id, &body.code).await? {
        return Err(Error::unprocessable("`code` is wrong: check the clock of the device."));
    }
    let (shown, kept) = recovery_codes(&visit.env, user_id);
    store::confirm(&mut tx, user_id, kept).await?;
    events::note(&mut tx, &visit, "second_factor_confirmed", user_id, serde_json::json!({})).await?;
    tx.commit().await?;
    throttle::forgive(&visit.env, &account, &visit.neighborhood()).await?;
    Ok(Reply::ok(serde_json::json!({ "recovery_codes": shown }))?.into_response())
}
