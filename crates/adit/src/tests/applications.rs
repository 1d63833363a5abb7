//! External applications from registration to deletion, and their access tokens.

use adit_kernel::Id;
use adit_store::seal::Keyring;
use adit_tenancy::{tenants, users};
use adit_testing::{Reply, TestApp};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::setting::{apps, filled, user};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const TOKEN: &str = "/identity_/connect/token";
const ALL: &str = "Ixp.ApiAccess PM.User PM.User.Read";

/// Registers an application; its id and secret.
pub(super) async fn register(app: &TestApp, name: &str, scopes: &[&str]) -> (String, String) {
    let made = app.ok("POST", "/identity_/api/applications", json!({"name": name, "scopes": scopes})).await;
    (made["client_id"].as_str().unwrap().to_owned(), made["client_secret"].as_str().unwrap().to_owned())
}

async fn ask(app: &TestApp, id: &str, secret: &str, more: &str) -> Reply {
    let body = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}{more}");
    app.send_raw("POST", TOKEN, &[FORM], body.into_bytes()).await
}

pub(super) async fn token(app: &TestApp, id: &str, secret: &str, more: &str) -> String {
    let reply = ask(app, id, secret, more).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["access_token"].as_str().unwrap().to_owned()
}

async fn call(app: &TestApp, token: &str, path: &str) -> (u16, String) {
    let header = format!("Bearer {token}");
    let reply = app.send_raw("GET", path, &[("authorization", &header)], vec![]).await;
    (reply.status, reply.body["message"].as_str().unwrap_or_default().to_owned())
}

/// Gives the application's user a role.
pub(super) async fn assign(app: &TestApp, name: &str, project: &str, role: &str) -> Id {
    let mut tx = app.env.begin().await.unwrap();
    let tenant = tenants::named_or_default(&mut tx, None).await.unwrap().id;
    let row = users::by_username(&mut tx, tenant, name).await.unwrap().unwrap();
    users::grant(&mut tx, tenant, row.id, project, &[role]).await.unwrap();
    tx.commit().await.unwrap();
    row.id
}

