"""The machine's clock."""

from __future__ import annotations

from datetime import UTC, datetime

from typing_extensions import override

from marketplace_core.ports.clock import Clock


class SystemClock(Clock):
    """Tells the time of the machine, in UTC."""

    @override
    def now(self) -> datetime:
        return datetime.now(UTC)
