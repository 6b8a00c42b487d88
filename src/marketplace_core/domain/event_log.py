"""The event log: one link a command, each hashed over the one before it, so that nothing is altered unseen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from attrs import frozen

from marketplace_core.domain.codec import SealedFact, canonical, digest, seal
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import CommandId, PortfolioId
from marketplace_core.errors import ChainBroken

GENESIS: Final = "0" * 64
"""What the first link of a book follows."""


@frozen
class Event:
    """One link: a command and its sealed facts as canonical JSON in ``payload``, which is what is hashed.

    ``sequence`` counts from 1 without gaps in a portfolio. ``hash`` is SHA-256 over the previous hash, the
    header and the payload.
    """

    portfolio_id: PortfolioId
    sequence: int
    command_id: CommandId
    kind: str
    actor: str
    reason: str
    recorded_at: datetime
    payload: str
    previous_hash: str
    hash: str


def link(previous_hash: str, sequence: int, command: Command, payload: str) -> Event:
    """The next link of a portfolio's chain."""
    return Event(
        portfolio_id=command.portfolio_id,
        sequence=sequence,
        command_id=command.command_id,
        kind=command.kind,
        actor=command.actor,
        reason=command.reason,
        recorded_at=command.recorded_at,
        payload=payload,
        previous_hash=previous_hash,
        hash=_hash(previous_hash, sequence, command, payload),
    )


def _hash(previous_hash: str, sequence: int, command: Command, payload: str) -> str:
    header = [
        command.portfolio_id,
        sequence,
        command.command_id,
        command.kind,
        command.actor,
        command.reason,
        command.recorded_at.isoformat(),
    ]
    return digest(previous_hash + canonical(header) + digest(payload))


def sealed_payload(facts: Iterable[Fact], salts: Iterator[str]) -> tuple[str, tuple[dict[str, Any] | None, ...]]:
    """The canonical payload of a command's facts and, by position, each fact's personal part."""
    sealed = [seal(fact, next(salts) if fact.personal else "") for fact in facts]
    return canonical([one.public for one in sealed]), tuple(one.personal for one in sealed)


def opened(publics: Sequence[dict[str, Any]], personals: Sequence[dict[str, Any] | None]) -> list[SealedFact]:
    """Each public part with its personal part, None where there is none or it was erased."""
    return [SealedFact(public, personal) for public, personal in zip(publics, personals, strict=True)]


def command_of(event: Event) -> Command:
    """The command that a link holds."""
    return Command(event.command_id, event.portfolio_id, event.kind, event.actor, event.recorded_at, event.reason)


def verify_chain(events: Iterable[Event], previous_hash: str = GENESIS, after_sequence: int = 0) -> tuple[int, str]:
    """Check each link against the one before it; the last sequence and hash, or ``ChainBroken`` at the first break."""
    sequence = after_sequence
    for event in events:
        sequence += 1
        where = f"event {event.sequence} of portfolio {event.portfolio_id}"
        if event.sequence != sequence:
            raise ChainBroken(f"{where}: link {sequence} is missing; restore the log from a backup")
        if event.previous_hash != previous_hash:
            raise ChainBroken(f"{where} does not follow the link before it; one of them was altered")
        if event.hash != _hash(previous_hash, sequence, command_of(event), event.payload):
            raise ChainBroken(f"{where} does not fit its hash; its content was altered")
        previous_hash = event.hash
    return sequence, previous_hash
