//! Sign-in through an OpenID Connect provider, against one that runs in the test.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use adit_identity::{Mapping, Provider};
use adit_testing::{Reply, TestApp};
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use super::setting::{apps_trusting, filled, user};

/// A provider with one key, one code and whatever claims the test wants.
#[derive(Clone)]
struct Issuer {
    address: String,
    key: Arc<EcdsaKeyPair>,
    claims: Arc<Mutex<Value>>,
    asked: Arc<Mutex<HashMap<String, String>>>,
}

impl Issuer {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
        let issuer = Self { address, key: Arc::new(key), claims: Arc::default(), asked: Arc::default() };
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(issuer.clone());
        tokio::spawn(
            async move { axum_server::from_tcp(listener.into_std().unwrap()).unwrap().serve(app.into_make_service()).await },
        );
        issuer
    }

    fn provider(&self, creates_users: bool) -> Provider {
        let mapping = |group: &str, project: Option<&str>, permission: &str| Mapping {
            group: group.into(),
            project: project.map(Into::into),
            permission: permission.into(),
        };
        Provider {
            tenant: "default".into(),
            issuer: self.address.clone(),
            client_id: "adit-client".into(),
            client_secret: Some("a secret".into()),
            groups_claim: "groups".into(),
            mappings: vec![mapping("analysts", Some("acme"), "role-cm-viewer"), mapping("ops", None, "tenant-admin")],
            creates_users,
        }
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = self.key.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

async fn describe(State(issuer): State<Issuer>) -> String {
    let at = |path: &str| format!("{}{path}", issuer.address);
    json!({
        "issuer": issuer.address,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "jwks_uri": at("/keys"),
    })
    .to_string()
}

async fn keys(State(issuer): State<Issuer>) -> String {
    let point = issuer.key.public_key().as_ref();
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let key =
        json!({"kty": "EC", "crv": "P-256", "kid": "k1", "alg": "ES256", "x": part(&point[1..33]), "y": part(&point[33..])});
    json!({"keys": [key]}).to_string()
}

async fn token(State(issuer): State<Issuer>, body: String) -> String {
    *issuer.asked.lock().unwrap() = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let claims = issuer.claims.lock().unwrap().clone();
    let mut header = json!({"alg": "ES256", "kid": "k1"});
    if let Some(alg) = claims.get("test_alg") {
        header["alg"] = alg.clone();
    }
    let mut signed = issuer.sign(&header, &claims);
    if claims.get("test_forged").is_some() {
        signed.replace_range(signed.len() - 4.., "AAAA");
    }
    json!({"id_token": signed, "access_token": "x", "token_type": "Bearer"}).to_string()
}

/// Leaves for the provider: the cookie and what the address asked for.
async fn leave(app: &TestApp) -> (String, HashMap<String, String>) {
    let left = app.send_raw("GET", "/identity_/oidc/start", &[], vec![]).await;
    assert_eq!(left.status, 303);
    let cookie = left.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let query = left.headers["location"].to_str().unwrap().split_once('?').unwrap().1.to_owned();
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
    (cookie, pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

async fn come_back(app: &TestApp, cookie: &str, state: &str) -> Reply {
    app.send_raw("GET", &format!("/identity_/oidc/callback?code=c1&state={state}"), &[("cookie", cookie)], vec![]).await
}

/// A whole sign-in in which the provider says `claims` on top of what is right.
async fn sign_in(app: &TestApp, issuer: &Issuer, more: Value) -> Reply {
    let (cookie, asked) = leave(app).await;
    let now = app.env.now().micros() / 1_000_000;
    let mut claims = json!({
        "iss": issuer.address, "aud": "adit-client", "sub": "s1", "exp": now + 300, "iat": now, "nonce": asked["nonce"],
    });
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    *issuer.claims.lock().unwrap() = claims;
    come_back(app, &cookie, &asked["state"]).await
}

fn session_of(reply: &Reply) -> String {
    assert_eq!((reply.status, &reply.headers["location"]), (303, &"/".parse().unwrap()), "{}", reply.body);
    let cookies = reply.headers.get_all("set-cookie").into_iter().map(|value| value.to_str().unwrap());
    cookies.filter(|cookie| cookie.starts_with("adit_session=")).map(|c| c.split(';').next().unwrap().to_owned()).next().unwrap()
}

async fn get_as(app: &TestApp, cookie: &str, path: &str) -> Reply {
    app.send_raw("GET", path, &[("cookie", cookie)], vec![]).await
}

#[tokio::test]
async fn a_verified_person_is_let_in_with_what_its_groups_may_do() {
    let issuer = Issuer::start().await;
    for (_, app) in apps_trusting(issuer.provider(false)).await {
        filled(&app, 1).await;
        user(&app.env, "ann", &[], &[]).await;
        let person = |groups: Value| json!({"email": "Ann@Example.com", "email_verified": true, "groups": groups});
        let session = session_of(&sign_in(&app, &issuer, person(json!(["analysts", "others"]))).await);
        let form = issuer.asked.lock().unwrap().clone();
        assert_eq!((form["grant_type"].as_str(), form["code"].as_str()), ("authorization_code", "c1"));
        assert_eq!(form["redirect_uri"], "https://adit.test/identity_/oidc/callback");
        let me = get_as(&app, &session, "/auth/user").await.body;
        assert_eq!(me["user"]["username"], "ann");
        assert_eq!(get_as(&app, &session, "/api/v1/sources/acme/desk").await.status, 200);
        assert_eq!(get_as(&app, &session, "/identity_/api/applications").await.status, 403);
        // The next sign-in knows the person by its subject, and the groups are the new ones.
        let session = session_of(&sign_in(&app, &issuer, json!({"groups": ["ops"]})).await);
        let me = get_as(&app, &session, "/auth/user").await.body;
        assert_eq!((&me["user"]["username"], &me["user"]["sso_global_permissions"]), (&json!("ann"), &json!(["tenant-admin"])));
        assert_eq!(get_as(&app, &session, "/identity_/api/applications").await.status, 200);
        let session = session_of(&sign_in(&app, &issuer, json!({})).await);
        assert_eq!(get_as(&app, &session, "/identity_/api/applications").await.status, 403);
        assert_eq!(get_as(&app, &session, "/api/v1/sources/acme/desk").await.status, 403);
    }
}

#[tokio::test]
async fn an_answer_that_is_not_quite_right_lets_nobody_in() {
    let issuer = Issuer::start().await;
    for (_, app) in apps_trusting(issuer.provider(true)).await {
        let now = app.env.now().micros() / 1_000_000;
        for wrong in [
            json!({"aud": "another-client"}),
            json!({"aud": ["adit-client", "another-client"]}),
            json!({"azp": "another-client"}),
            json!({"iss": "https://evil.test"}),
            json!({"nonce": "another"}),
            json!({"exp": now - 61}),
            json!({"iat": now + 3600}),
            json!({"exp": "soon"}),
            json!({"test_alg": "none"}),
            json!({"test_alg": "HS256"}),
            json!({"test_forged": true}),
        ] {
            let reply = sign_in(&app, &issuer, wrong.clone()).await;
            assert_eq!(reply.status, 403, "{wrong}");
            assert!(!reply.headers.contains_key("set-cookie"));
        }
        // A state of another browser, or none at all.
        let (mine, (theirs, asked)) = (leave(&app).await.0, leave(&app).await);
        assert_eq!(come_back(&app, &mine, &asked["state"]).await.status, 403);
        assert_eq!(come_back(&app, "x=y", &asked["state"]).await.status, 403);
        assert_eq!(come_back(&app, &theirs, "").await.status, 403);
        let denied = format!("/identity_/oidc/callback?error=access_denied&state={}", asked["state"]);
        assert_eq!(app.send_raw("GET", &denied, &[("cookie", &theirs)], vec![]).await.status, 403);
    }
}

#[tokio::test]
async fn strangers_become_users_only_where_that_is_wanted_and_never_somebody_else() {
    let issuer = Issuer::start().await;
    for (_, app) in apps_trusting(issuer.provider(false)).await {
        user(&app.env, "ann", &[], &[]).await;
        for unknown in
            [json!({"email": "new@example.com", "email_verified": true}), json!({"email": "ann@example.com"}), json!({})]
        {
            assert_eq!(sign_in(&app, &issuer, unknown.clone()).await.status, 403, "{unknown}");
        }
    }
    for (_, app) in apps_trusting(issuer.provider(true)).await {
        user(&app.env, "ann", &[], &[]).await;
        // An address that nobody verified does not open the account it belongs to.
        let claimed = json!({"sub": "s2", "email": "ann@example.com", "preferred_username": "ann"});
        assert_eq!(sign_in(&app, &issuer, claimed).await.status, 403);
        let session = session_of(&sign_in(&app, &issuer, json!({"sub": "s3", "preferred_username": "new"})).await);
        assert_eq!(get_as(&app, &session, "/auth/user").await.body["user"]["username"], "new");
        let mut tx = app.env.begin().await.unwrap();
        tx.execute("UPDATE users SET is_disabled = 1 WHERE username = 'new'", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(sign_in(&app, &issuer, json!({"sub": "s3"})).await.status, 403);
    }
}

#[tokio::test]
async fn a_provider_vouches_for_people_of_its_own_tenant_only() {
    let issuer = Issuer::start().await;
    for (_, app) in apps_trusting(issuer.provider(true)).await {
        let token = format!("Bearer {}", user(&app.env, "root", &["root"], &[]).await);
        let body = json!({"tenant": {"title": "Other"}}).to_string();
        let made = app.send_raw("PUT", "/api/_private/tenants/other", &[("authorization", &token)], body.into()).await;
        assert_eq!(made.status, 200, "{}", made.body);
        assert_eq!(app.send_raw("GET", "/org/other/identity_/oidc/start", &[], vec![]).await.status, 404);
        // Begun where the provider counts, and brought back by hand to where it does not.
        let (cookie, asked) = leave(&app).await;
        let now = app.env.now().micros() / 1_000_000;
        *issuer.claims.lock().unwrap() = json!({
            "iss": issuer.address, "aud": "adit-client", "sub": "s9", "exp": now + 300, "iat": now, "nonce": asked["nonce"],
            "preferred_username": "mallory", "groups": ["ops"],
        });
        let back = format!("identity_/oidc/callback?code=c1&state={}", asked["state"]);
        for (host, path) in [("adit.test", format!("/org/other/{back}")), ("other.adit.test", format!("/{back}"))] {
            let reply = app.send_raw("GET", &path, &[("host", host), ("cookie", &cookie)], vec![]).await;
            assert_eq!(reply.status, 404, "{host} {path}: {}", reply.body);
            assert!(!reply.headers.contains_key("set-cookie"));
        }
    }
}

#[tokio::test]
async fn without_a_provider_there_is_nothing_to_start() {
    for (_, app) in super::setting::apps().await {
        assert_eq!(app.send_raw("GET", "/identity_/oidc/start", &[], vec![]).await.status, 404);
        assert_eq!(app.send_raw("GET", "/identity_/oidc/callback?code=x&state=y", &[], vec![]).await.status, 404);
    }
}
