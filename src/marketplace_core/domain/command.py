"""Commands: who wants what, when and why. The same command id twice has one effect."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve, field, frozen

from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import CommandId, PortfolioId, derive_id
from marketplace_core.errors import AlreadyExists


@frozen
class Command:
    """One act on one portfolio's book.

    ``actor`` is ``person:ID``, ``service:NAME`` or ``system``; ``recorded_at`` is the instant of the act, which
    every fact it makes carries; ``kind`` is the verb, such as ``bill`` or ``match.undo``.
    """

    command_id: CommandId
    portfolio_id: PortfolioId
    kind: str
    actor: str
    recorded_at: datetime = field(converter=require_instant)
    reason: str = ""

    def recorded_after(self, instant: datetime | None) -> Command:
        """The command, recorded no earlier than an instant."""
        if instant is None or instant <= self.recorded_at:
            return self
        return evolve(self, recorded_at=instant)

    def part(self, name: str) -> Command:
        """The command of one part of a larger act; the same name gives the same command again."""
        return evolve(self, command_id=CommandId(derive_id("cmd", self.command_id, name)))


def require_kind(command: Command, kind: str) -> None:
    """Refuse a command whose id stands in the log for a command of another kind."""
    if command.kind != kind:
        raise AlreadyExists(f"command id {command.command_id} was that of {kind}: give {command.kind} an id of its own")
