"""Mail against a real SMTP server: encrypted, logged in, refused now and for good, cut off in the middle."""

from __future__ import annotations

import socket
from email import message_from_bytes, policy
from threading import Thread
from time import monotonic, sleep

import pytest
from tests.integration.smtp.conftest import PASSWORD, Mailbox, Start

from marketplace_adapters.notifications import QueuedNotifier, Security, SmtpNotifier, SmtpServer
from marketplace_core.errors import (
    ConfigurationError,
    InvalidInput,
    MarketplaceError,
    PartnerUnavailable,
    Unavailable,
)
from marketplace_core.ports.notifier import Message
from marketplace_core.testing.clocks import FixedClock

TOKEN = "canary-of-the-token"
LETTER = Message("invitation", "halima@example.org", "Your login – karibu", f"Choose a password:\n\n.\n{TOKEN} ñ\n")


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS, Security.NONE])
def test_a_message_arrives_whole(start: Start, mailbox: Mailbox, security: Security) -> None:
    """Subject and text in any letters, a line that is a dot; encrypted unless it stays on the machine."""
    start(security).send(LETTER)
    (envelope,) = mailbox.letters
    assert (envelope.mail_from, envelope.rcpt_tos) == ("rent@example.org", ["halima@example.org"])
    assert envelope.was_encrypted == (security is not Security.NONE)
    mail = message_from_bytes(envelope.content, policy=policy.default)
    assert (mail["From"], mail["To"], mail["Subject"]) == (
        "rent@example.org",
        "halima@example.org",
        "Your login – karibu",
    )
    assert mail["Date"] == "Mon, 23 Nov 2026 09:00:00 +0000"
    assert mail["Message-ID"].endswith("@example.org>")
    assert mail.get_content().replace("\r\n", "\n") == LETTER.text


def test_an_address_in_other_letters_arrives(start: Start, mailbox: Mailbox) -> None:
    """Where the server takes such addresses."""
    start().send(Message("invitation", "ñandú@example.org", "S", "T\n"))
    assert mailbox.letters[0].rcpt_tos == ["ñandú@example.org"]


def test_it_logs_in(start: Start, mailbox: Mailbox) -> None:
    """With the right password; with a wrong one it says which settings to look at, and shows none."""
    start(user="rent", password=PASSWORD).send(LETTER)
    assert len(mailbox.letters) == 1
    with pytest.raises(ConfigurationError, match="smtp_password") as refused:
        start(user="rent", password="wrong-canary").send(LETTER)
    assert "wrong-canary" not in f"{refused.value!r}"
    assert len(mailbox.letters) == 1


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("451 try again, halima@example.org", PartnerUnavailable),
        ("421 going down", PartnerUnavailable),
        ("550 no such user halima@example.org", InvalidInput),
        ("554 this looks like spam", InvalidInput),
    ],
)
def test_a_refusal_is_for_now_or_for_good(
    start: Start, mailbox: Mailbox, verb: str, answer: str, kind: type[MarketplaceError]
) -> None:
    """By the server's code, wherever it comes; what the server said of the person is not repeated."""
    mailbox.answers[verb] = answer
    with pytest.raises(kind) as refused:
        start().send(LETTER)
    assert "halima" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert mailbox.letters == []


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_server_that_dies_in_the_middle_is_tried_again(start: Start, mailbox: Mailbox, verb: str) -> None:
    """It is unavailable, not refused."""
    mailbox.hangs_up_at = verb
    with pytest.raises(Unavailable):
        start().send(LETTER)


def test_a_certificate_that_nobody_trusts_gets_no_message(start: Start, mailbox: Mailbox) -> None:
    """Neither by STARTTLS nor by TLS."""
    for security in (Security.STARTTLS, Security.TLS):
        with pytest.raises(ConfigurationError, match="certificate"):
            start(security, trusted=False).send(LETTER)
    assert mailbox.letters == []


