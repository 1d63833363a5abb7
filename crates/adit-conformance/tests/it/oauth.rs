//! A Python OAuth library, as it comes from its package, obtains a token and calls the API.

use std::path::{Path, PathBuf};
use std::process::Command;

use adit_conformance::{Server, run_adit};
use serde_json::json;
use tempfile::TempDir;

const SCRIPT: &str = r#"
import sys
from authlib.integrations.requests_client import OAuth2Session

base, client_id, secret, scope = sys.argv[1:5]
for method in ("client_secret_basic", "client_secret_post"):
    client = OAuth2Session(client_id, secret, scope=scope, token_endpoint_auth_method=method)
    token = client.fetch_token(base + "/identity_/connect/token", grant_type="client_credentials")
    assert token["token_type"] == "Bearer" and token["expires_in"] == 3600, token
    assert token["scope"] == scope, token
    reply = client.get(base + "/auth/user")
    assert reply.status_code == 200, reply.text
    assert reply.json()["user"]["username"] == "Robot", reply.text
    keys = client.get(base + "/identity_/.well-known/openid-configuration/jwks").json()
    try:
        from joserfc import jwt
        from joserfc.jwk import KeySet
        claims = jwt.decode(token["access_token"], KeySet.import_key_set(keys), algorithms=["ES256"]).claims
    except ImportError:
        from authlib.jose import jwt
        claims = jwt.decode(token["access_token"], keys)
    assert claims["client_id"] == client_id, claims

client = OAuth2Session(client_id, "wrong", scope=scope)
try:
    client.fetch_token(base + "/identity_/connect/token", grant_type="client_credentials")
except Exception as error:
    assert getattr(error, "error", None) == "invalid_client", repr(error)
else:
    raise AssertionError("a wrong secret was accepted")
print("ok")
"#;

/// A virtual environment with the library; none where Python or its registry cannot be reached.
fn python(folder: &Path) -> Option<PathBuf> {
    let venv = folder.join("venv");
    let made = Command::new("python3").args(["-m", "venv"]).arg(&venv).output().ok()?;
    if !made.status.success() {
        return None;
    }
    let program = venv.join("bin/python");
    let installed = Command::new(&program)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "authlib", "requests"])
        .output()
        .ok()?;
    installed.status.success().then_some(program)
}

#[test]
fn an_unmodified_oauth_library_obtains_a_token_and_calls_the_api() {
    let folder = TempDir::new().unwrap();
    let Some(python) = python(folder.path()) else {
        eprintln!("SKIPPED: no Python, or pip cannot reach its registry");
        return;
    };
    let server = Server::start();
    let asked = json!({"name": "Robot", "scopes": ["Ixp.ApiAccess", "PM.User", "PM.User.Read"]});
    let registered = server.api().try_call("POST", "/identity_/api/applications", Some(&asked)).unwrap().body;
    let text = |field: &str| registered[field].as_str().unwrap().to_owned();
    let (id, secret) = (text("client_id"), text("client_secret"));
    let data = server.data_dir();
    let granted = run_adit(&[
        "admin",
        "application",
        "grant",
        "--data-dir",
        data.to_str().unwrap(),
        "--client-id",
        &id,
        "--project-permission",
        "DefaultProject=role-cm-viewer",
    ]);
    assert_eq!(granted.code, Some(0), "{}", granted.stderr);
    let ran = Command::new(python)
        .args(["-c", SCRIPT, &server.base(), &id, &secret, "Ixp.ApiAccess PM.User PM.User.Read"])
        .env("AUTHLIB_INSECURE_TRANSPORT", "1")
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
}
