//! The first administrator of a running server: the printed link, a password, a session, and what a session may not do.

use std::thread;
use std::time::{Duration, Instant};

use adit_conformance::{Api, Reply, Server, ServerOptions, run_adit};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

/// A server that knows nobody yet.
fn fresh() -> Server {
    Server::start_with(ServerOptions { has_no_token: true, ..ServerOptions::default() })
}

/// The token of the link that the server printed.
fn printed_token(server: &Server) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let log = server.log_tail();
        if let Some((_, rest)) = log.split_once("/identity_/set-password#") {
            return rest.split_whitespace().next().unwrap().to_owned();
        }
        assert!(Instant::now() < deadline, "no link was printed:\n{log}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// A request as a page of the server sends it.
fn send(server: &Server, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
    let api: Api = server.api().with_token(None);
    let request = api.request(method, path).header("origin", server.base()).json(body);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    api.send(method, path, request)
}

/// Signs in; the cookie and the token that writes must repeat.
fn sign_in(server: &Server) -> (String, String) {
    let api = server.api().with_token(None);
    let body = json!({"username": "admin", "password": PASSWORD});
    let request = api.request("POST", "/identity_/api/sign-in").header("origin", server.base()).json(&body);
    let response = request.send().unwrap();
    assert_eq!(response.status(), 200);
    let cookie = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let body: Value = response.json().unwrap();
    (cookie.split(';').next().unwrap().to_owned(), body["csrf_token"].as_str().unwrap().to_owned())
}

#[test]
fn the_printed_link_makes_an_administrator_whose_session_works_like_a_token() {
    let mut server = fresh();
    let token = printed_token(&server);
    let set = json!({"token": token, "password": PASSWORD});
    assert_eq!(send(&server, "POST", "/identity_/api/password/set", &[], &set).status, 200);
    assert_eq!(send(&server, "POST", "/identity_/api/password/set", &[], &set).status, 403, "a link works once");
    let (cookie, csrf) = sign_in(&server);
    let cookie = ("cookie", cookie.as_str());
    let project = json!({"project": {"title": "By session"}, "user_ids": []});
    let at = "/api/_private/projects/by-session";
    let user = server.api().with_token(None).request("GET", "/auth/user").header(cookie.0, cookie.1).send().unwrap();
    assert_eq!(user.json::<Value>().unwrap()["user"]["username"], "admin");
    assert_eq!(send(&server, "PUT", at, &[cookie], &project).status, 403, "a write without the token is refused");
    assert_eq!(send(&server, "PUT", at, &[cookie, ("x-csrf-token", &csrf)], &project).status, 200);

    // A session and the password outlive a crash; the link is not printed again.
    server.kill_9();
    server.restart();
    let listed = send(&server, "GET", "/identity_/api/sessions", &[cookie], &json!({}));
    assert_eq!(listed.body["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(server.log_tail().matches("/identity_/set-password#").count(), 1);
    let out = send(&server, "POST", "/identity_/api/sign-out", &[cookie, ("x-csrf-token", &csrf)], &json!({}));
    assert_eq!(out.status, 200);
    assert_eq!(send(&server, "GET", "/identity_/api/sessions", &[cookie], &json!({})).status, 401);
}

#[test]
fn an_operator_helps_who_lost_the_password_or_the_device() {
    let mut server = fresh();
    let first = printed_token(&server);
    assert!(server.stop().success());
    let folder = server.data_dir();
    let folder = folder.to_str().unwrap();
    let printed = run_adit(&["admin", "password-link", "--data-dir", folder, "--username", "admin"]);
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    let second = printed.stdout.trim().split_once('#').unwrap().1.to_owned();
    let nothing = run_adit(&["admin", "reset-second-factor", "--data-dir", folder, "--username", "admin"]);
    assert_eq!(nothing.code, Some(1));
    assert!(nothing.stderr.contains("has no second factor"), "{}", nothing.stderr);
    server.restart();
    let set = |token: &str| {
        send(&server, "POST", "/identity_/api/password/set", &[], &json!({"token": token, "password": PASSWORD})).status
    };
    assert_eq!(set(&first), 403, "a newer link ends the one before");
    assert_eq!(set(&second), 200);
    sign_in(&server);
}
