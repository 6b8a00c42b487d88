"""Instants as the portal keeps them: whole seconds of its own zone, without a zone's name."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def kept(instant: datetime, zone: str) -> datetime:
    """An instant as a column there holds it."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def instant(value: datetime, zone: str) -> datetime:
    """What a column there holds, as an instant."""
    return value.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
