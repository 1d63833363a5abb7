//! `POST /identity_/api/sign-in`
//!
//! Opens a session for whoever knows the password and, where one is set up, has the second factor.

use adit_http::{Reply, Unproven, is_same_origin};
use adit_kernel::{Error, Kind, Result, catalogue};
use http::{Method, header};
use serde::{Deserialize, Serialize};

use super::{budget, store, throttle};
use crate::events;
use crate::site::{Answer, Guard, Route, Visit, turn_away_within_budget};
use crate::{devices, passwords, second_factor, sessions};

pub(super) static ROUTE: Route = Route {
    name: "identity/sign_in",
    method: Method::POST,
    path: "api/sign-in",
    // The route counts by itself: whose attempts these are depends on the account.
    guard: Guard::Open,
    serve: |visit| Box::pin(serve(visit)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInRequest {
    username: String,
    password: String,
    code: Option<String>,
}

#[derive(Serialize)]
struct SignInResponse {
    signed_in: bool,
    second_factor_required: bool,
    csrf_token: Option<String>,
}

fn wrong() -> Error {
    Error::new(Kind::Unauthenticated, "The user name or the password is wrong.")
}

async fn serve(visit: Visit) -> Result<Answer> {
    // Another site must not sign somebody in as somebody else.
    if visit.head.headers.contains_key(header::ORIGIN) && !is_same_origin(&visit.head.headers, &visit.head.uri) {
        let error = catalogue::forged();
        turn_away_within_budget(ROUTE.name, &visit, &error, Unproven::stranger("sign-in from a page of another host"));
        return Err(error);
    }
    let body: SignInRequest = visit.json()?;
    let account = throttle::account(visit.tenant, &body.username);
    let mut tx = visit.env.read().await?;
    let user = passwords::find_account(&mut tx, visit.tenant, &body.username).await?;
    let source = devices::source(&mut tx, &visit, user).await?;
    drop(tx);
    let is_known_here = source != visit.neighborhood();
    budget::charge(&visit, &source).await?;
    throttle::charge(&visit.env, &account, &source).await?;
    let mut tx = visit.env.read().await?;
    let stored = match user {
        Some(user) => passwords::hash_of(&mut tx, user).await?,
        None => None,
    };
    drop(tx);
    let is_right = passwords::is_right(body.password, stored).await?;
    let Some(user) = user else {
        events::note_no_account(&visit, body.username);
        return Err(wrong());
    };
    if !is_right {
        events::note_beside(&visit, visit.tenant, "sign_in_refused", user, "password");
        return Err(wrong());
    }
    let codes = throttle::account(visit.tenant, &format!("codes of {user}"));
    let needs_code = second_factor::is_required(&mut visit.env.read().await?, user).await?;
    let code = match body.code {
        Some(code) if needs_code => Some(code),
        None if needs_code => {
            // Knowing the password is no failure, but it does not excuse wrong codes before it either.
            throttle::refund(&visit.env, &account, &source).await?;
            let reply = SignInResponse { signed_in: false, second_factor_required: true, csrf_token: None };
            return Ok(Reply::ok(reply)?.into_response());
        }
        _ => None,
    };
    if code.is_some() && !is_known_here {
        throttle::charge_code(&visit.env, &codes).await?;
    }
    let mut tx = visit.env.begin().await?;
    if let Some(code) = &code
        && !second_factor::accept(&mut tx, &visit.env, user, code).await?
    {
        drop(tx);
        events::note_beside(&visit, visit.tenant, "sign_in_refused", user, "second factor");
        return Err(Error::new(Kind::Unauthenticated, "The code is wrong or was used already."));
    }
    store::note_sign_in(&mut tx, visit.tenant, user, visit.env.now()).await?;
    let opened = sessions::open(&mut tx, &visit, user).await?;
    let device = devices::remember(&mut tx, &visit, user).await?;
    events::note(&mut tx, &visit, "signed_in", user, serde_json::json!({})).await?;
    tx.commit().await?;
    throttle::forgive(&visit.env, &account, &source).await?;
    if code.is_some() {
        throttle::forgive_codes(&visit.env, &codes).await?;
    }
    tracing::info!(user.id = %user, client = %visit.neighborhood(), "signed in");
    let reply = SignInResponse { signed_in: true, second_factor_required: false, csrf_token: Some(opened.csrf) };
    let mut answer = Reply::ok(reply)?.into_response();
    answer.headers_mut().insert(header::SET_COOKIE, opened.cookie);
    if let Some(device) = device {
        answer.headers_mut().append(header::SET_COOKIE, device);
    }
    Ok(answer)
}
