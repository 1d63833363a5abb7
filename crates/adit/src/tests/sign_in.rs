//! Sign-in of people: passwords, links, sessions, forged requests, guessing, second factors.

use adit_kernel::Id;
use adit_tenancy::{mail, tenants, users};
use adit_testing::{Reply, TestApp};
use serde_json::{Value, json};
use totp_rs::{Algorithm, Builder, Secret};

use super::setting::{apps, filled, user};

pub(super) const PASSWORD: &str = "correct horse battery";
const HOST: (&str, &str) = ("host", "adit.test");
const ORIGIN: (&str, &str) = ("origin", "https://adit.test");

/// What a browser holds after a sign-in.
pub(super) struct Browser {
    pub(super) cookie: String,
    csrf: String,
}

impl Browser {
    pub(super) async fn send(&self, app: &TestApp, method: &str, path: &str, body: Value) -> Reply {
        let headers = [HOST, ORIGIN, ("cookie", self.cookie.as_str()), ("x-csrf-token", self.csrf.as_str())];
        app.send_raw(method, path, &headers, body.to_string().into_bytes()).await
    }

    pub(super) async fn ok(&self, app: &TestApp, method: &str, path: &str, body: Value) -> Value {
        let reply = self.send(app, method, path, body).await;
        assert_eq!(reply.status, 200, "{method} {path}: {}", reply.body);
        reply.body
    }
}

pub(super) async fn post(app: &TestApp, path: &str, body: Value) -> Reply {
    app.send_raw("POST", path, &[HOST, ORIGIN], body.to_string().into_bytes()).await
}

pub(super) async fn try_sign_in(app: &TestApp, name: &str, password: &str, code: Option<&str>) -> Reply {
    post(app, "/identity_/api/sign-in", json!({"username": name, "password": password, "code": code})).await
}

