"""Mails to a real SMTP server, whose links are then opened as a person would."""

import email
import email.policy
import queue
import re
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from common import call, wait_ready

base, admin, address, login = sys.argv[1:5]


class Box:
    """Keeps what arrives; refuses the first mail for `later`, as servers do that are busy."""

    def __init__(self):
        self.mails = queue.Queue()
        self.n_refused = 0

    async def handle_RCPT(self, server, session, envelope, to, options):
        if to.startswith("later@") and self.n_refused == 0:
            self.n_refused += 1
            return "451 come back later"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.put((envelope.mail_from, envelope.rcpt_tos, message))
        return "250 kept"


def authenticate(server, session, envelope, mechanism, data):
    name, password = login.split(":")
    return AuthResult(success=(data.login, data.password) == (name.encode(), password.encode()))


box = Box()
host, port = address.split(":")
server = Controller(box, hostname=host, port=int(port), authenticator=authenticate, auth_required=True, auth_require_tls=False)
server.start()


def received(recipient, subject):
    """The next mail, which must be the one for the recipient; its link."""
    sender, recipients, message = box.mails.get(timeout=60)
    assert (sender, recipients) == ("adit@adit.example", [recipient]), (sender, recipients)
    assert (message["from"], message["to"], message["subject"]) == ("Adit <adit@adit.example>", recipient, subject), message
    text = message.get_content()
    links = re.findall(r"https://\S+#\S+", text)
    assert len(links) == 1 and links[0].startswith(base), text
    return text, links[0]


def invited(name):
    body = {"user": {"username": name, "email": f"{name}@adit.example"}}
    user = call("PUT", f"{base}/api/_private/users", admin, json=body).json()["user"]["id"]
    call("POST", f"{base}/api/_private/users/{user}/welcome-email", admin, json={})


def follow(link, password, status=200):
    """What the page behind a link does: it sends the token behind `#` and the new password to its own neighbour."""
    page, token = link.split("#")
    html = call("GET", page)
    assert html.headers["content-type"].startswith("text/html") and "api/password/set" in html.text, html.text
    body = {"token": token, "password": password}
    call("POST", page.rsplit("/", 1)[0] + "/api/password/set", status=status, json=body)


def sign_in(name, password, status=200):
    reply = call("POST", f"{base}/identity_/api/sign-in", status=status, json={"username": name, "password": password})
    assert status != 200 or "Secure" in reply.headers["set-cookie"], reply.headers


try:
    wait_ready(base)
    # Welcome: the link sets the first password, once.
    invited("ann")
    text, link = received("ann@adit.example", "Welcome to Adit")
    assert "ann" in text, text
    follow(link, "too short", status=400)
    follow(link, "correct horse battery")
    sign_in("ann", "correct horse battery")
    follow(link, "another long password", status=403)
    # Forgotten: the same, by a link of its own.
    call("POST", f"{base}/identity_/api/password/forgot", json={"username": "ann"})
    text, link = received("ann@adit.example", "Set a new password for Adit")
    follow(link, "a new and longer password")
    sign_in("ann", "a new and longer password")
    sign_in("ann", "correct horse battery", status=401)
    # Nobody is told who exists, and nobody unknown gets a mail: the next one is for somebody else.
    call("POST", f"{base}/identity_/api/password/forgot", json={"username": "nobody"})
    # A server that is busy is asked again.
    invited("later")
    text, link = received("later@adit.example", "Welcome to Adit")
    assert box.n_refused == 1, "the first try was not refused"
    follow(link, "correct horse battery")
    sign_in("later", "correct horse battery")
    assert box.mails.empty(), "there are more mails than were asked for"
finally:
    server.stop()
print("3 mails arrived and their links set passwords")
