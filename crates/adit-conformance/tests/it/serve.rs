//! The process `adit serve`: starting, stopping, refusing, being administered.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use adit_conformance::{Server, ServerOptions, free_port, run_adit};
use serde_json::json;

use crate::story::Place;

#[test]
fn a_request_in_flight_is_finished_before_the_server_stops() {
    let mut server = Server::start();
    let place = Place::make(&server.api(), "stop");
    let comment = json!({"id": "last", "timestamp": "2024-01-01T00:00:00Z", "messages": [{"body": {"text": "Last words"}}]});
    let body = json!({"comments": [comment]}).to_string();
    let (first, second) = body.split_at(body.len() / 2);
    let head = format!(
        "POST {}/sync HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        place.source,
        server.token(),
        body.len()
    );
    let mut connection = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    connection.write_all(format!("{head}{first}").as_bytes()).unwrap();
    thread::sleep(Duration::from_millis(200));
    server.terminate();
    thread::sleep(Duration::from_millis(300));
    connection.write_all(second.as_bytes()).unwrap();
    let mut answer = String::new();
    // The server may keep the connection until it ends or close it at once.
    let _ = connection.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(server.wait().success(), "a good stop is exit code 0");

    server.restart();
    place.api.get(&format!("{}/comments/last", place.source));
}

#[test]
fn an_idle_connection_does_not_hold_up_the_stop() {
    let mut server = Server::start();
    let _idle = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    thread::sleep(Duration::from_millis(100));
    assert!(server.stop().success());
}

#[test]
fn health_readiness_and_metrics_need_no_token() {
    let server = Server::start();
    server.api().get("/auth/user");
    let open = server.api().with_token(None);
    for path in ["/healthz", "/readyz", "/metrics"] {
        let reply = open.try_call("GET", path, None).unwrap();
        assert_eq!(reply.status, 200, "{path}");
    }
    let metrics = open.try_call("GET", "/metrics", None).unwrap().text;
    assert!(metrics.contains("adit_requests_total"), "{metrics}");
    assert!(!metrics.contains(server.token()));
}

#[test]
fn a_second_start_finds_the_data_and_ignores_the_bootstrap_file() {
    let mut server = Server::start();
    let place = Place::make(&server.api(), "again");
    assert!(server.stop().success());
    fs::write(server.token_file(), "another-0123456789abcdef0123456789abcdef\n").unwrap();
    server.restart();
    place.api.get(&place.source);
    let other = server.api().with_token(Some("another-0123456789abcdef0123456789abcdef"));
    assert_eq!(other.call("GET", &place.source, None).status, 401);

    server.stop();
    fs::write(server.token_file(), "").unwrap();
    server.restart();
    place.api.get(&place.source);
}

#[test]
fn two_servers_do_not_share_a_folder_or_both_serve_it_rightly() {
    let server = Server::start();
    let place = Place::make(&server.api(), "shared");
    let listen = format!("127.0.0.1:{}", server.port());
    let folder = server.data_dir();
    let taken = run_adit(&["serve", "--data-dir", folder.to_str().unwrap(), "--listen", &listen]);
    assert_ne!(taken.code, Some(0), "the port is taken");
    assert!(taken.code.is_some(), "a taken port is found at once");
    place.api.get(&place.source);
}

#[test]
fn plain_http_is_served_to_this_machine_only() {
    let folder = tempfile::TempDir::new().unwrap();
    let listen = format!("0.0.0.0:{}", free_port());
    let refused = run_adit(&["serve", "--data-dir", folder.path().to_str().unwrap(), "--listen", &listen]);
    assert!(refused.code.is_some_and(|code| code != 0), "{refused:?}");
    let said = format!("{}{}", refused.stdout, refused.stderr);
    assert!(said.to_lowercase().contains("tls"), "{said}");
}

#[test]
fn a_self_signed_certificate_serves_https() {
    let options = ServerOptions { args: vec!["--tls-self-signed".to_owned()], is_https: true, ..ServerOptions::default() };
    let mut server = Server::start_with(options);
    server.api().get("/auth/user");
    assert!(server.stop().success());
    server.restart();
    server.api().get("/auth/user");
}

