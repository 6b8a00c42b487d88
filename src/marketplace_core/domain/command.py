"""Commands: who wants what, when and why. The same command id twice has one effect."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import CommandId, PortfolioId


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
