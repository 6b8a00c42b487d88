"""What commands are given: days, months, amounts, and the options that most commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

from attrs import frozen
from cyclopts import Parameter, Token

from marketplace_core.domain.days import DateSpan, parse_month
from marketplace_core.domain.money import Money


def _read(parse: Callable[[str], object]) -> Callable[[Any, Sequence[Token]], object]:
    """A converter that cyclopts can tell of: what is wrong comes as ValueError, never as a traceback."""

    def convert(_kind: object, tokens: Sequence[Token]) -> object:
        return parse(tokens[0].value)

    return convert


def parse_day(text: str) -> date:
    """A day such as 2026-11-30."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a day of the calendar; write it such as 2026-11-30") from None


def parse_instant(text: str) -> datetime:
    """An instant such as 2026-11-30T12:00:00Z; without a zone it is one of the portfolio's, a day alone its end."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no instant; write it such as 2026-11-30T12:00:00Z") from None
    return (
        found.replace(hour=23, minute=59, second=59, microsecond=999_999) if len(text) == len("2026-11-30") else found
    )


def _parse_amount(text: str) -> Money:
    return Money.parse(text)


def parse_percent(text: str) -> int:
    """Basis points of a percentage such as 5 or 2.5, up to 100 and with no more than two decimals."""
    whole, _, part = text.strip().removesuffix("%").partition(".")
    digits = f"{whole}{part}"
    decimals = 2
    if not (digits.isascii() and digits.isdecimal()) or not whole or len(part) > decimals:
        raise ValueError(f"{text[:40]!r} is not a percentage; write it such as 5 or 2.5")
    points = int(whole) * 100 + int(part.ljust(decimals, "0"))
    if points > 100 * 100:
        raise ValueError(f"{text[:40]} % is more than all of it")
    return points


Day = Annotated[date, Parameter(converter=_read(parse_day), n_tokens=1, accepts_keys=False)]
Instant = Annotated[datetime, Parameter(converter=_read(parse_instant), n_tokens=1, accepts_keys=False)]
Month = Annotated[DateSpan, Parameter(converter=_read(parse_month), n_tokens=1, accepts_keys=False)]
Amount = Annotated[Money, Parameter(converter=_read(_parse_amount), n_tokens=1, accepts_keys=False)]
"""An amount in KES as it is written; a command that knows the lease's currency puts it in that currency."""
Percent = Annotated[int, Parameter(converter=_read(parse_percent), n_tokens=1, accepts_keys=False)]
"""Basis points."""


@Parameter(name="*")
@frozen
class Where:
    """Which books, and for whom the answer is."""

    data: Annotated[Path | None, Parameter(help="Folder of the books (MARKETPLACE_DATA_FOLDER).")] = None
    portfolio: Annotated[str, Parameter(help="Portfolio; may be left out where there is one only.")] = ""
    json: Annotated[bool, Parameter(negative=(), help="Answer in JSON on standard output.")] = False


@Parameter(name="*")
@frozen
class Act:
    """Who acts, and whether it is meant."""

    dry_run: Annotated[bool, Parameter(negative=(), help="Show the plan and its total; write nothing.")] = False
    yes: Annotated[bool, Parameter(name=["--yes", "-y"], negative=(), help="Do not ask.")] = False
    actor: Annotated[str, Parameter(help="Who acts: a name, or service:NAME (else the user of the machine).")] = ""
    command_id: Annotated[str, Parameter(help="Id of this command; the same one again has no further effect.")] = ""
    reason: Annotated[str, Parameter(help="Why; kept in the audit trail.")] = ""


HERE: Final = Where()
PLAINLY: Final = Act()
