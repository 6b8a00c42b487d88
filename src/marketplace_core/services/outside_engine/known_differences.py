"""Every difference that is known, however many: read in pages, so that none is left out of a count or a repair."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Final

from marketplace_core.domain.outside_engine.agreement import Difference
from marketplace_core.ports.outside_engine.engine_log import EngineLog

SHOWN_AT_ONCE: Final = 1_000
"""So many are listed where nobody asks for more; counts are of all."""


def known_differences(log: EngineLog, page: int = SHOWN_AT_ONCE) -> Iterator[Difference]:
    """By key, kind and subject; those of accounts that are no lease of ours come first."""
    offset = 0
    while rows := log.differences(page, offset):
        yield from rows
        offset += len(rows)


def of_unknown_accounts(log: EngineLog) -> tuple[Difference, ...]:
    """Those of accounts there that are no lease of ours."""
    return tuple(takewhile(lambda it: it.key is None, known_differences(log)))
