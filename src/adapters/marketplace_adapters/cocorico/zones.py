"""Instants as the portal keeps them: whole seconds of its own zone, without a zone's name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_PUT_BACK: Final = timedelta(hours=3)
"""No clock is put back by more."""


def kept(instant: datetime, zone: str) -> datetime:
    """An instant as a column there holds it."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for an instant that nobody wrote down there."""


def kept_from(instant: datetime, zone: str) -> datetime:
    """The least that a column there holds of what is written from an instant on.

    Clocks that are put back tell an hour twice, so what is written after that may seem to be from before.
    """
    return min(kept(instant, zone), kept(instant + _PUT_BACK, zone) - _PUT_BACK)


def instant(value: datetime, zone: str) -> datetime:
    """What a column there holds, as an instant."""
    return value.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def instant_or(value: datetime | str | None, zone: str, otherwise: datetime) -> datetime:
    """What a column there holds, as an instant; ``otherwise`` where it holds none, such as zeros."""
    try:
        return instant(value, zone) if isinstance(value, datetime) else otherwise
    except OverflowError:
        return otherwise


def moment(value: datetime | str | None) -> datetime | None:
    """What a column there holds, to sort by; days and months of no number, which come as text, become the first."""
    if not isinstance(value, str):
        return value
    return datetime.fromisoformat(value.replace("0000-", "0001-", 1).replace("-00", "-01"))
