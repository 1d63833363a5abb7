//! `GET /identity_/oidc/callback`
//!
//! The browser comes back from the identity provider; a session is opened for whom the provider vouches.

use adit_http::{Query, cookie as cookie_value};
use adit_kernel::{Error, Kind, Result};
use adit_tenancy::users;
use http::{Method, header};

use super::start::{Flow, cookie, cookie_name, home, provider, redirect, see_other};
use super::{id_token, people};
use crate::site::{Answer, Guard, Route, Visit};
use crate::{events, secret, sessions};

pub(super) static ROUTE: Route = Route {
    name: "identity/oidc_callback",
    method: Method::GET,
    path: "oidc/callback",
    guard: Guard::Attempt,
    serve: |visit| Box::pin(serve(visit)),
};

fn refused(message: &str) -> Error {
    Error::new(Kind::Forbidden, message)
}

async fn serve(visit: Visit) -> Result<Answer> {
    let answered = enter(&visit).await;
    if let Err(error) = &answered
        && error.kind() == Kind::Forbidden
    {
        events::note_stranger(&visit, "sign_in_refused", error.message());
    }
    answered
}

async fn enter(visit: &Visit) -> Result<Answer> {
    let provider = provider(visit)?;
    let left = cookie_value(&visit.head.headers, cookie_name(visit));
    let flow = left.map(Flow::of).ok_or_else(|| refused("This sign-in was not begun in this browser, or too long ago."))?;
    let query = Query::parse(visit.head.uri.query().unwrap_or_default());
    let state = query.get("state").unwrap_or_default();
    if !secret::is_same(state.as_bytes(), flow.state.as_bytes()) {
        return Err(refused("This sign-in was not begun in this browser, or too long ago."));
    }
    let code = query.get("code").ok_or_else(|| refused("The identity provider did not let you in."))?;
    let discovery = visit.provider_said.description(provider, visit.env.now()).await?;
    let token = provider.exchange(&discovery, code, &flow.verifier, &redirect(visit).await?).await?;
    let kid = id_token::kid(&token)?;
    let keys = visit.provider_said.keys(provider, &discovery, kid.as_deref(), visit.env.now()).await?;
    let person = id_token::verify(&token, &keys, &provider.issuer, &provider.client_id, &flow.nonce, visit.env.now())?;
    let mut tx = visit.env.begin().await?;
    let user = people::user_of(&mut tx, visit, provider, &person).await?;
    let (global, projects) = people::rights(&provider.mappings, &person.groups(&provider.groups_claim));
    users::set_sso_permissions(&mut tx, visit.tenant, user, global, projects).await?;
    if users::as_caller(&mut tx, visit.tenant, user).await?.is_none() {
        drop(tx);
        events::note_beside(visit, visit.tenant, "sign_in_refused", user, "disabled");
        return Err(Error::new(Kind::Unauthenticated, "This user is disabled."));
    }
    crate::sign_in::note_sign_in(&mut tx, visit.tenant, user, visit.env.now()).await?;
    let opened = sessions::open(&mut tx, visit, user).await?;
    events::note(&mut tx, visit, "signed_in", user, serde_json::json!({"issuer": provider.issuer})).await?;
    tx.commit().await?;
    let mut answer = see_other(&home(visit).await?)?;
    answer.headers_mut().append(header::SET_COOKIE, opened.cookie);
    answer.headers_mut().append(header::SET_COOKIE, cookie(visit, "", 0)?);
    Ok(answer)
}
