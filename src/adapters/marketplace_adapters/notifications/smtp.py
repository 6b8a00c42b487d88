"""Mail by SMTP, with the standard library."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Generator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, make_msgid
from enum import StrEnum
from typing import Final

from attrs import field, frozen
from typing_extensions import override

from marketplace_core.errors import ConfigurationError, InvalidInput, MarketplaceError, PartnerUnavailable
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.notifier import Message, Notifier


class Security(StrEnum):
    """How the way to the server is protected; ``NONE`` is for a server on this very machine."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@frozen
class SmtpServer:
    """The server that takes our mail, and as whom we give it."""

    host: str
    sender: str
    port: int = 587
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_seconds: float = 20.0

    def __attrs_post_init__(self) -> None:
        """Refuse what would send a password or a token in clear over a network, or header lines of its own."""
        _require_one_line("smtp_sender", self.sender)
        if "@" not in self.sender:
            raise ConfigurationError("smtp_sender must be a mail address, such as rent@example.org")
        if self.security is Security.NONE and self.host not in _HERE:
            raise ConfigurationError(f"smtp_security none is for this machine alone: {self.host} needs starttls or tls")


_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_BY_CODE: Final[tuple[tuple[range, type[MarketplaceError], str], ...]] = (
    (range(400, 500), PartnerUnavailable, "the mail server cannot take the message now: try again later"),
    (range(530, 539), ConfigurationError, "the mail server refuses our login: look at smtp_user and smtp_password"),
    (range(500, 600), InvalidInput, "the mail server refuses the address or message for good"),
)
_BY_KIND: Final[tuple[tuple[type[Exception], type[MarketplaceError], str], ...]] = (
    (
        ssl.SSLCertVerificationError,
        ConfigurationError,
        "the mail server's certificate is not trusted: look at smtp_host",
    ),
    (
        smtplib.SMTPNotSupportedError,
        ConfigurationError,
        "the mail server does not offer what smtp_security or the address asks for",
    ),
    (smtplib.SMTPServerDisconnected, PartnerUnavailable, "the mail server hung up: try again later"),
    (smtplib.SMTPException, PartnerUnavailable, "the mail server does not answer as it should: try again later"),
    (OSError, PartnerUnavailable, "the mail server does not answer: look at smtp_host and smtp_port, or try again"),
)


class SmtpNotifier(Notifier):
    """Sends one message a connection; when ``send`` returns, the server has taken it."""

    def __init__(self, server: SmtpServer, clock: Clock, *, context: ssl.SSLContext | None = None) -> None:
        """Send through a server; ``context`` None trusts whom the machine trusts."""
        self._server = server
        self._clock = clock
        self._context = context

    @override
    def send(self, message: Message) -> None:
        mail = self._mail(message)
        with _translated(), self._connected() as connection:
            connection.send_message(mail, self._server.sender, [message.recipient])

    def _mail(self, message: Message) -> EmailMessage:
        for name, value in (("recipient", message.recipient), ("subject", message.subject)):
            _require_one_line(name, value)
        sender_domain = self._server.sender.rpartition("@")[2]
        is_plain = message.recipient.isascii()
        mail = EmailMessage(policy=SMTP if is_plain else SMTPUTF8)
        mail["From"] = self._server.sender
        try:
            mail["To"] = message.recipient
        except (ValueError, IndexError) as problem:
            raise InvalidInput("the recipient is no mail address") from problem
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(self._clock.now())
        mail["Message-ID"] = make_msgid(domain=sender_domain)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail

    @contextmanager
    def _connected(self) -> Generator[smtplib.SMTP]:
        server = self._server
        context = self._context or ssl.create_default_context()
        connection = (
            smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout_seconds, context=context)
            if server.security is Security.TLS
            else smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds)
        )
        try:
            if server.security is Security.STARTTLS:
                connection.starttls(context=context)
            if server.user:
                connection.login(server.user, server.password)
            yield connection
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()  # the message is taken already
        finally:
            connection.close()


def _require_one_line(name: str, value: str) -> None:
    """Refuse line ends and other signs that steer: they would begin a header or command of their own."""
    if not value.isprintable() or not value:
        raise InvalidInput(f"the {name} must be one line of text")


@contextmanager
def _translated() -> Generator[None]:
    """Errors of ours, without what the server said: that may repeat the address or the message."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as problem:
        ((code, _),) = problem.recipients.values()
        raise _by_code(code) from None
    except smtplib.SMTPResponseException as problem:
        raise _by_code(problem.smtp_code) from None
    except (smtplib.SMTPException, OSError) as problem:
        raise _by_kind(problem) from None


def _by_kind(problem: Exception) -> MarketplaceError:
    kind, says = next((kind, says) for found, kind, says in _BY_KIND if isinstance(problem, found))
    return kind(says)


def _by_code(code: int) -> MarketplaceError:
    for codes, kind, says in _BY_CODE:
        if code in codes:
            return kind(f"{says} ({code})")
    return PartnerUnavailable(f"the mail server does not answer as it should: try again later ({code})")