#[test]
fn a_certificate_from_files_serves_https_and_a_broken_one_is_named() {
    let folder = tempfile::TempDir::new().unwrap();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let write = |name: &str, pem: &str| {
        let path = folder.path().join(name);
        fs::write(&path, pem).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (cert, key) = (write("cert.pem", &made.cert.pem()), write("key.pem", &made.signing_key.serialize_pem()));
    let files = |cert: &str, key: &str| ["--tls-cert", cert, "--tls-key", key].map(str::to_owned).to_vec();
    let server = Server::start_with(ServerOptions { args: files(&cert, &key), is_https: true, ..ServerOptions::default() });
    server.api().get("/auth/user");

    let broken = write("broken.pem", "nothing of the kind");
    let data = folder.path().join("data");
    let start =
        ["serve", "--data-dir", data.to_str().unwrap(), "--listen", &format!("127.0.0.1:{}", free_port())].map(str::to_owned);
    let args = [start.to_vec(), files(&cert, &broken)].concat();
    let refused = run_adit(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(refused.code.is_some_and(|code| code != 0), "{refused:?}");
    assert!(format!("{}{}", refused.stdout, refused.stderr).contains("broken.pem"), "{refused:?}");
}

/// What a connection says that sends these bytes and then nothing more.
fn after_silence(server: &Server, sent: &str) -> String {
    let mut connection = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    connection.write_all(sent.as_bytes()).unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).expect("the server ends the connection");
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_client_that_does_not_get_on_is_cut_off() {
    let args = ["--header-timeout-seconds", "1", "--body-timeout-seconds", "1"].map(str::to_owned).to_vec();
    let server = Server::start_with(ServerOptions { args, ..ServerOptions::default() });
    assert_eq!(after_silence(&server, ""), "", "silence from the start");
    let head = "PUT /api/_private/projects/slow HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    let half = after_silence(&server, head);
    assert!(!half.contains(" 200 "), "half a head: {half}");
    let token = server.token();
    let body = after_silence(&server, &format!("{head}authorization: Bearer {token}\r\ncontent-length: 100\r\n\r\n{{"));
    assert!(body.starts_with("HTTP/1.1 408") && body.contains("\"status\":\"error\""), "half a body: {body}");
    server.api().get("/auth/user");
}

#[test]
fn wrong_tokens_are_refused_in_the_envelope() {
    let server = Server::start();
    for token in [None, Some("wrong"), Some(""), Some("Bearer twice"), Some(&server.token()[1..])] {
        let stranger = server.api().with_token(token);
        for path in ["/auth/user", "/api/v1/sources", "/api/v1/sources/a/b", "/api/_private/projects"] {
            let reply = stranger.call("GET", path, None);
            assert_eq!(reply.status, 401, "{path} with {token:?}");
        }
    }
}

#[test]
fn the_administrator_makes_users_and_replaces_tokens() {
    let server = Server::start();
    let place = Place::make(&server.api(), "staff");
    let folder = server.data_dir();
    let admin = |args: &[&str]| {
        let output = run_adit(&[&["admin"], args, &["--data-dir", folder.to_str().unwrap()]].concat());
        assert_eq!(output.code, Some(0), "adit admin {args:?}: {output:?}");
        output.stdout.trim().to_owned()
    };
    let reader =
        ["create-user", "--username", "reader", "--email", "reader@example.com", "--project-permission", "staff=sources-read"];
    admin(&reader);
    let first = last_word(&admin(&["create-token", "--username", "reader"]));
    let api = server.api().with_token(Some(&first));
    let user = api.get("/auth/user");
    assert_eq!(user["user"]["username"], "reader");
    assert_eq!(user["user"]["organisation_permissions"], json!({"staff": ["sources-read"]}));
    assert_eq!(user["user"]["global_permissions"], json!([]));

    api.get(&place.source);
    let sync = json!({"comments": []});
    assert_eq!(api.call("POST", &format!("{}/sync", place.source), Some(&sync)).status, 403);
    assert_eq!(api.call("PUT", "/api/v1/sources/staff/mine", Some(&json!({"source": {}}))).status, 403);
    assert_eq!(api.call("PUT", "/api/_private/projects/mine", Some(&json!({"project": {}, "user_ids": []}))).status, 403);
    assert_ne!(api.call("GET", &place.dataset, None).status, 200);

    let second = last_word(&admin(&["create-token", "--username", "reader"]));
    assert_ne!(first, second);
    assert_eq!(api.call("GET", "/auth/user", None).status, 401, "the earlier token is revoked");
    server.api().with_token(Some(&second)).get("/auth/user");
}

/// A token may be printed alone or after a word or two.
fn last_word(printed: &str) -> String {
    printed.split_whitespace().next_back().unwrap_or_default().to_owned()
}

#[test]
fn tokens_do_not_reach_the_log_or_the_database() {
    let mut server = Server::start();
    Place::make(&server.api(), "secret");
    server.api().with_token(Some("guess-of-a-stranger")).call("GET", "/auth/user", None);
    server.stop();
    let log = server.log_tail();
    assert!(!log.contains(server.token()) && !log.contains("guess-of-a-stranger"), "{log}");
    for file in files(&server.data_dir()) {
        let bytes = fs::read(&file).unwrap();
        let token = server.token().as_bytes();
        assert!(!bytes.windows(token.len()).any(|window| window == token), "{} holds the token", file.display());
    }
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn large_replies_are_compressed_for_whoever_accepts_it() {
    let server = Server::start();
    let mut connection = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let request = format!(
        "GET /auth/user HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n",
        server.token()
    );
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).unwrap();
    let head = String::from_utf8_lossy(&answer).to_lowercase();
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("content-encoding: gzip"), "{head}");
    assert!(answer.windows(3).any(|bytes| bytes == [0x1f, 0x8b, 8]), "the body is gzip");
}

#[test]
fn a_body_above_the_limit_is_refused_in_the_envelope() {
    let options = ServerOptions { args: ["--max-body-bytes", "20000"].map(str::to_owned).to_vec(), ..ServerOptions::default() };
    let server = Server::start_with(options);
    let place = Place::make(&server.api(), "large");
    let comment = json!({"id": "big", "timestamp": "2024-01-01T00:00:00Z", "messages": [{"body": {"text": "x".repeat(30_000)}}]});
    let reply = server.api().call("POST", &format!("{}/sync", place.source), Some(&json!({"comments": [comment]})));
    assert_eq!(reply.status, 413, "{}", reply.shown());
}

#[test]
fn head_and_options_and_odd_requests_do_not_harm() {
    let server = Server::start();
    for request in [
        "HEAD /api/v1/sources HTTP/1.1\r\n",
        "OPTIONS * HTTP/1.1\r\n",
        "GET /%ff%zz HTTP/1.1\r\n",
        "GET / HTTP/1.0\r\n",
        "BREW /api/v1/sources HTTP/1.1\r\n",
    ] {
        let mut connection = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        connection.write_all(format!("{request}host: localhost\r\nconnection: close\r\n\r\n").as_bytes()).unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.") && !answer.contains(" 500 "), "{request}{answer}");
    }
    server.api().get("/auth/user");
}
