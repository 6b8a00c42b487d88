"""How streams of systems outside stand and what came of a sync, told alike for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from marketplace_core.domain.outside_property.standing import StreamStanding
from marketplace_core.services.outside_property.overview import PropertyStanding
from marketplace_core.services.outside_property.streams import StreamSynced
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.failures import Exit
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.session import Session

_UNCHANGED: Final = "unchanged"


def exit_of(found: Sequence[StreamSynced]) -> Exit:
    """``PARTLY`` where some were done and others not."""
    if all(it.is_done for it in found):
        return Exit.DONE
    return Exit.PARTLY if any(it.is_done for it in found) else Exit.FAILED


def counts_words(counts: Mapping[str, int]) -> str:
    """Counts for a person, what changed first."""
    pairs = sorted(counts.items(), key=lambda it: (it[0] == _UNCHANGED, it[0]))
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in pairs) or "nothing"


def answer_status(here: Session, found: PropertyStanding) -> int:
    """How each stream stands; ``FAILED`` where one is not well."""
    streams = (*found.streams, *(it for it in found.looks if it.latest is not None))
    is_well = found.worst is None or found.worst.is_well
    told = {"ok": is_well, "version": found.version, "streams": [plain_standing(it) for it in streams]}
    rows = (
        (
            it.stream.portfolio_id,
            it.stream.name,
            it.state.value,
            f"{it.last_good_at:%Y-%m-%d %H:%M} UTC" if it.last_good_at else "never",
            counts_words(dict(it.latest.counts) if it.latest else {}),
            it.reason,
        )
        for it in streams
    )
    shown = table(("portfolio", "stream", "", "last good run", "newest run", "why"), rows)
    return here.answer(told, shown, code=Exit.DONE if is_well else Exit.FAILED)


def plain_standing(it: StreamStanding) -> plain.Plain:
    """A stream for machines."""
    return {
        "portfolio": it.stream.portfolio_id,
        "stream": it.stream.name,
        "state": it.state.value,
        "reason": it.reason,
        "last_good_at": plain.instant(it.last_good_at),
        "lag_seconds": int(it.lag.total_seconds()) if it.lag is not None else None,
        "begun_at": plain.instant(it.latest.begun_at) if it.latest else None,
        "ended_at": plain.instant(it.latest.ended_at) if it.latest else None,
        "stage": it.latest.stage.value if it.latest else None,
        "counts": dict(it.latest.counts) if it.latest else {},
    }
