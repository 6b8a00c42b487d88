"""A real SMTP server on this machine, with a certificate of its own."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

pytest.importorskip("aiosmtpd")

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from marketplace_adapters.notifications import Security, SmtpNotifier, SmtpServer
from marketplace_core.testing.clocks import FixedClock

PASSWORD = "canary-of-the-mail-server"


@define
class Mailbox:
    """What the server got, and what it answers instead of taking a message."""

    letters: list[Any] = field(factory=list[Any])
    answers: dict[str, str] = field(factory=dict[str, str])
    hangs_up_at: str = ""

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: ANN401, N802 - the library's names
        """Answer the sender."""
        del session
        envelope.mail_from, envelope.mail_options = address, options
        return self._answer(server, "MAIL")

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: ANN401, N802 - the library's names
        """Answer the recipient."""
        del session, options
        envelope.rcpt_tos.append(address)
        return self._answer(server, "RCPT")

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ANN401, N802 - the library's names
        """Keep the message, or refuse it."""
        del session
        answer = self._answer(server, "DATA")
        if answer.startswith("250"):
            envelope.was_encrypted = server.transport.get_extra_info("cipher") is not None
            self.letters.append(envelope)
        return answer

    def _answer(self, server: Any, verb: str) -> str:  # noqa: ANN401 - the library's
        if self.hangs_up_at == verb:
            server.transport.abort()
        return self.answers.get(verb, "250 OK")


def _authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:  # noqa: ANN401 - the library's
    del server, session, envelope, mechanism
    fits = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
    return AuthResult(success=fits, handled=fits)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for 127.0.0.1 and its key, in one file."""
    folder = tmp_path_factory.mktemp("certificate")
    made, key = folder / "made.pem", folder / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*words, *subject, "-keyout", str(key), "-out", str(made)], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text(made.read_text("utf-8") + key.read_text("utf-8"), "utf-8")
    return both


@pytest.fixture
def mailbox() -> Mailbox:
    """Give what the test's server got."""
    return Mailbox()


Start = Callable[..., SmtpNotifier]


@pytest.fixture
def start(mailbox: Mailbox, certificate: Path) -> Iterator[Start]:
    """Start a server and give a notifier for it: ``start()``, or with other settings."""
    running: list[Controller] = []

    def begin(
        security: Security = Security.STARTTLS,
        *,
        trusted: bool = True,
        offers_tls: bool = True,
        **settings: Any,  # noqa: ANN401 - settings of a server
    ) -> SmtpNotifier:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        tls: dict[str, Any] = {"ssl_context": context} if security is Security.TLS else {}
        if security is Security.STARTTLS and offers_tls:
            tls = {"tls_context": context, "require_starttls": True}
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = Controller(
            mailbox,
            "127.0.0.1",
            port,
            authenticator=_authenticate,
            auth_required=bool(settings.get("user")),
            auth_require_tls=security is Security.STARTTLS,
            enable_SMTPUTF8=True,
            **tls,
        )
        server.start()
        running.append(server)
        here = SmtpServer("127.0.0.1", "rent@example.org", port, security, timeout_seconds=5, **settings)
        client = ssl.create_default_context(cafile=str(certificate) if trusted else None)
        return SmtpNotifier(here, FixedClock(), context=client)

    yield begin
    for server in running:
        server.stop()