def test_a_server_without_starttls_gets_no_message(start: Start, mailbox: Mailbox) -> None:
    """Somebody between may have taken the offer away."""
    with pytest.raises(ConfigurationError, match="smtp_security"):
        start(offers_tls=False).send(LETTER)
    assert mailbox.letters == []


def test_a_server_that_is_not_there_or_says_nothing_is_unavailable() -> None:
    """A closed port, and one that takes the connection and is silent: within the time-out."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        server = SmtpServer("127.0.0.1", "rent@example.org", port, Security.NONE, timeout_seconds=0.3)
        with pytest.raises(PartnerUnavailable):
            SmtpNotifier(server, FixedClock()).send(LETTER)
    with pytest.raises(PartnerUnavailable, match="smtp_host"):
        SmtpNotifier(server, FixedClock()).send(LETTER)


def test_a_server_that_talks_nonsense_is_unavailable() -> None:
    """It is no SMTP server."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def talk() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = Thread(target=talk)
        thread.start()
        port = listening.getsockname()[1]
        server = SmtpServer("127.0.0.1", "rent@example.org", port, Security.NONE, timeout_seconds=2)
        with pytest.raises(PartnerUnavailable):
            SmtpNotifier(server, FixedClock()).send(LETTER)
        thread.join()


@pytest.mark.parametrize(
    ("recipient", "subject"),
    [
        ("halima@example.org\r\nBcc: thief@example.org", "S"),
        ("halima@example.org\nRCPT TO:<thief@example.org>", "S"),
        ("halima@example.org", "S\r\nBcc: thief@example.org"),
        ("halima@example.org", "S\n\nAnother text"),
        ("halima@example.org\x00", "S"),
        ("", "S"),
    ],
)
def test_no_header_or_command_is_smuggled_in(start: Start, mailbox: Mailbox, recipient: str, subject: str) -> None:
    """Line ends in an address or subject are refused before anything is sent."""
    with pytest.raises(InvalidInput, match="one line"):
        start().send(Message("x", recipient, subject, "T"))
    assert mailbox.letters == []


def test_nothing_in_clear_over_a_network() -> None:
    """Without encryption only to this machine."""
    with pytest.raises(ConfigurationError, match="starttls"):
        SmtpServer("mail.example.org", "rent@example.org", security=Security.NONE)
    with pytest.raises((ConfigurationError, InvalidInput)):
        SmtpServer("mail.example.org", "no address")


def test_no_secret_is_shown() -> None:
    """Neither the password nor a token or address in any repr."""
    server = SmtpServer("mail.example.org", "rent@example.org", user="rent", password=PASSWORD)
    shown = f"{server!r} {LETTER!r} {SmtpNotifier(server, FixedClock())!r}"
    for secret in (PASSWORD, TOKEN, "halima"):
        assert secret not in shown


def test_a_queue_takes_at_once_and_tries_again(start: Start, mailbox: Mailbox) -> None:
    """Told of what could not be sent; what was refused for good is not tried again."""
    failed: list[tuple[Message, MarketplaceError]] = []
    mailbox.answers["DATA"] = "451 later"
    tried: list[str] = []

    class Counted(SmtpNotifier):
        def send(self, message: Message) -> None:
            tried.append(message.subject)
            if len(tried) == 2:
                mailbox.answers.clear()
            inner.send(message)

    inner = start()
    queue = QueuedNotifier(
        Counted(SmtpServer("127.0.0.1", "a@example.org", security=Security.NONE), FixedClock()),
        lambda message, error: failed.append((message, error)),
        waits_seconds=(0.01, 0.01),
    )
    queue.send(LETTER)
    queue.send(Message("x", "bad\naddress", "S", "T"))
    deadline = monotonic() + 10
    while not failed and monotonic() < deadline:
        sleep(0.01)
    queue.close()
    assert tried == [LETTER.subject, LETTER.subject, "S"]
    assert len(mailbox.letters) == 1
    ((message, error),) = failed
    assert (message.subject, type(error)) == ("S", InvalidInput)
    with pytest.raises(Unavailable):
        queue.send(LETTER)