#[tokio::test]
async fn an_application_gets_a_token_and_may_do_what_its_roles_allow() {
    for (_, app) in apps().await {
        filled(&app, 2).await;
        let (id, secret) = register(&app, "Uploader", &["Ixp.ApiAccess", "PM.User", "PM.User.Read"]).await;
        let reply = ask(&app, &id, &secret, "&scope=Ixp.ApiAccess+PM.User+PM.User.Read").await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!((&reply.body["expires_in"], &reply.body["token_type"]), (&json!(3600), &json!("Bearer")));
        assert_eq!(reply.body["scope"], ALL);
        assert_eq!(
            (&reply.headers["cache-control"], &reply.headers["pragma"]),
            (&"no-store".parse().unwrap(), &"no-cache".parse().unwrap())
        );
        let access = reply.body["access_token"].as_str().unwrap().to_owned();

        // Without a role every call is refused.
        for path in ["/auth/user", "/api/v1/sources", "/api/v1/sources/acme/desk", "/identity_/api/principals"] {
            let (status, message) = call(&app, &access, path).await;
            assert!(status == 403 && message.contains("no role"), "{path}: {status} {message}");
        }
        let user_id = assign(&app, "Uploader", "acme", "role-cm-viewer").await;
        assert_eq!(call(&app, &access, "/api/v1/sources/acme/desk").await.0, 200);
        assert_eq!(call(&app, &access, "/identity_/api/principals").await.0, 200);
        let header = format!("Bearer {access}");
        let auth = [("authorization", header.as_str())];
        let refused = app.send_raw("POST", "/api/v1/sources/acme/desk/sync", &auth, br#"{"comments":[]}"#.to_vec()).await;
        assert_eq!(refused.status, 403);
        // The projects that every person joins by itself are not an application's.
        assert_eq!(call(&app, &access, "/api/_private/projects/DefaultProject").await.0, 404);
        let me = app.send_raw("GET", "/auth/user", &auth, vec![]).await;
        assert_eq!((&me.body["user"]["id"], &me.body["user"]["username"]), (&json!(user_id), &json!("Uploader")));

        // It is listed like a user, and nobody but an administrator manages it.
        let found = app.ok("GET", "/identity_/api/principals?search=uploa", json!({})).await;
        assert_eq!((&found["principals"][0]["kind"], &found["principals"][1]), (&json!("application"), &Value::Null));
        assert_eq!(call(&app, &access, "/identity_/api/applications").await.0, 403);
        // A token lives for an hour.
        app.clock.advance_ms(3_600_000);
        assert_eq!(call(&app, &access, "/auth/user").await.0, 401);
        let again = token(&app, &id, &secret, "").await;
        assert_eq!(call(&app, &again, "/auth/user").await.0, 200);
        let listed = app.ok("GET", "/identity_/api/applications", json!({})).await;
        assert!(!listed.to_string().contains(&secret), "a secret is shown once");
        assert!(listed["applications"][0]["secrets"][0]["last_used_at"].is_string());
    }
}

#[tokio::test]
async fn a_scope_that_was_not_asked_for_is_not_there() {
    for (_, app) in apps().await {
        let (id, secret) = register(&app, "Lookup", &["PM.User.Read", "Ixp.ApiAccess"]).await;
        assign(&app, "Lookup", "DefaultProject", "role-cm-viewer").await;
        let only_lookup = token(&app, &id, &secret, "&scope=PM.User.Read").await;
        let (status, message) = call(&app, &only_lookup, "/auth/user").await;
        assert!(status == 403 && message.contains("`Ixp.ApiAccess`"), "{status} {message}");
        assert_eq!(call(&app, &only_lookup, "/identity_/api/principals").await.0, 200);
        let only_api = token(&app, &id, &secret, "&scope=Ixp.ApiAccess").await;
        assert_eq!(call(&app, &only_api, "/auth/user").await.0, 200);
        let (status, message) = call(&app, &only_api, "/identity_/api/principals").await;
        assert!(status == 403 && message.contains("`PM.User.Read`"), "{status} {message}");
        for scope in ["PM.User", "nothing", "Ixp.ApiAccess+nothing"] {
            let refused = ask(&app, &id, &secret, &format!("&scope={scope}")).await;
            assert_eq!((refused.status, &refused.body["error"]), (400, &json!("invalid_scope")), "{scope}");
        }
    }
}

#[tokio::test]
async fn every_refusal_of_the_token_endpoint_is_the_standards_own() {
    for (_, app) in apps().await {
        let (id, secret) = register(&app, "Robot", &["Ixp.ApiAccess"]).await;
        let check = async |headers: &[(&str, &str)], body: String, status: u16, error: &str| {
            let reply = app.send_raw("POST", TOKEN, headers, body.clone().into_bytes()).await;
            assert_eq!((reply.status, reply.body["error"].as_str()), (status, Some(error)), "{body}: {}", reply.body);
            assert!(reply.body["error_description"].is_string());
            assert_eq!(reply.headers["cache-control"], "no-store");
            assert_eq!(reply.headers.contains_key("www-authenticate"), status == 401);
            assert!(!reply.body.to_string().contains(&secret));
        };
        let grant = "grant_type=client_credentials";
        check(&[FORM], format!("{grant}&client_id={id}&client_secret=wrong"), 400, "invalid_client").await;
        check(&[FORM], format!("{grant}&client_id=nobody&client_secret={secret}"), 400, "invalid_client").await;
        check(&[FORM], format!("{grant}&client_id={id}"), 400, "invalid_client").await;
        check(&[FORM], format!("grant_type=password&client_id={id}&client_secret={secret}"), 400, "unsupported_grant_type").await;
        check(&[FORM], format!("client_id={id}&client_secret={secret}"), 400, "invalid_request").await;
        check(&[], format!("{grant}&client_id={id}&client_secret={secret}"), 400, "invalid_request").await;
        let basic = |pair: String| format!("Basic {}", STANDARD.encode(pair));
        let wrong = basic(format!("{id}:wrong"));
        check(&[FORM, ("authorization", &wrong)], grant.into(), 401, "invalid_client").await;
        let right = basic(format!("{id}:{secret}"));
        check(&[FORM, ("authorization", &right)], format!("{grant}&client_secret={secret}"), 400, "invalid_request").await;
        let accepted =
            app.send_raw("POST", "/org/identity_/connect/token", &[FORM, ("authorization", &right)], grant.into()).await;
        assert_eq!(accepted.status, 200, "{}", accepted.body);
        let reply = app.send_raw("GET", TOKEN, &[], vec![]).await;
        assert_eq!(reply.status, 405);
        assert_eq!(app.send_raw("GET", "/identity_/nothing", &[], vec![]).await.status, 404);
    }
}

#[tokio::test]
async fn rotating_and_deleting_end_secrets_and_the_tokens_they_obtained() {
    for (_, app) in apps().await {
        let (id, first) = register(&app, "Robot", &["Ixp.ApiAccess"]).await;
        assign(&app, "Robot", "DefaultProject", "role-cm-viewer").await;
        let old_token = token(&app, &id, &first, "").await;
        let rotate = format!("/identity_/api/applications/{id}/rotate");
        let made = app.ok("POST", &rotate, json!({"grace_seconds": 60})).await;
        let second = made["client_secret"].as_str().unwrap().to_owned();
        assert_ne!(first, second);
        // During the grace both count.
        assert_eq!(call(&app, &old_token, "/auth/user").await.0, 200);
        token(&app, &id, &first, "").await;
        let new_token = token(&app, &id, &second, "").await;
        app.clock.advance_ms(60_000);
        assert_eq!(call(&app, &old_token, "/auth/user").await.0, 401);
        assert_eq!(ask(&app, &id, &first, "").await.body["error"], "invalid_client");
        assert_eq!(call(&app, &new_token, "/auth/user").await.0, 200);
        // Without a grace the end is at once.
        let third = app.ok("POST", &rotate, json!({})).await["client_secret"].as_str().unwrap().to_owned();
        assert_eq!(call(&app, &new_token, "/auth/user").await.0, 401);
        let last_token = token(&app, &id, &third, "").await;
        for grace in [json!(-1), json!(2_592_001), json!("soon")] {
            assert_eq!(app.err("POST", &rotate, json!({"grace_seconds": grace})).await.0, 400);
        }
        assert_eq!(app.err("POST", &rotate, json!({"grace": 1})).await.0, 400);
        app.ok("DELETE", &format!("/identity_/api/applications/{id}"), json!({})).await;
        assert_eq!(call(&app, &last_token, "/auth/user").await.0, 401);
        assert_eq!(ask(&app, &id, &third, "").await.body["error"], "invalid_client");
        assert_eq!(app.err("DELETE", &format!("/identity_/api/applications/{id}"), json!({})).await.0, 404);
        assert_eq!(app.err("POST", &rotate, json!({})).await.0, 404);
        let left = app.ok("GET", "/identity_/api/principals?search=Robot", json!({})).await;
        assert_eq!(left["principals"], json!([]));
    }
}

#[tokio::test]
async fn only_administrators_register_and_only_sound_applications() {
    for (_, mut app) in apps().await {
        let (status, message) =
            app.err("POST", "/identity_/api/applications", json!({"name": "x", "scopes": ["everything"]})).await;
        assert!(status == 400 && message.contains("everything"), "{message}");
        for body in
            [json!({"name": " ", "scopes": ["PM.User"]}), json!({"name": "x", "scopes": []}), json!({"name": "x"}), json!([])]
        {
            assert_eq!(app.err("POST", "/identity_/api/applications", body).await.0, 400);
        }
        register(&app, "x", &["PM.User"]).await;
        let taken = json!({"name": "x", "scopes": ["PM.User"]});
        assert_eq!(app.err("POST", "/identity_/api/applications", taken).await.0, 409);
        app.token = user(&app.env, "viewer", &[], &[("DefaultProject", "role-cm-project-admin")]).await;
        for (method, path) in [
            ("GET", "/identity_/api/applications"),
            ("POST", "/identity_/api/applications"),
            ("POST", "/identity_/api/applications/x/rotate"),
            ("DELETE", "/identity_/api/applications/x"),
        ] {
            assert_eq!(app.err(method, path, json!({})).await.0, 403, "{method} {path}");
            assert_eq!(app.send_raw(method, path, &[], vec![]).await.status, 401, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_token_that_our_keys_did_not_sign_as_it_stands_is_nobodys() {
    for (_, app) in apps().await {
        let (id, secret) = register(&app, "Robot", &["Ixp.ApiAccess"]).await;
        let robot = assign(&app, "Robot", "DefaultProject", "role-cm-viewer").await;
        let good = token(&app, &id, &secret, "").await;
        assert_eq!(call(&app, &good, "/auth/user").await.0, 200);
        let parts: Vec<&str> = good.split('.').collect();
        let decoded = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let (head, claims) = (decoded(parts[0]), decoded(parts[1]));
        assert_eq!((&head["alg"], &head["typ"], &claims["sub"]), (&json!("ES256"), &json!("at+jwt"), &json!(robot)));
        let mut stronger = claims.clone();
        stronger["scope"] = json!(ALL);
        let mut later = claims.clone();
        later["exp"] = json!(4_000_000_000_u64);
        let mut unsigned = head.clone();
        unsigned["alg"] = json!("none");
        let mut symmetric = head.clone();
        symmetric["alg"] = json!("HS256");
        let mut unknown = head.clone();
        unknown["kid"] = json!("00000000000000aa");
        for forged in [
            format!("{}.{}.{}", parts[0], encoded(&stronger), parts[2]),
            format!("{}.{}.{}", parts[0], encoded(&later), parts[2]),
            format!("{}.{}.", encoded(&unsigned), parts[1]),
            format!("{}.{}.{}", encoded(&symmetric), parts[1], parts[2]),
            format!("{}.{}.{}", encoded(&unknown), parts[1], parts[2]),
            format!("{}.{}", parts[0], parts[1]),
            format!("{}.{}.{}", parts[0], parts[1], &parts[2][..parts[2].len() - 4]),
            "eyJ".into(),
            "eyJ.eyJ.eyJ".into(),
        ] {
            assert_eq!(call(&app, &forged, "/auth/user").await.0, 401, "{forged}");
        }
    }
}

#[tokio::test]
async fn keys_change_every_month_and_lie_sealed() {
    for (_, app) in apps().await {
        let keys = async || app.send_raw("GET", "/identity_/.well-known/openid-configuration/jwks", &[], vec![]).await.body;
        let first = keys().await;
        assert_eq!((&first["keys"][0]["alg"], &first["keys"][1]), (&json!("ES256"), &Value::Null));
        assert!(!first.to_string().contains("\"d\""), "a private key must not be published");
        let (id, secret) = register(&app, "Robot", &["Ixp.ApiAccess"]).await;
        assign(&app, "Robot", "DefaultProject", "role-cm-viewer").await;
        app.clock.advance_ms(30 * 24 * 3_600_000 - 60_000);
        let old = token(&app, &id, &secret, "").await;
        app.clock.advance_ms(60_000);
        token(&app, &id, &secret, "").await;
        assert_eq!(keys().await["keys"].as_array().unwrap().len(), 2);
        assert_eq!(call(&app, &old, "/auth/user").await.0, 200, "a token outlives the change of keys");
        for _ in 0..4 {
            app.clock.advance_ms(31 * 24 * 3_600_000);
            token(&app, &id, &secret, "").await;
        }
        assert_eq!(keys().await["keys"].as_array().unwrap().len(), 3);
        // A database without its key file signs nothing.
        let strange = app.env.clone().with_service(Keyring::parse(&"00".repeat(32)).unwrap());
        let mut tx = strange.begin().await.unwrap();
        let keyring = strange.service::<Keyring>().unwrap();
        let columns = adit_identity::sealed_columns();
        assert!(keyring.reseal(&mut tx, strange.random.as_ref(), &columns).await.is_err());
        let ours = app.env.service::<Keyring>().unwrap();
        assert_eq!(ours.reseal(&mut tx, strange.random.as_ref(), &columns).await.unwrap(), 3);
        tx.commit().await.unwrap();
        token(&app, &id, &secret, "").await;
    }
}

#[tokio::test]
async fn the_discovery_document_names_what_is_there() {
    for (_, app) in apps().await {
        let headers = [("host", "adit.test:8080")];
        let document = app.send_raw("GET", "/identity_/.well-known/openid-configuration", &headers, vec![]).await.body;
        assert_eq!(document["issuer"], "http://adit.test:8080/identity_");
        for field in ["token_endpoint", "jwks_uri"] {
            let path = document[field].as_str().unwrap().strip_prefix("http://adit.test:8080").unwrap().to_owned();
            let method = if field == "jwks_uri" { "GET" } else { "POST" };
            assert_ne!(app.send_raw(method, &path, &[FORM], vec![]).await.status, 404, "{path}");
        }
        // RFC 8414 §3.2: a list without elements is left out; §2: this one must be there.
        let lists = document.as_object().unwrap().values().filter_map(Value::as_array);
        assert!(lists.into_iter().all(|list| !list.is_empty()), "{document}");
        assert_eq!(document["response_types_supported"], json!(["none"]));
        assert!(document.get("authorization_endpoint").is_none());
        // The same lies wherever a client may look, and says the same issuer wherever that is.
        for path in [
            "/.well-known/oauth-authorization-server/identity_",
            "/identity_/.well-known/oauth-authorization-server",
            "/any/default/identity_/.well-known/openid-configuration",
        ] {
            assert_eq!(app.send_raw("GET", path, &headers, vec![]).await.body, document, "{path}");
        }
    }
}
