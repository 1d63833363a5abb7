//! The keys that seal secrets, changed under a running server; and what the configuration shows of secrets.

use adit_conformance::{Server, run_adit};
use serde_json::{Value, json};

/// What the token endpoint answers an application.
fn token(server: &Server, id: &str, secret: &str) -> Value {
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let api = server.api().with_token(None);
    let request = api.request("POST", "/identity_/connect/token").header("content-type", "application/x-www-form-urlencoded");
    request.body(form).send().unwrap().json().unwrap()
}

#[test]
fn keys_change_under_a_running_server_and_what_was_copied_before_opens_nothing_new() {
    let server = Server::start();
    let api = server.api();
    let robot = json!({"name": "Robot", "scopes": ["Ixp.ApiAccess"]});
    let request = api.request("POST", "/identity_/api/applications").json(&robot);
    let made = api.send("POST", "/identity_/api/applications", request).body;
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    let first = token(&server, id, secret);
    assert_eq!(first["token_type"], "Bearer", "{first}");
    let user = json!({"user": {"username": "ann", "email": "ann@acme.example"}});
    let user = api.put("/api/_private/users", &user)["user"]["id"].as_str().unwrap().to_owned();
    api.post(&format!("/api/_private/users/{user}/welcome-email"), &json!({}));

    let folder = server.data_dir();
    let file = folder.join("secret.key");
    let old = std::fs::read_to_string(&file).unwrap();
    let folder = folder.to_str().unwrap();
    let rotated = run_adit(&["admin", "rotate-key", "--data-dir", folder, "--drop-old"]);
    assert_eq!(rotated.code, Some(0), "{}", rotated.stderr);
    assert!(rotated.stdout.starts_with("2 secrets"), "a signing key and a mail: {}", rotated.stdout);
    let new = std::fs::read_to_string(&file).unwrap();
    assert_eq!((new.lines().count(), new.contains(old.trim())), (1, false), "the old key is dropped");

    // The server goes on, and so do tokens that were signed before.
    let second = token(&server, id, secret);
    assert_eq!(second["token_type"], "Bearer", "{second}");
    let mails = || run_adit(&["admin", "mails", "--data-dir", folder]);
    assert!(mails().stdout.contains("/identity_/set-password#"), "{}", mails().stderr);
    std::fs::write(&file, &old).unwrap();
    let refused = mails();
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    assert!(!refused.stderr.contains(old.trim()) && refused.stderr.contains("key"), "{}", refused.stderr);
    std::fs::write(&file, &new).unwrap();
    assert_eq!(mails().code, Some(0));
}

#[test]
fn the_configuration_is_shown_with_its_sources_and_without_secrets() {
    let shown = run_adit(&["config", "show", "--listen", "127.0.0.1:9", "--smtp-url", "smtp://adit:topsecret@mail.example"]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    for line in ["ADIT_LISTEN=127.0.0.1:9 # --listen", "ADIT_SMTP_URL=smtp://adit:***@mail.example # --smtp-url"] {
        assert!(shown.stdout.lines().any(|said| said == line), "`{line}` is not in {}", shown.stdout);
    }
    assert!(!shown.stdout.contains("topsecret"), "{}", shown.stdout);
}