fn browser(reply: &Reply) -> Browser {
    assert_eq!((reply.status, &reply.body["signed_in"]), (200, &json!(true)), "{}", reply.body);
    let cookie = reply.headers["set-cookie"].to_str().unwrap();
    for part in ["adit_session=", "; Path=/", "; HttpOnly", "; SameSite=Lax"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap().to_owned();
    Browser { cookie, csrf: reply.body["csrf_token"].as_str().unwrap().to_owned() }
}

pub(super) async fn sign_in(app: &TestApp, name: &str, password: &str) -> Browser {
    browser(&try_sign_in(app, name, password, None).await)
}

async fn id_of(app: &TestApp, name: &str) -> Id {
    let mut tx = app.env.read().await.unwrap();
    let tenant = tenants::named_or_default(&mut tx, None).await.unwrap().id;
    users::by_username(&mut tx, tenant, name).await.unwrap().unwrap().id
}

/// A one-time link's token.
pub(super) async fn link(app: &TestApp, name: &str) -> String {
    let id = id_of(app, name).await;
    let mut tx = app.env.begin().await.unwrap();
    let token = adit_identity::issue_link(&mut tx, &app.env, id, 3600).await.unwrap();
    tx.commit().await.unwrap();
    token
}

/// A person with a password.
pub(super) async fn person(app: &TestApp, name: &str, in_projects: &[(&str, &str)]) {
    user(&app.env, name, &[], in_projects).await;
    let token = link(app, name).await;
    let set = post(app, "/identity_/api/password/set", json!({"token": token, "password": PASSWORD})).await;
    assert_eq!(set.status, 200, "{}", set.body);
}

#[tokio::test]
async fn a_session_may_call_the_api_like_a_token_but_writes_prove_where_they_come_from() {
    for (_, app) in apps().await {
        filled(&app, 1).await;
        person(&app, "ann", &[("acme", "role-cm-project-admin")]).await;
        let ann = sign_in(&app, "ann", PASSWORD).await;
        assert_eq!(ann.ok(&app, "GET", "/auth/user", json!({})).await["user"]["username"], "ann");
        let update = json!({"source": {"title": "New"}});
        ann.ok(&app, "POST", "/api/v1/sources/acme/desk", update.clone()).await;
        let cookie = ("cookie", ann.cookie.as_str());
        let csrf = ("x-csrf-token", ann.csrf.as_str());
        let forged: [&[(&str, &str)]; 7] = [
            &[HOST, ORIGIN, cookie],
            &[HOST, csrf, cookie],
            &[HOST, ("origin", "https://evil.test"), csrf, cookie],
            &[HOST, ("origin", "null"), csrf, cookie],
            &[HOST, ("sec-fetch-site", "cross-site"), csrf, cookie],
            &[HOST, ORIGIN, ("x-csrf-token", ""), cookie],
            &[HOST, ORIGIN, ("x-csrf-token", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), cookie],
        ];
        for headers in forged {
            let reply = app.send_raw("POST", "/api/v1/sources/acme/desk", headers, update.to_string().into_bytes()).await;
            assert_eq!(reply.status, 403, "{headers:?}");
            assert!(reply.body["message"].as_str().unwrap().contains("X-CSRF-Token"));
            assert_eq!(app.send_raw("POST", "/identity_/api/sign-out", headers, vec![]).await.status, 403, "{headers:?}");
        }
        // A cookie that nobody was given, and one of the other kind.
        for bad in ["adit_session=AAAA".to_owned(), ann.cookie.replace("adit_session", "__Host-adit_session")] {
            assert_eq!(app.send_raw("GET", "/auth/user", &[HOST, ("cookie", &bad)], vec![]).await.status, 401, "{bad}");
        }
        let session = ann.ok(&app, "GET", "/identity_/api/session", json!({})).await;
        assert_eq!((&session["username"], &session["csrf_token"]), (&json!("ann"), &json!(ann.csrf)));
        let out = ann.send(&app, "POST", "/identity_/api/sign-out", json!({})).await;
        assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
        assert_eq!(ann.send(&app, "GET", "/auth/user", json!({})).await.status, 401);
    }
}

/// Waits until a session's time of use, which is written beside the request, is the time of now.
async fn seen_now(app: &TestApp) {
    for _ in 0..500 {
        let mut tx = app.env.read().await.unwrap();
        let sql = "SELECT 1 FROM sessions WHERE seen_us = $1";
        if tx.first(sql, adit_store::args![app.env.now()]).await.unwrap().is_some() {
            return;
        }
        drop(tx);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the time of use was not written");
}

#[tokio::test]
async fn sessions_end_when_idle_in_any_case_and_by_hand() {
    for (_, app) in apps().await {
        person(&app, "ann", &[]).await;
        let idle = sign_in(&app, "ann", PASSWORD).await;
        app.clock.advance_ms(12 * 3_600_000);
        assert_eq!(idle.send(&app, "GET", "/auth/user", json!({})).await.status, 401);
        let busy = sign_in(&app, "ann@EXAMPLE.com", PASSWORD).await;
        for _ in 0..16 {
            app.clock.advance_ms(10 * 3_600_000);
            busy.ok(&app, "GET", "/auth/user", json!({})).await;
            seen_now(&app).await;
        }
        app.clock.advance_ms(9 * 3_600_000);
        assert_eq!(busy.send(&app, "GET", "/auth/user", json!({})).await.status, 401, "a week is the end");

        let (first, second) = (sign_in(&app, "ann", PASSWORD).await, sign_in(&app, "ann", PASSWORD).await);
        person(&app, "bob", &[]).await;
        let bob = sign_in(&app, "bob", PASSWORD).await;
        let listed = second.ok(&app, "GET", "/identity_/api/sessions", json!({})).await;
        assert_eq!(listed["sessions"].as_array().unwrap().len(), 2);
        assert!(!listed.to_string().contains(&second.cookie["adit_session=".len()..]));
        let other = listed["sessions"].as_array().unwrap().iter().find(|s| s["is_current"] == false).unwrap()["id"].clone();
        let end = format!("/identity_/api/sessions/{}", other.as_str().unwrap());
        assert_eq!(bob.send(&app, "DELETE", &end, json!({})).await.status, 404, "another's session is not there");
        second.ok(&app, "DELETE", &end, json!({})).await;
        assert_eq!(second.send(&app, "DELETE", &end, json!({})).await.status, 404);
        assert_eq!(first.send(&app, "GET", "/auth/user", json!({})).await.status, 401);
        // A new password ends the other sessions and keeps this one.
        let third = sign_in(&app, "ann", PASSWORD).await;
        let change = |current: &str, new: &str| json!({"current_password": current, "new_password": new});
        let path = "/identity_/api/password";
        assert_eq!(second.send(&app, "POST", path, change("wrong wrong wrong", "another long one")).await.status, 403);
        assert_eq!(second.send(&app, "POST", path, change(PASSWORD, "short")).await.status, 400);
        second.ok(&app, "POST", path, change(PASSWORD, "another long one")).await;
        assert_eq!(third.send(&app, "GET", "/auth/user", json!({})).await.status, 401);
        second.ok(&app, "GET", "/auth/user", json!({})).await;
        assert_eq!(try_sign_in(&app, "ann", PASSWORD, None).await.status, 401);
        sign_in(&app, "ann", "another long one").await;
    }
}

#[tokio::test]
async fn guessing_gets_slow_for_the_guesser_and_for_nobody_else() {
    for (_, mut app) in apps().await {
        person(&app, "ann", &[]).await;
        for name in ["ann", "nobody"] {
            for _ in 0..5 {
                let refused = try_sign_in(&app, name, "wrong wrong wrong", None).await;
                assert_eq!(
                    (refused.status, refused.body["message"].as_str()),
                    (401, Some("The user name or the password is wrong."))
                );
            }
            let refused = try_sign_in(&app, name, PASSWORD, None).await;
            assert_eq!(refused.status, 429, "{name}: an existing account is throttled like one that is not there");
            assert!(refused.headers.contains_key("retry-after"));
        }
        // The owner comes from elsewhere and is let in.
        let guesser = app.peer;
        app.peer = "198.51.100.7:1000".parse().unwrap();
        sign_in(&app, "ann", PASSWORD).await;
        // That the owner signed in does not help the guesser.
        app.peer = guesser;
        assert_eq!(try_sign_in(&app, "ann", PASSWORD, None).await.status, 429);
        app.clock.advance_ms(2_000);
        assert_eq!(try_sign_in(&app, "ann", "wrong wrong wrong", None).await.status, 401);
        assert_eq!(try_sign_in(&app, "ann", PASSWORD, None).await.status, 429);
        app.clock.advance_ms(900_000);
        sign_in(&app, "ann", PASSWORD).await;
    }
}

#[tokio::test]
async fn a_guesser_at_the_same_address_cannot_keep_out_who_has_signed_in_in_this_browser() {
    for (engine, app) in apps().await {
        person(&app, "ann", &[]).await;
        person(&app, "bob", &[]).await;
        let device_of = |reply: &Reply| {
            let cookies = reply.headers.get_all("set-cookie").into_iter().map(|value| value.to_str().unwrap().to_owned());
            cookies.filter(|cookie| cookie.starts_with("adit_device=")).map(|c| c.split(';').next().unwrap().to_owned()).next()
        };
        let ann = device_of(&try_sign_in(&app, "ann", PASSWORD, None).await).expect("a sign-in leaves a cookie");
        let bob = device_of(&try_sign_in(&app, "bob", PASSWORD, None).await).unwrap();
        let attempt = async |device: &str, password: &str| {
            let body = json!({"username": "ann", "password": password}).to_string().into_bytes();
            app.send_raw("POST", "/identity_/api/sign-in", &[HOST, ORIGIN, ("cookie", device)], body).await
        };
        guess_until_refused(&app, "ann").await;
        assert_eq!(try_sign_in(&app, "ann", PASSWORD, None).await.status, 429, "{engine}");
        for strange in [bob.as_str(), "adit_device=AAAA"] {
            assert_eq!(attempt(strange, PASSWORD).await.status, 429, "{engine}: another's cookie helps nobody");
        }
        let again = attempt(&ann, PASSWORD).await;
        assert_eq!(again.status, 200, "{engine}: {}", again.body);
        assert_eq!(device_of(&again), None, "{engine}: the browser is known already");
        // The cookie gives its holder no more guesses than an address has.
        for _ in 0..5 {
            assert_eq!(attempt(&ann, "wrong wrong wrong").await.status, 401, "{engine}");
        }
        assert_eq!(attempt(&ann, PASSWORD).await.status, 429, "{engine}");
        // With a new password every browser is forgotten.
        app.clock.advance_ms(900_000);
        person_again(&app, "ann").await;
        guess_until_refused(&app, "ann").await;
        assert_eq!(attempt(&ann, "another long password").await.status, 429, "{engine}");
    }
}

/// Guesses until the address has to wait.
async fn guess_until_refused(app: &TestApp, name: &str) {
    for _ in 0..8 {
        if try_sign_in(app, name, "wrong wrong wrong", None).await.status == 429 {
            return;
        }
    }
    panic!("eight wrong passwords and no wait");
}

/// Gives somebody a new password.
async fn person_again(app: &TestApp, name: &str) {
    let token = link(app, name).await;
    let body = json!({"token": token, "password": "another long password"});
    assert_eq!(post(app, "/identity_/api/password/set", body).await.status, 200);
}

#[tokio::test]
async fn attempts_at_the_same_time_all_count() {
    for (_, app) in apps().await {
        person(&app, "ann", &[]).await;
        let tries = (0..12).map(|_| try_sign_in(&app, "ann", "wrong wrong wrong", None));
        let replies = futures_util::future::join_all(tries).await;
        let n_judged = replies.iter().filter(|reply| reply.status == 401).count();
        assert!(n_judged <= 6, "{n_judged} of 12 guesses were judged");
        assert!(replies.iter().all(|reply| [401, 429].contains(&reply.status)));
    }
}

#[tokio::test]
async fn a_link_sets_one_password_once() {
    for (_, app) in apps().await {
        user(&app.env, "ann", &[], &[]).await;
        let set = async |token: &str, password: &str| {
            post(&app, "/identity_/api/password/set", json!({"token": token, "password": password})).await.status
        };
        let (old, token) = (link(&app, "ann").await, link(&app, "ann").await);
        assert_eq!(set(&old, PASSWORD).await, 403, "a newer link ends the older one");
        assert_eq!(set("nonsense", PASSWORD).await, 403);
        assert_eq!(set(&token, "short").await, 400);
        assert_eq!(set(&token, PASSWORD).await, 200, "a refused password does not use the link up");
        assert_eq!(set(&token, PASSWORD).await, 403);
        let late = link(&app, "ann").await;
        app.clock.advance_ms(3_600_000);
        assert_eq!(set(&late, PASSWORD).await, 403);
        let session = sign_in(&app, "ann", PASSWORD).await;
        let token = link(&app, "ann").await;
        assert_eq!(set(&token, "a different one").await, 200);
        assert_eq!(session.send(&app, "GET", "/auth/user", json!({})).await.status, 401, "a reset ends all sessions");
        let page = app.send_raw("GET", "/identity_/set-password", &[HOST], vec![]).await;
        assert!(page.headers["content-security-policy"].to_str().unwrap().contains("script-src 'sha256-"));
        assert!(String::from_utf8(page.bytes).unwrap().contains("api/password/set"));
    }
}

#[tokio::test]
async fn a_forgotten_password_is_reset_by_mail_and_the_answer_tells_nobody_who_exists() {
    for (_, app) in apps().await {
        person(&app, "ann", &[]).await;
        let mut answers = Vec::new();
        for name in ["ann", "ann@example.com", "nobody"] {
            let reply = post(&app, "/identity_/api/password/forgot", json!({"username": name})).await;
            answers.push((reply.status, reply.body));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == 200), "{answers:?}");
        app.run_jobs().await;
        let mut tx = app.env.read().await.unwrap();
        let mails = mail::waiting(&mut tx, &app.env).await.unwrap();
        drop(tx);
        assert!(mails.iter().all(|mail| mail.letter.recipient == "ann@example.com"));
        assert_eq!(mails.len(), 2);
        let tokens: Vec<&str> = mails
            .iter()
            .filter_map(|mail| mail.letter.body.split("https://adit.test/identity_/set-password#").nth(1)?.split('\n').next())
            .collect();
        let mut statuses = Vec::new();
        for token in tokens {
            let body = json!({"token": token, "password": "a brand new one"});
            statuses.push(post(&app, "/identity_/api/password/set", body).await.status);
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 403], "only the latest link works");
        sign_in(&app, "ann", "a brand new one").await;
    }
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_each_code_counts_once() {
    for (_, app) in apps().await {
        person(&app, "ann", &[]).await;
        let ann = sign_in(&app, "ann", PASSWORD).await;
        assert_eq!(ann.send(&app, "POST", "/identity_/api/second-factor/confirm", json!({"code": "123456"})).await.status, 409);
        assert_eq!(ann.send(&app, "POST", "/identity_/api/second-factor", json!({"password": "wrong"})).await.status, 403);
        let begun = ann.ok(&app, "POST", "/identity_/api/second-factor", json!({"password": PASSWORD})).await;
        let secret = begun["secret"].as_str().unwrap();
        assert!(begun["uri"].as_str().unwrap().starts_with("otpauth://totp/Adit:ann?secret="));
        let device = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_secret(Secret::try_from_base32(secret).unwrap())
            .build_noncompliant();
        let code = || device.generate(u64::try_from(app.env.now().micros()).unwrap() / 1_000_000).to_string();
        // Until it is confirmed, the password alone suffices.
        sign_in(&app, "ann", PASSWORD).await;
        assert_eq!(ann.send(&app, "POST", "/identity_/api/second-factor/confirm", json!({"code": "000000"})).await.status, 422);
        let confirmed = ann.ok(&app, "POST", "/identity_/api/second-factor/confirm", json!({"code": code()})).await;
        let recovery: Vec<&str> = confirmed["recovery_codes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(recovery.len(), 10);

        let asked = try_sign_in(&app, "ann", PASSWORD, None).await;
        assert_eq!((&asked.body["signed_in"], &asked.body["second_factor_required"]), (&json!(false), &json!(true)));
        assert!(!asked.headers.contains_key("set-cookie"));
        assert_eq!(try_sign_in(&app, "ann", PASSWORD, Some(&code())).await.status, 401, "the code that confirmed is used up");
        app.clock.advance_ms(30_000);
        let fresh = code();
        browser(&try_sign_in(&app, "ann", PASSWORD, Some(&fresh)).await);
        assert_eq!(try_sign_in(&app, "ann", PASSWORD, Some(&fresh)).await.status, 401);
        browser(&try_sign_in(&app, "ann", PASSWORD, Some(recovery[0])).await);
        assert_eq!(try_sign_in(&app, "ann", PASSWORD, Some(recovery[0])).await.status, 401);
        // The secret lies sealed, and codes on paper are digests.
        let mut tx = app.env.read().await.unwrap();
        let sealed = tx.one("SELECT sealed FROM second_factors", vec![]).await.unwrap().blob(0).unwrap();
        let digests = tx.all("SELECT digest FROM recovery_codes", vec![]).await.unwrap();
        drop(tx);
        assert!(!sealed.windows(20).any(|w| Secret::from(w.to_vec()).to_base32() == secret));
        assert_eq!(digests.len(), 9);
        assert!(digests.iter().all(|row| !recovery.iter().any(|code| row.text(0).unwrap().contains(*code))));
        // Wrong codes are slowed down like wrong passwords.
        let mut statuses = Vec::new();
        for n in 0..8 {
            statuses.push(try_sign_in(&app, "ann", PASSWORD, Some(&format!("{n:06}"))).await.status);
        }
        assert!(statuses.contains(&429), "{statuses:?}");
        app.clock.advance_ms(900_000);
        let remove = "/identity_/api/second-factor/remove";
        for wrong in [
            json!({"password": PASSWORD}),
            json!({"password": PASSWORD, "code": fresh}),
            json!({"password": "wrong wrong wrong", "code": recovery[1]}),
        ] {
            assert_eq!(ann.send(&app, "POST", remove, wrong.clone()).await.status, 403, "{wrong}");
        }
        assert_eq!(try_sign_in(&app, "ann", PASSWORD, None).await.body["second_factor_required"], true);
        ann.ok(&app, "POST", remove, json!({"password": PASSWORD, "code": recovery[1]})).await;
        app.clock.advance_ms(900_000);
        assert_eq!(ann.send(&app, "POST", remove, json!({"password": PASSWORD})).await.status, 404);
        sign_in(&app, "ann", PASSWORD).await;
    }
}

#[tokio::test]
async fn a_person_manages_its_own_token_and_a_token_cannot_prolong_itself() {
    for (_, mut app) in apps().await {
        person(&app, "ann", &[]).await;
        let ann = sign_in(&app, "ann", PASSWORD).await;
        let made = ann.ok(&app, "POST", "/identity_/api/token", json!({"expires_at": "2024-04-01T00:00:00Z"})).await;
        app.token = made["api_token"].as_str().unwrap().to_owned();
        app.ok("GET", "/auth/user", json!({})).await;
        assert_eq!(app.err("POST", "/identity_/api/token", json!({})).await.0, 403);
        let shown = ann.ok(&app, "GET", "/identity_/api/token", json!({})).await;
        assert_eq!(shown["token"]["expires_at"], "2024-04-01T00:00:00Z");
        assert!(!shown.to_string().contains(&app.token));
        assert_eq!(
            ann.send(&app, "POST", "/identity_/api/token", json!({"expires_at": "2020-01-01T00:00:00Z"})).await.status,
            400
        );
        ann.ok(&app, "DELETE", "/identity_/api/token", json!({})).await;
        assert_eq!(ann.send(&app, "DELETE", "/identity_/api/token", json!({})).await.status, 404);
        assert_eq!(app.err("GET", "/auth/user", json!({})).await.0, 401);
    }
}

#[tokio::test]
async fn who_is_disabled_or_an_application_does_not_sign_in() {
    for (_, app) in apps().await {
        person(&app, "ann", &[]).await;
        let ann = sign_in(&app, "ann", PASSWORD).await;
        let token = link(&app, "ann").await;
        let mut tx = app.env.begin().await.unwrap();
        tx.execute("UPDATE users SET is_disabled = 1 WHERE username = 'ann'", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(ann.send(&app, "GET", "/auth/user", json!({})).await.status, 401);
        assert_eq!(try_sign_in(&app, "ann", PASSWORD, None).await.status, 401);
        assert_eq!(post(&app, "/identity_/api/password/set", json!({"token": token, "password": PASSWORD})).await.status, 403);
        app.ok("POST", "/identity_/api/applications", json!({"name": "Robot", "scopes": ["PM.User"]})).await;
        assert_eq!(try_sign_in(&app, "Robot", "", None).await.status, 401);
        // From a page of another site nobody is signed in as somebody else.
        let body = json!({"username": "ann", "password": PASSWORD}).to_string().into_bytes();
        let headers = [HOST, ("origin", "https://evil.test")];
        assert_eq!(app.send_raw("POST", "/identity_/api/sign-in", &headers, body).await.status, 403);
    }
}

/// What was written to the audit log, once it holds every one of `wanted`.
pub(super) async fn events(app: &TestApp, wanted: &[&str]) -> Vec<String> {
    for _ in 0..100 {
        let page = app.ok("POST", "/api/v1/audit_events/query", json!({"filter": {}})).await;
        let found: Vec<String> =
            page["audit_events"].as_array().unwrap().iter().map(|e| e["event_type"].as_str().unwrap().to_owned()).collect();
        if wanted.iter().all(|kind| found.iter().any(|f| f == kind)) {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    }
    panic!("not all of {wanted:?} were recorded");
}

#[tokio::test]
async fn sign_ins_tokens_and_secrets_leave_events() {
    for (_, app) in apps().await {
        person(&app, "ann", &[]).await;
        let ann = sign_in(&app, "ann", PASSWORD).await;
        try_sign_in(&app, "ann", "wrong wrong wrong", None).await;
        ann.ok(&app, "POST", "/identity_/api/token", json!({})).await;
        ann.ok(&app, "POST", "/identity_/api/sign-out", json!({})).await;
        let made = app.ok("POST", "/identity_/api/applications", json!({"name": "Robot", "scopes": ["PM.User"]})).await;
        let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let issued = app.send_raw("POST", "/identity_/connect/token", &headers, form.into_bytes()).await;
        assert_eq!(issued.status, 200);
        app.ok("POST", &format!("/identity_/api/applications/{id}/rotate"), json!({})).await;
        app.ok("DELETE", &format!("/identity_/api/applications/{id}"), json!({})).await;
        let wanted = [
            "password_set",
            "signed_in",
            "sign_in_refused",
            "token_regenerated",
            "signed_out",
            "application_registered",
            "access_token_issued",
            "application_secret_rotated",
            "application_deleted",
        ];
        events(&app, &wanted).await;
        let page = app.ok("POST", "/api/v1/audit_events/query", json!({"filter": {}})).await.to_string();
        for kept_out in [secret, PASSWORD, issued.body["access_token"].as_str().unwrap()] {
            assert!(!page.contains(kept_out));
        }
    }
}
