"""External applications through Authlib and requests-oauthlib, as they come from their packages."""

import sys
import time

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet
from oauthlib.oauth2 import BackendApplicationClient
from oauthlib.oauth2.rfc6749.errors import InvalidClientError, InvalidScopeError
from requests_oauthlib import OAuth2Session as OtherSession

from common import call, wait_ready

base, admin = sys.argv[1:3]
wait_ready(base)

# The metadata lie where the issuer's name says, and name everything else.
issuer = f"{base}/identity_"
metadata = AuthorizationServerMetadata(call("GET", get_well_known_url(issuer, external=True)).json())
metadata.validate()
assert metadata["issuer"] == issuer, metadata
assert metadata == call("GET", f"{issuer}/.well-known/openid-configuration").json(), metadata
endpoint = metadata["token_endpoint"]
keys = KeySet.import_key_set(call("GET", metadata["jwks_uri"]).json())

# An application that reads one project.
scopes = ["Ixp.ApiAccess", "PM.User.Read"]
made = call("POST", f"{base}/identity_/api/applications", admin, json={"name": "Robot", "scopes": scopes}).json()
client_id, secret = made["client_id"], made["client_secret"]
call("PUT", f"{base}/api/_private/projects/acme", admin, json={"project": {"title": "Acme"}, "user_ids": []})
call("PUT", f"{base}/api/v1/sources/acme/desk", admin, json={"source": {"title": "Desk"}})
users = call("GET", f"{base}/api/_private/users", admin).json()["users"]
robot = next(user["id"] for user in users if user["username"] == "Robot")
roles = {"organisation_permissions": {"acme": ["sources-read"]}}


def obtain(method, scope="Ixp.ApiAccess", secret=secret):
    session = OAuth2Session(client_id, secret, scope=scope, token_endpoint_auth_method=method)
    token = session.fetch_token(endpoint, grant_type="client_credentials")
    return session, token


def refused(error, ask):
    """What the library reads from the answer."""
    try:
        ask()
    except (OAuthError, InvalidClientError, InvalidScopeError) as raised:
        assert raised.error == error and raised.description, repr(raised)
        return
    raise AssertionError(f"there was no `{error}`")


n_tokens = 0
for method in metadata["token_endpoint_auth_methods_supported"]:
    session, token = obtain(method)
    assert token["token_type"] == "Bearer" and token["expires_in"] == 3600, token
    assert token["scope"] == "Ixp.ApiAccess", token
    # No role, no entry; then only what the role grants.
    n_tokens += 1
    if n_tokens == 1:
        assert session.get(f"{base}/api/v1/sources").status_code == 403
        call("POST", f"{base}/api/_private/users/{robot}", admin, json={"user": roles})
    assert [source["name"] for source in session.get(f"{base}/api/v1/sources").json()["sources"]] == ["desk"]
    assert session.get(f"{base}/auth/user").json()["user"]["username"] == "Robot"
    update = {"source": {"title": "Changed"}}
    assert session.post(f"{base}/api/v1/sources/acme/desk", json=update).status_code == 403
    # Anybody can check the token with the published keys.
    decoded = jwt.decode(token["access_token"], keys, algorithms=metadata["access_token_signing_alg_values_supported"])
    registry = jwt.JWTClaimsRegistry(
        now=int(time.time()), iss={"essential": True, "value": issuer}, client_id={"essential": True, "value": client_id},
        exp={"essential": True}, iat={"essential": True}, sub={"essential": True}, aud={"essential": True},
    )
    registry.validate(decoded.claims)
    assert decoded.header["kid"] and decoded.claims["exp"] - decoded.claims["iat"] == 3600
    head, claims, signature = token["access_token"].split(".")
    forged = ".".join([head, claims, ("A" if signature[0] != "A" else "B") + signature[1:]])
    try:
        jwt.decode(forged, keys, algorithms=["ES256"])
    except BadSignatureError:
        pass
    else:
        raise AssertionError("a forged token was taken for ours")
    assert requests.get(f"{base}/auth/user", headers={"Authorization": f"Bearer {forged}"}, timeout=30).status_code == 401
    # Errors as the standard says.
    refused("invalid_client", lambda: obtain(method, secret="wrong"))
    refused("invalid_scope", lambda: obtain(method, scope="PM.User"))

# A token for one scope opens nothing of another.
session, token = obtain("client_secret_basic", scope="PM.User.Read")
assert session.get(f"{base}/api/v1/sources").status_code == 403
assert "Robot" in session.get(f"{base}/identity_/api/principals").text
session, token = obtain("client_secret_basic")
assert session.get(f"{base}/identity_/api/principals").status_code == 403
# Without a wish it is issued for all that the application has.
session, token = obtain("client_secret_basic", scope=None)
assert sorted(token["scope"].split()) == sorted(scopes), token

# The same through the other library, which sends the secret in both ways it knows.
for options in ({"client_secret": secret, "include_client_id": True}, {"auth": (client_id, secret)}):
    session = OtherSession(client=BackendApplicationClient(client_id=client_id, scope=["Ixp.ApiAccess"]))
    token = session.fetch_token(endpoint, **options)
    assert token["expires_in"] == 3600 and token["scope"] == ["Ixp.ApiAccess"], token
    assert session.get(f"{base}/auth/user").json()["user"]["username"] == "Robot"
    n_tokens += 1
session = OtherSession(client=BackendApplicationClient(client_id=client_id))
refused("invalid_client", lambda: session.fetch_token(endpoint, auth=(client_id, "wrong")))

# Headers and statuses of RFC 6749, sections 5.1 and 5.2.
form = {"grant_type": "client_credentials"}
reply = requests.post(endpoint, data=form, auth=(client_id, secret), timeout=30)
assert (reply.headers["cache-control"], reply.headers["pragma"]) == ("no-store", "no-cache"), reply.headers
reply = requests.post(endpoint, data=form, auth=(client_id, "wrong"), timeout=30)
assert reply.status_code == 401 and reply.headers["www-authenticate"].startswith("Basic"), reply.headers
reply = requests.post(endpoint, data={**form, "client_id": client_id, "client_secret": "wrong"}, timeout=30)
assert reply.status_code in (400, 401) and reply.json()["error"] == "invalid_client", reply.text
reply = requests.post(endpoint, data={"grant_type": "password"}, auth=(client_id, secret), timeout=30)
assert reply.status_code == 400 and reply.json()["error"] == "unsupported_grant_type", reply.text

# A new secret ends the old one and its tokens.
session, token = obtain("client_secret_basic")
rotated = call("POST", f"{base}/identity_/api/applications/{client_id}/rotate", admin, json={}).json()["client_secret"]
assert session.get(f"{base}/auth/user").status_code == 401
refused("invalid_client", lambda: obtain("client_secret_post"))
session, token = obtain("client_secret_post", secret=rotated)
assert session.get(f"{base}/auth/user").status_code == 200
call("DELETE", f"{base}/identity_/api/applications/{client_id}", admin)
assert session.get(f"{base}/auth/user").status_code == 401
refused("invalid_client", lambda: obtain("client_secret_post", secret=rotated))
print(f"{n_tokens + 5} tokens obtained, checked and used through two libraries")
