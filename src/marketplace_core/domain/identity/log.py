"""The log of identities: one hash-chained link a change of a login or client, with what it was and became.

It is a chain as a book's is (``domain.event_log``), under a name that no portfolio can have.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from attrs import frozen

from marketplace_core.domain.codec import canonical
from marketplace_core.domain.command import Command
from marketplace_core.domain.event_log import Event, link
from marketplace_core.domain.identifiers import CommandId, PortfolioId
from marketplace_core.domain.identity.clients import ApiClient
from marketplace_core.domain.identity.users import User

IDENTITY: Final = PortfolioId("@identity")
"""The chain's name where a book's has its portfolio."""


@frozen
class Change:
    """What a command made of one login or client; ``before`` None where it is new."""

    subject: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]


def identity_command(command_id: CommandId, kind: str, actor: str, at: datetime, reason: str = "") -> Command:
    """A command on logins and clients; the same id again has no further effect."""
    return Command(command_id, IDENTITY, kind, actor, at, reason)


def subject_of(value: User | ApiClient) -> str:
    """What the log names a login or client by."""
    return f"user:{value.user_id}" if isinstance(value, User) else f"client:{value.client_id}"


def change_link(
    previous_hash: str, sequence: int, command: Command, before: User | ApiClient | None, after: User | ApiClient
) -> Event:
    """The next link of the chain: a command and what it changed."""
    payload = {"subject": subject_of(after), "before": before.said() if before else None, "after": after.said()}
    return link(previous_hash, sequence, command, canonical(payload))


def change_of(event: Event) -> Change:
    """What a link says."""
    plain: dict[str, Any] = json.loads(event.payload)
    return Change(plain["subject"], plain["before"], plain["after"])


def misfits(events: Iterable[Event], live: Iterable[User | ApiClient]) -> Iterator[str]:
    """What does not hold together: a change that does not begin where the last one ended, a row that is not as logged.

    The chain itself is checked by ``event_log.verify_chain``.
    """
    known: dict[str, str] = {}
    for event in events:
        change = change_of(event)
        before = None if change.before is None else canonical(change.before)
        if known.get(change.subject) != before:
            yield f"link {event.sequence}: {change.subject} was not what the link says it was before"
        known[change.subject] = canonical(change.after)
    for value in live:
        subject = subject_of(value)
        logged = known.pop(subject, None)
        if logged is None:
            yield f"{subject} is in the tables and not in the log"
        elif logged != canonical(value.said()):
            yield f"{subject} is not as the log left it: it was altered"
    yield from (f"{subject} is in the log and not in the tables" for subject in sorted(known))
