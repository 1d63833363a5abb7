//! Sign-in through an OpenID Connect provider, against one that runs in the test.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use adit_identity::{Mapping, Provider};
use adit_testing::{Reply, TestApp};
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

use super::oidc_key::RSA_KEY;
use super::setting::{apps_trusting, filled, user, user_in};

/// A provider with one code, a key of each kind and whatever claims the test wants.
#[derive(Clone)]
struct Issuer {
    address: String,
    key: Arc<EcdsaKeyPair>,
    rsa: Arc<RsaKeyPair>,
    /// What the keys are called; the provider changes them by calling them otherwise.
    key_names: Arc<Mutex<[&'static str; 2]>>,
    n_key_requests: Arc<AtomicUsize>,
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
        let rsa = STANDARD.decode(RSA_KEY).unwrap();
        let issuer = Self {
            address,
            key: Arc::new(key),
            rsa: Arc::new(RsaKeyPair::from_pkcs8(&rsa).unwrap()),
            key_names: Arc::new(Mutex::new(["k1", "r1"])),
            n_key_requests: Arc::default(),
            claims: Arc::default(),
            asked: Arc::default(),
        };
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
        let (random, bytes) = (SystemRandom::new(), message.as_bytes());
        let signature = if header["alg"].as_str().is_some_and(|alg| alg.starts_with("RS")) {
            let mut signature = vec![0; self.rsa.public().modulus_len()];
            self.rsa.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature).unwrap();
            signature
        } else {
            self.key.sign(&random, bytes).unwrap().as_ref().to_vec()
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
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
    let [ec, rsa] = *issuer.key_names.lock().unwrap();
    let public = PublicKeyComponents::<Vec<u8>>::from(issuer.rsa.public());
    issuer.n_key_requests.fetch_add(1, Ordering::Relaxed);
    json!({"keys": [
        {"kty": "EC", "crv": "P-256", "kid": ec, "use": "sig", "alg": "ES256", "x": part(&point[1..33]), "y": part(&point[33..])},
        {"kty": "RSA", "kid": rsa, "use": "sig", "alg": "RS256", "n": part(&public.n), "e": part(&public.e)},
    ]})
    .to_string()
}

async fn token(State(issuer): State<Issuer>, body: String) -> String {
    *issuer.asked.lock().unwrap() = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let claims = issuer.claims.lock().unwrap().clone();
    let [ec, rsa] = *issuer.key_names.lock().unwrap();
    let mut header = json!({"alg": "ES256", "kid": ec});
    if let Some(alg) = claims.get("test_alg") {
        header["alg"] = alg.clone();
    }
    if header["alg"] == "RS256" {
        header["kid"] = rsa.into();
    }
    if let Some(kid) = claims.get("test_kid") {
        header["kid"] = kid.clone();
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
        assert_eq!(get_as(&app, &session, "/api/v1/sources/acme/desk").await.status, 404);
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
            json!({"test_alg": "RS256", "test_forged": true}),
            // One key's signature under another's name, and under that of no key.
            json!({"test_alg": "RS256", "test_kid": "k1"}),
            json!({"test_kid": "r1"}),
            json!({"test_kid": "nobodys"}),
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
        let session = session_of(&sign_in(&app, &issuer, claimed.clone()).await);
        let me = get_as(&app, &session, "/auth/user").await.body["user"].clone();
        assert_eq!(me["username"], "ann-2");
        assert!(me["email"].as_str().unwrap().ends_with(".invalid"), "an address that nobody verified is kept: {me}");
        // Known by its subject from then on, whatever the claims are; another of that name is another person.
        let session = session_of(&sign_in(&app, &issuer, json!({"sub": "s2", "preferred_username": "boss"})).await);
        assert_eq!(get_as(&app, &session, "/auth/user").await.body["user"]["id"], me["id"]);
        let other = json!({"sub": "s4", "preferred_username": "ann"});
        let session = session_of(&sign_in(&app, &issuer, other).await);
        assert_eq!(get_as(&app, &session, "/auth/user").await.body["user"]["username"], "ann-3");
        for (sub, claims, expected) in [
            ("s5", json!({"preferred_username": "ACME\\Lee.Ann"}), "ACME-Lee-Ann"),
            ("s6", json!({"email": "lee@example.com", "email_verified": true}), "lee"),
            ("s7", json!({"preferred_username": "<script>alert(1)</script>"}), "script-alert-1-script"),
            ("s8", json!({"preferred_username": "名前"}), "s8"),
        ] {
            let mut claims = claims;
            claims["sub"] = sub.into();
            let session = session_of(&sign_in(&app, &issuer, claims).await);
            assert_eq!(get_as(&app, &session, "/auth/user").await.body["user"]["username"], expected);
        }
        let session = session_of(&sign_in(&app, &issuer, json!({"sub": "s3", "preferred_username": "new"})).await);
        assert_eq!(get_as(&app, &session, "/auth/user").await.body["user"]["username"], "new");
        let mut tx = app.env.begin().await.unwrap();
        tx.execute("UPDATE users SET is_disabled = 1 WHERE username = 'new'", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(sign_in(&app, &issuer, json!({"sub": "s3"})).await.status, 401);
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

#[tokio::test]
async fn both_kinds_of_keys_count_and_a_new_one_is_asked_for_but_not_all_the_time() {
    let issuer = Issuer::start().await;
    for (engine, app) in apps_trusting(issuer.provider(true)).await {
        *issuer.key_names.lock().unwrap() = ["k1", "r1"];
        issuer.n_key_requests.store(0, Ordering::Relaxed);
        let n_asked = || issuer.n_key_requests.load(Ordering::Relaxed);
        for alg in ["RS256", "ES256"] {
            session_of(&sign_in(&app, &issuer, json!({"test_alg": alg})).await);
        }
        assert_eq!(n_asked(), 1, "{engine}: keys are kept");
        // An unknown key right after an answer is not asked for again, a moment later it is.
        *issuer.key_names.lock().unwrap() = ["k2", "r2"];
        assert_eq!((sign_in(&app, &issuer, json!({})).await.status, n_asked()), (403, 1), "{engine}");
        app.clock.advance_ms(31_000);
        session_of(&sign_in(&app, &issuer, json!({})).await);
        assert_eq!(n_asked(), 2, "{engine}");
        for _ in 0..5 {
            assert_eq!(sign_in(&app, &issuer, json!({"test_kid": "k1"})).await.status, 403, "{engine}: a key that is gone");
        }
        assert_eq!(n_asked(), 2, "{engine}");
        // Keys that the provider withdrew are forgotten after a while.
        app.clock.advance_ms(601_000);
        session_of(&sign_in(&app, &issuer, json!({"test_alg": "RS256"})).await);
        assert_eq!(n_asked(), 3, "{engine}");
    }
}

#[tokio::test]
async fn people_of_another_tenant_than_the_default_one_come_back_to_it() {
    let issuer = Issuer::start().await;
    let provider = Provider { tenant: "globex".into(), ..issuer.provider(true) };
    for (engine, app) in apps_trusting(provider).await {
        let root = format!("Bearer {}", user(&app.env, "root", &["root"], &[]).await);
        let made =
            app.send_raw("PUT", "/api/_private/tenants/globex", &[("authorization", &root)], b"{\"tenant\":{}}".to_vec()).await;
        assert_eq!(made.status, 200, "{}", made.body);
        user_in(&app.env, Some("globex"), "ann", &[], &[]).await;
        let left = app.send_raw("GET", "/adit/globex/identity_/oidc/start", &[], vec![]).await;
        let address = url::Url::parse(left.headers["location"].to_str().unwrap()).unwrap();
        let asked: HashMap<String, String> = address.query_pairs().into_owned().collect();
        let back = url::Url::parse(&asked["redirect_uri"]).unwrap();
        assert_eq!(back.as_str(), "https://adit.test/adit/globex/identity_/oidc/callback", "{engine}");
        let now = app.env.now().micros() / 1_000_000;
        *issuer.claims.lock().unwrap() = json!({
            "iss": issuer.address, "aud": "adit-client", "sub": "s1", "exp": now + 300, "iat": now, "nonce": asked["nonce"],
            "email": "ann@example.com", "email_verified": true,
        });
        let cookie = left.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap();
        let path = format!("{}?code=c1&state={}", back.path(), asked["state"]);
        let reply = app.send_raw("GET", &path, &[("cookie", cookie)], vec![]).await;
        assert_eq!(
            (reply.status, reply.headers["location"].to_str().unwrap()),
            (303, "/adit/globex/"),
            "{engine}: {}",
            reply.body
        );
    }
}

#[tokio::test]
async fn who_signs_in_for_the_first_time_counts_as_one_more_user() {
    let issuer = Issuer::start().await;
    for (engine, app) in apps_trusting(issuer.provider(true)).await {
        let root = format!("Bearer {}", user(&app.env, "root", &["root"], &[]).await);
        let body = b"{\"hard_limit\":3}".to_vec();
        let set = app.send_raw("POST", "/api/_private/quotas/default/users", &[("authorization", &root)], body).await;
        assert_eq!(set.status, 200, "{}", set.body);
        session_of(&sign_in(&app, &issuer, json!({"sub": "s1", "preferred_username": "ann"})).await);
        let refused = sign_in(&app, &issuer, json!({"sub": "s2", "preferred_username": "bob"})).await;
        assert!(
            refused.status == 403 && refused.body["message"].as_str().unwrap().contains("users"),
            "{engine}: {}",
            refused.body
        );
        session_of(&sign_in(&app, &issuer, json!({"sub": "s1"})).await);
    }
}
