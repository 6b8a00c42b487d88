"""Webhooks are signed, go to public addresses only, and follow nobody."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("httpx", reason="httpx is not installed")
pytest.importorskip("standardwebhooks", reason="standardwebhooks is not installed")

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook, WebhookVerificationError
from tests.fixtures.receiving import Receiver, receiving

from marketplace_adapters.webhooks import Addresses, GuardedClient, SignedWebhooks
from marketplace_adapters.webhooks.addresses import is_public
from marketplace_core.domain.delivery import Message
from marketplace_core.errors import InvalidInput, PartnerUnavailable, RuleViolation

KEYS = (b"new" * 11, b"old" * 11)
HERE = Addresses(allowed=("127.0.0.0/8",))
LOCAL = GuardedClient(HERE, allow_http=True, seconds=2)


def message(url: str) -> Message:
    """A message of now."""
    return Message("evt_1", url, datetime.now(UTC), b'{"type":"bill"}', KEYS)


def test_a_receiver_with_either_key_can_tell_who_posted() -> None:
    """Both signatures hold for its library; with another key or body none does."""
    with receiving() as receiver:
        SignedWebhooks(LOCAL).post(message(receiver.url))
    ((headers, body),) = receiver.got
    for key in KEYS:
        assert Webhook(b64encode(key).decode()).verify(body, headers) == {"type": "bill"}
    for key, altered in ((b"foreign" * 5, body), (KEYS[0], body + b" ")):
        with pytest.raises(WebhookVerificationError):
            Webhook(b64encode(key).decode()).verify(altered, headers)
    assert headers["webhook-id"] == "evt_1"
    assert headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16", "198.18.0.1", "224.0.0.1", "239.1.1.1"),
        *("240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254"),
        *("ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1"),
        *("2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "192.0.2.1", "nonsense", ""),
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    """Private, loopback, link-local, shared, multicast, mapped, translated, documentation, metadata."""
    assert not is_public(address)
    client = GuardedClient(Addresses(lambda _host, _port: [address]))
    with pytest.raises(RuleViolation, match="not of the public internet"):
        client.post("https://example.com/in", b"", {})


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "196.201.214.200", "2606:4700:4700::1111"])
def test_a_public_address_is_let_pass(address: str) -> None:
    """Of either version."""
    assert is_public(address)


def test_one_bad_address_of_a_host_refuses_them_all() -> None:
    """A name with a public and a private address is no way in."""
    with pytest.raises(RuleViolation):
        Addresses(lambda _host, _port: ["8.8.8.8", "10.0.0.1"]).of("example.com", 443)


def test_a_name_that_changes_its_address_gains_nothing() -> None:
    """The name is resolved once for each post, and the connection goes to the address that was looked at."""
    with receiving() as receiver:
        asked: list[str] = []

        def rebinding(host: str, _port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"] if len(asked) == 1 else ["10.255.255.1"]

        client = GuardedClient(Addresses(rebinding, ("127.0.0.0/8",)), allow_http=True, seconds=2)
        assert client.post(f"http://rebinding.example:{receiver.port}/in", b"{}", {}) == 200
        assert asked == ["rebinding.example"]
        assert receiver.got[0][0]["host"] == f"rebinding.example:{receiver.port}"
        with pytest.raises(RuleViolation):
            client.post(f"http://rebinding.example:{receiver.port}/in", b"{}", {})
    assert len(receiver.got) == 1


def test_redirects_are_not_followed() -> None:
    """A receiver that points elsewhere has not acknowledged anything."""
    with receiving() as other, receiving(lambda _: 302) as receiver:
        receiver.headers = {"location": other.url}
        with pytest.raises(PartnerUnavailable, match="302"):
            SignedWebhooks(LOCAL).post(message(receiver.url))
    assert other.got == []


@pytest.mark.parametrize("status", [199 + 101, 400, 401, 404, 410, 429, 500, 503])
def test_any_status_but_2xx_is_no_acknowledgement(status: int) -> None:
    """The event is to be posted again."""
    with receiving(lambda _: status) as receiver, pytest.raises(PartnerUnavailable, match=str(status)):
        SignedWebhooks(LOCAL).post(message(receiver.url))


def test_a_receiver_that_does_not_answer_is_left_in_time() -> None:
    """After the seconds of the settings."""

    def slow(_: Receiver) -> int:
        time.sleep(2)
        return 200

    with receiving(slow) as receiver, pytest.raises(PartnerUnavailable, match="in time"):
        GuardedClient(HERE, allow_http=True, seconds=0.3).post(receiver.url, b"", {})


def test_a_receiver_that_sends_a_header_now_and_then_is_left_in_time() -> None:
    """Each step is short and there is no end of them: one receiver must not hold a worker and all its other jobs."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def dribble() -> None:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                for number in range(80):
                    connection.sendall(f"X-{number}: 1\r\n".encode())
                    time.sleep(0.1)

        thread = threading.Thread(target=dribble)
        thread.start()
        begun = time.monotonic()
        client = GuardedClient(HERE, allow_http=True, seconds=0.5)
        with pytest.raises(PartnerUnavailable, match="in time"):
            client.post(f"http://127.0.0.1:{listening.getsockname()[1]}/in", b"{}", {})
        assert time.monotonic() - begun < 4
        thread.join(10)


