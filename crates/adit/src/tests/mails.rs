//! Mails: to a real conversation in SMTP, and waiting where there is no server.

use std::sync::Arc;

use adit_store::seal::Keyring;
use adit_tenancy::mail::{Letter, Outlet, Post, Smtp, waiting};
use adit_testing::TestApp;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::setting::{apps, apps_with, user_in};

/// A server that speaks enough SMTP to take mails; it refuses recipients at `refused.example` with 451, at first.
async fn sink() -> (String, UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let (sender, received) = unbounded_channel();
    tokio::spawn(async move {
        let mut is_first = true;
        while let Ok((stream, _)) = listener.accept().await {
            let (reading, mut writing) = stream.into_split();
            let mut lines = BufReader::new(reading).lines();
            writing.write_all(b"220 sink\r\n").await.unwrap();
            let (mut mail, mut is_data) = (String::new(), false);
            while let Ok(Some(line)) = lines.next_line().await {
                if is_data && line == "." {
                    is_data = false;
                    sender.send(std::mem::take(&mut mail)).unwrap();
                    writing.write_all(b"250 kept\r\n").await.unwrap();
                } else if is_data {
                    mail.push_str(&line);
                    mail.push('\n');
                } else {
                    let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
                    let is_refused = line.contains("refused.example") && std::mem::take(&mut is_first);
                    let answer = match verb.as_str() {
                        "RCPT" if is_refused => "451 later",
                        "DATA" => "354 go on",
                        "QUIT" => "221 bye",
                        _ => "250 fine",
                    };
                    if verb == "RCPT" {
                        mail = format!("{line}\n");
                    }
                    is_data = verb == "DATA";
                    writing.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
                }
            }
        }
    });
    (url, received)
}

async fn invite(app: &TestApp, name: &str, domain: &str) -> String {
    let user = json!({"user": {"username": name, "email": format!("{name}@{domain}")}});
    let id = app.ok("PUT", "/api/_private/users", user).await["user"]["id"].as_str().unwrap().to_owned();
    app.ok("POST", &format!("/api/_private/users/{id}/welcome-email"), json!({})).await;
    id
}

async fn n_waiting(app: &TestApp) -> usize {
    let mut tx = app.env.read().await.unwrap();
    waiting(&mut tx, &app.env).await.unwrap().len()
}

#[tokio::test]
async fn a_welcome_mail_reaches_a_mail_server_also_when_the_first_try_fails() {
    let (url, mut received) = sink().await;
    let outlet = || Outlet {
        post: Some(Arc::new(Smtp::new(&url, "Adit <adit@acme.example>").unwrap()) as Arc<dyn Post>),
        link_base: Some("https://adit.example".into()),
    };
    for (engine, app) in apps_with(|env| env.with_service(outlet())).await {
        invite(&app, "ann", "acme.example").await;
        app.run_jobs().await;
        let mail = received.try_recv().unwrap();
        for part in
            ["<ann@acme.example>", "From: Adit <adit@acme.example>", "Subject: Welcome to Adit", "https://adit.example", "ann"]
        {
            assert!(mail.contains(part), "{engine}: `{part}` is not in {mail}");
        }
        assert_eq!(n_waiting(&app).await, 0);
        invite(&app, "bob", "refused.example").await;
        app.run_jobs().await;
        if received.try_recv().is_err() {
            let mut tx = app.env.read().await.unwrap();
            assert!(waiting(&mut tx, &app.env).await.unwrap()[0].last_error.as_deref().unwrap().contains("451"));
            drop(tx);
            app.clock.advance_ms(3_600_000);
            app.run_jobs().await;
            assert!(received.try_recv().unwrap().contains("bob"));
        }
        assert_eq!(n_waiting(&app).await, 0);
        let body = json!({});
        let missing = app.err("POST", "/api/_private/users/00000000000000aa/welcome-email", body).await;
        assert_eq!(missing.0, 404);
    }
}

#[tokio::test]
async fn without_a_server_mails_wait_until_there_is_one() {
    for (engine, app) in apps().await {
        invite(&app, "ann", "acme.example").await;
        app.run_jobs().await;
        assert_eq!(n_waiting(&app).await, 1, "{engine}");
        assert_eq!(adit_tenancy::mail::resume(&app.env).await.unwrap(), 0);
        let (url, mut received) = sink().await;
        let outlet = Outlet { post: Some(Arc::new(Smtp::new(&url, "adit@acme.example").unwrap())), link_base: None };
        let env = app.env.clone().with_service(outlet);
        assert_eq!(adit_tenancy::mail::resume(&env).await.unwrap(), 1);
        adit_jobs::drain(&env, &crate::wiring::all_jobs()).await.unwrap();
        assert!(received.try_recv().unwrap().contains("ann@acme.example"));
        assert_eq!(n_waiting(&app).await, 0);
    }
}

