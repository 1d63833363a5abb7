"""What no reply of Adit may be, whatever was asked; read by schemathesis."""

import schemathesis


@schemathesis.check
def no_failure(ctx, response, case):
    """No 5xx but the clear 501 of what is not built yet."""
    if response.status_code < 500:
        return
    if response.status_code == 501 and b"is not served yet" in response.content:
        return
    raise AssertionError(f"{response.status_code}: {response.content[:500]!r}")


@schemathesis.check
def in_the_envelope(ctx, response, case):
    """Every refusal is JSON with exactly what clients read: `status` and `message`."""
    if response.status_code < 400:
        return
    body = response.json()
    assert body.get("status") == "error", body
    assert isinstance(body.get("message"), str) and body["message"], body
    assert set(body) == {"status", "message"}, body
    assert "server-timing" in response.headers, "no Server-Timing"