def test_an_endless_answer_is_not_read() -> None:
    """No more of it than the bound; its status still counts."""
    with receiving() as receiver:
        receiver.body = b"x" * 10_000_000
        assert LOCAL.post(receiver.url, b"{}", {}) == 200


def test_nobody_there_is_said() -> None:
    """A closed port is an unavailable partner."""
    with receiving() as receiver:
        url = receiver.url
    with pytest.raises(PartnerUnavailable):
        LOCAL.post(url, b"", {})


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.com", "ftp://example.com", "file:///etc/passwd", "https://", "example.com", ""),
        *("https://user:word@example.com/", "https://exa mple.com:x/", "gopher://example.com", "https://[::1"),
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    """No TLS, another scheme, no host, a password in it."""
    with pytest.raises((InvalidInput, RuleViolation, PartnerUnavailable)):
        GuardedClient(Addresses(lambda _host, _port: ["127.0.0.1"])).check(url)


@pytest.mark.parametrize(
    "host", ["127.1", "0x7f000001", "2130706433", "017700000001", "localhost", "[::ffff:127.0.0.1]"]
)
def test_loopback_by_another_name_is_refused(host: str) -> None:
    """However the machine's resolver reads it."""
    with pytest.raises((RuleViolation, PartnerUnavailable, InvalidInput)):
        GuardedClient().check(f"https://{host}/")


def test_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would connect wherever the name points."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with receiving() as receiver:
        assert LOCAL.post(receiver.url, b"{}", {}) == 200


def test_the_name_goes_into_tls_and_its_certificate_must_hold(tmp_path: Path) -> None:
    """The handshake names the host, though the connection goes to an address; a certificate of nobody's is refused."""
    named: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed("receiver.example", tmp_path))
    context.sni_callback = lambda _socket, name, _context: named.append(name)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def shake_hands() -> None:
            connection, _ = listening.accept()
            with connection, suppress(OSError), context.wrap_socket(connection, server_side=True):
                pass

        thread = threading.Thread(target=shake_hands)
        thread.start()
        client = GuardedClient(Addresses(lambda _host, _port: ["127.0.0.1"], ("127.0.0.0/8",)), seconds=5)
        with pytest.raises(PartnerUnavailable, match="certificate"):
            client.post(f"https://receiver.example:{listening.getsockname()[1]}/in", b"", {})
        thread.join(5)
    assert named == ["receiver.example"]


def self_signed(name: str, folder: Path) -> Path:
    """A certificate that nobody vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(names)
        .issuer_name(names)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "both.pem"
    file.write_bytes(plain + certificate.public_bytes(Encoding.PEM))
    return file
