//! Nothing that opens a door is ever in the log.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use super::setting::{apps, user};

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// On one thread, so that everything the server says passes the subscriber of the test.
#[tokio::test(flavor = "current_thread")]
async fn no_secret_reaches_the_log_at_any_level() {
    let captured = Captured::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(captured.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    for (_, mut app) in apps().await {
        let mut secrets: Vec<String> = vec![app.token.clone()];
        secrets.push(user(&app.env, "ann", &[], &[]).await);
        let made = app.ok("POST", "/identity_/api/applications", json!({"name": "Robot", "scopes": ["PM.User"]})).await;
        let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap().to_owned());
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let issued = app.send_raw("POST", "/identity_/connect/token", &headers, form.into_bytes()).await;
        secrets.extend([secret, issued.body["access_token"].as_str().unwrap().to_owned()]);
        let mut tx = app.env.begin().await.unwrap();
        let tenant = adit_tenancy::tenants::named_or_default(&mut tx, None).await.unwrap().id;
        let ann = adit_tenancy::users::by_username(&mut tx, tenant, "ann").await.unwrap().unwrap().id;
        let link = adit_identity::issue_link(&mut tx, &app.env, ann, 60).await.unwrap();
        tx.commit().await.unwrap();
        let password = "a password nobody may read";
        let send = async |path: &str, body: Value| app.send_raw("POST", path, &[], body.to_string().into_bytes()).await;
        send("/identity_/api/password/set", json!({"token": link, "password": password})).await;
        send("/identity_/api/sign-in", json!({"username": "ann", "password": "a wrong password to hide"})).await;
        let signed = send("/identity_/api/sign-in", json!({"username": "ann", "password": password})).await;
        assert_eq!(signed.status, 200, "{}", signed.body);
        let cookie = signed.headers["set-cookie"].to_str().unwrap();
        secrets.push(cookie.split(['=', ';']).nth(1).unwrap().to_owned());
        secrets.push(signed.body["csrf_token"].as_str().unwrap().to_owned());
        secrets.extend([link, password.to_owned(), "a wrong password to hide".to_owned()]);
        send("/identity_/api/sign-in", json!({"username": "ann", "password": password, "extra": 1})).await;
        // Wrong and malformed credentials are the ones that are most likely to be complained about.
        for bad in ["wrong-token-that-was-almost-right", "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl"] {
            app.token = bad.to_owned();
            assert_eq!(app.err("GET", "/auth/user", json!({})).await.0, 401);
            secrets.push(bad.to_owned());
        }
        let log = String::from_utf8_lossy(&captured.0.lock().unwrap()).into_owned();
        assert!(log.contains("answered"), "the log was not captured");
        // The statements' text is traced, their values are not.
        for secret in secrets {
            assert!(!log.contains(&secret), "`{secret}` is in the log");
        }
    }
}