#[tokio::test]
async fn a_mail_carries_its_text_whatever_is_in_it() {
    let (url, mut received) = sink().await;
    let smtp = Smtp::new(&url, "adit@acme.example").unwrap();
    let body = "Grüße\n.\n.. and dots\n".to_owned();
    let letter = Letter { recipient: "ann@acme.example".into(), subject: "Größe\r\nBcc: x@y".into(), body };
    if smtp.deliver(&letter).await.is_ok() {
        let mail = received.try_recv().unwrap();
        assert!(!mail.lines().any(|line| line.starts_with("Bcc:")), "{mail}");
    }
    let bad = Letter { recipient: "a@b\r\nRCPT TO:<c@d>".into(), subject: String::new(), body: String::new() };
    assert!(smtp.deliver(&bad).await.is_err());
    assert!(Smtp::new("http://user:secret@host", "adit@x").is_err_and(|e| !e.to_string().contains("secret")));
}

/// What stands in the one mail that waits.
async fn waiting_text(app: &TestApp) -> String {
    let mut tx = app.env.read().await.unwrap();
    waiting(&mut tx, &app.env).await.unwrap().pop().unwrap().letter.body
}

#[tokio::test]
async fn a_welcome_mail_carries_a_link_that_sets_the_first_password_in_its_tenant() {
    let outlet = || Outlet { post: None, link_base: Some("https://adit.test".into()) };
    for (engine, mut app) in apps_with(|env| env.with_service(outlet())).await {
        app.token = user_in(&app.env, None, "root", &["root"], &[]).await;
        app.ok("PUT", "/api/_private/tenants/globex", json!({"tenant": {}})).await;
        for (tenant, prefix) in [(None, ""), (Some("globex"), "/adit/globex")] {
            let begin = if prefix.is_empty() { String::new() } else { format!("{prefix}/reinfer_") };
            app.token = user_in(&app.env, tenant, "boss", &["tenant-admin"], &[]).await;
            let new = json!({"user": {"username": "ann", "email": "ann@acme.example"}});
            let made = app.ok("PUT", &format!("{begin}/api/_private/users"), new).await;
            let welcome = format!("{begin}/api/_private/users/{}/welcome-email", made["user"]["id"].as_str().unwrap());
            app.ok("POST", &welcome, json!({})).await;
            let text = waiting_text(&app).await;
            let start = format!("https://adit.test{prefix}/identity_/set-password#");
            let token = text.split(&start).nth(1).unwrap_or_else(|| panic!("{engine}: {text}")).lines().next().unwrap();
            let send = async |prefix: &str, path: &str, body: serde_json::Value| {
                app.send_raw("POST", &format!("{prefix}/identity_/api/{path}"), &[], body.to_string().into_bytes()).await.status
            };
            let set = json!({"token": token, "password": "correct horse battery"});
            let elsewhere = if prefix.is_empty() { "/adit/globex" } else { "" };
            assert_eq!(
                send(elsewhere, "password/set", set.clone()).await,
                403,
                "{engine}: the link of one tenant is for it alone"
            );
            assert_eq!(send(prefix, "password/set", set.clone()).await, 200, "{engine}");
            assert_eq!(send(prefix, "password/set", set).await, 403, "{engine}: a link works once");
            let sign_in = json!({"username": "ann", "password": "correct horse battery"});
            assert_eq!(send(prefix, "sign-in", sign_in).await, 200, "{engine}");
            // Who has a password is told where to sign in, and no more.
            app.clock.advance_ms(1000);
            app.ok("POST", &welcome, json!({})).await;
            assert!(!waiting_text(&app).await.contains('#'), "{engine}");
        }
    }
}

#[tokio::test]
async fn the_texts_of_waiting_mails_lie_sealed() {
    for (engine, app) in apps().await {
        invite(&app, "ann", "acme.example").await;
        assert!(waiting_text(&app).await.contains("ann"), "{engine}");
        let strange = app.env.clone().with_service(Keyring::parse(&"00".repeat(32)).unwrap());
        let mut tx = strange.read().await.unwrap();
        assert!(waiting(&mut tx, &strange).await.is_err(), "{engine}: another key opens them");
        drop(tx);
        // They are among what a rotation of keys seals anew, and can still be read after it.
        let keyring = app.env.service::<Keyring>().unwrap();
        let mut tx = app.env.begin().await.unwrap();
        let n_sealed = keyring.reseal(&mut tx, app.env.random.as_ref(), &crate::wiring::all_sealed_columns()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(n_sealed, 1, "{engine}");
        assert!(waiting_text(&app).await.contains("ann"), "{engine}");
    }
}
