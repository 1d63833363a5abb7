"""What both programs need: a server that answers, an administrator who calls it, and, run by itself, a certificate."""

import datetime
import ipaddress
import time

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def call(method, url, token=None, status=200, **more):
    """Sends a request, and insists on the status of its answer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    reply = requests.request(method, url, headers=headers, timeout=30, **more)
    assert reply.status_code == status, f"{method} {url}: {reply.status_code} {reply.text}"
    return reply


def wait_ready(base):
    """Waits until the server says that it can serve."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            if requests.get(f"{base}/readyz", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the server did not become ready")


def certificates():
    """An authority of our own, and a server's certificate that it signed, as PEM files in this folder."""
    now = datetime.datetime.now(datetime.timezone.utc)

    def certificate(name, key, issuer, issuer_key, is_authority):
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        )
        if is_authority:
            usage = dict.fromkeys(["digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
                                   "key_agreement", "encipher_only", "decipher_only"], False)
            builder = builder.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
        else:
            names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    files = {
        "authority.pem": certificate("authority", authority, "authority", authority, True),
        "server.pem": certificate("server", server, "authority", authority, False),
        "server.key": server.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    }
    for name, content in files.items():
        with open(name, "wb") as file:
            file.write(content)


if __name__ == "__main__":
    certificates()
