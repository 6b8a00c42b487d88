"""Bring properties, occupancies and tickets in step with a property manager's system, and say how far they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from attrs import frozen
from cyclopts import Parameter

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.outside_property.changes import PropertyChange, shown_fields, words_of
from marketplace_core.services.outside_property.jobs import SYNC_COMMAND
from marketplace_core.services.outside_property.stranding import stranded_words
from marketplace_core.services.outside_property.streams import StreamSynced
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.failures import Exit, Refused
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Where
from marketplace_entrypoints.cli.saving import save_pieces
from marketplace_entrypoints.cli.session import Session, opened
from marketplace_entrypoints.cli.stream_answers import answer_status, counts_words, exit_of

if TYPE_CHECKING:
    from marketplace_entrypoints.outside_properties import AnyChange, OutsideProperties

_UNCHANGED: Final = "unchanged"
_MOST_ROWS: Final = 200
"""Differences that a person is shown."""
_MOST_KEPT: Final = 10_000
"""Differences of a stream that a machine is told one by one; all are counted, whatever their number."""
Names = Literal["properties", "occupancies", "tickets"]


def condo(
    *,
    only: Annotated[list[Names] | None, Parameter(help="Only this; may be given several times.")] = None,
    diff: Annotated[bool, Parameter(negative=(), help="Only say what differs; code 1 where something does.")] = False,
    sql: Annotated[
        Path | None, Parameter(help="With --diff: also write into this file SQL that shows the same by hand.")
    ] = None,
    whole: Annotated[bool, Parameter(negative=(), help="Read everything from the start.")] = False,
    accept_gone: Annotated[
        bool, Parameter(negative=(), help="Archive also where more than half of what stands is not told any more.")
    ] = False,
    status: Annotated[bool, Parameter(negative=(), help="Only say how far everything is read.")] = False,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Read what changed in Condo and archive what is gone; cut off, the same again goes on. Code 3: done in part."""
    if sum((diff, status, act.dry_run)) > 1:
        raise Refused("choose one of --diff, --status and --dry-run")
    if sql is not None and not diff:
        raise Refused("--sql goes with --diff")
    from marketplace_entrypoints.outside_properties import outside_properties

    with opened(where) as here:
        outside = outside_properties(here.store, here.container)
        if status:
            return _status(here, outside)
        if sql is not None:
            _write_sql(here, outside, sql)
        if diff or act.dry_run:
            return _compared(here, outside, only or (), act, is_diff=diff)
        return _synced(here, outside, only or (), act, whole=whole, accept_gone=accept_gone)


def _stranded(here: Session, portfolios: Sequence[PortfolioId]) -> tuple[list[plain.Plain], list[str]]:
    """What stands on archived units, for machines and for a person; nothing where nothing does."""
    known = {it.portfolio_id for it in here.ports.portfolios()}
    found = {own: here.container.find_stranded()(own) for own in portfolios if own in known}
    told: list[plain.Plain] = [
        {
            "portfolio": own,
            "unit": it.unit_id,
            "code": it.code,
            "archived_on": it.archived_on.isoformat(),
            "leases": list(it.leases),
            "occupancies": it.occupancies,
        }
        for own, units in found.items()
        for it in units
    ]
    return told, [f"{own}: {stranded_words(units)}: condo link-unit" for own, units in found.items() if units]


def _meant(here: Session, outside: OutsideProperties) -> tuple[PortfolioId, ...]:
    """The portfolio that is named, else all that are read from there."""
    is_named = bool(here.where.portfolio or here.settings.portfolio)
    return (here.portfolio_id,) if is_named else outside.portfolios


def _synced(
    here: Session, outside: OutsideProperties, only: Sequence[Names], act: Act, *, whole: bool, accept_gone: bool
) -> int:
    seen = 0
    found: list[tuple[PortfolioId, StreamSynced]] = []
    with here.output.progress("Reading") as progress:

        def tell(more: int) -> None:
            nonlocal seen
            seen += more
            if progress is not None:
                progress(seen)

        for portfolio_id in _meant(here, outside):
            streams = outside.streams(portfolio_id, whole=whole, accept_gone=accept_gone, tell=tell)
            found += [(portfolio_id, it) for it in streams(here.command(SYNC_COMMAND, act, portfolio_id), only)]
    told: dict[str, object] = {
        "streams": [
            {
                "portfolio": portfolio_id,
                "stream": it.name,
                "outcome": it.outcome.value,
                "counts": dict(it.counts),
                "trouble": it.trouble,
            }
            for portfolio_id, it in found
        ],
    }
    told["stranded"], left = _stranded(here, _meant(here, outside))
    rows = ((own, it.name, it.outcome.value, counts_words(it.counts), it.trouble) for own, it in found)
    shown = table(("portfolio", "stream", "", "came to", "why"), rows)
    synced = [it for _, it in found]
    return here.answer(told, _words(synced), shown, *left, code=exit_of(synced))


def _words(found: Sequence[StreamSynced]) -> str:
    done = sum(it.is_done for it in found)
    counts = "; ".join(f"{it.name} {counts_words(it.counts)}" for it in found)
    return f"{done} of {len(found)} streams done: {counts}"


def _compared(here: Session, outside: OutsideProperties, only: Sequence[Names], act: Act, *, is_diff: bool) -> int:
    found = [(own, _differences(here, outside, own, only, act)) for own in _meant(here, outside)]
    differs = sum(sum(it.counts.values()) for _, of_own in found for it in of_own)
    told = {
        "differences": differs,
        "streams": [
            {
                "portfolio": own,
                "stream": it.name,
                "counts": dict(it.counts),
                "differences": [plain_change(change) for change in it.changes],
                "left_out": it.left_out,
            }
            for own, of_own in found
            for it in of_own
        ],
        "dry_run": True,
    }
    each = "; ".join(f"{it.name} {counts_words(it.counts)}" for _, of_own in found for it in of_own)
    rows = [(own, it.name, _words_of(change)) for own, of_own in found for it in of_own for change in it.changes]
    more = max(0, len(rows) - _MOST_ROWS) + sum(it.left_out for _, of_own in found for it in of_own)
    left = f"… and {more} more: --json has up to {_MOST_KEPT} of a stream, --sql shows all" if more else ""
    shown = [table(("portfolio", "stream", "what differs"), rows[:_MOST_ROWS])] if rows else []
    code = Exit.FAILED if is_diff and differs else Exit.DONE
    return here.answer(told, f"{differs} differences: {each}", *shown, *([left] if left else []), code=code)


@frozen
class _Compared:
    """What a stream would change; ``changes`` one by one where the stream tells them, but for those ``left_out``."""

    name: str
    counts: Mapping[str, int]
    changes: Sequence[AnyChange] = ()
    left_out: int = 0

    @classmethod
    def of(cls, name: str, changes: Iterable[AnyChange]) -> _Compared:
        """All of them counted, the first of them kept."""
        counts: Counter[str] = Counter()
        kept: list[AnyChange] = []
        for it in changes:
            counts[it.kind.value] += 1
            if len(kept) < _MOST_KEPT:
                kept.append(it)
        return cls(name, counts, kept, counts.total() - len(kept))


def _differences(
    here: Session, outside: OutsideProperties, own: PortfolioId, only: Sequence[Names], act: Act
) -> list[_Compared]:
    books, found = outside.of(own), list[_Compared]()
    if not only or "properties" in only:
        changes = books.diff_properties()(here.command(SYNC_COMMAND, act, own), outside.name)
        found.append(_Compared.of("properties", changes))
    if not only or "occupancies" in only:
        found.append(_Compared.of("occupancies", books.diff_occupancies()(own, outside.name)))
    if not only or "tickets" in only:
        found.append(_Compared("tickets", _changed(books.sync_tickets().preview(own))))
    return found


def _changed(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: it for name, it in counts.items() if it and name != _UNCHANGED}


def _write_sql(here: Session, outside: OutsideProperties, file: Path) -> None:
    """Write the comparison of each portfolio that is meant; the file is there whole or not at all."""
    save_pieces(file, (piece for own in _meant(here, outside) for piece in outside.diff_sql(own)))
    here.output.say(f"wrote SQL that shows what differs in properties and units to {file}: psql -f {file}")


def _words_of(it: AnyChange) -> str:
    """The change in a line; of an occupancy nothing personal."""
    if isinstance(it, PropertyChange):
        return words_of(it)
    places = dict.fromkeys(stay.place or "no unit" for stay in (it.before, it.after) if stay is not None)
    return f"{it.kind.value.replace('_', ' ')}: {it.after.key.external_id} in {' → '.join(places)}"


def plain_change(it: AnyChange) -> plain.Plain:
    """A change for machines; of an occupancy nothing personal."""
    if not isinstance(it, PropertyChange):
        return {
            "kind": it.kind.value,
            "external_id": it.after.key.external_id,
            "place_before": it.before.place if it.before else "",
            "place": it.after.place,
        }
    return {
        "kind": it.kind.value,
        "external_id": it.external_id,
        "subject": it.subject,
        "before": shown_fields(it.before),
        "after": shown_fields(it.after),
    }


def _status(here: Session, outside: OutsideProperties) -> int:
    stranded, left = _stranded(here, outside.portfolios)
    return answer_status(here, outside.overview()(), {"stranded": stranded}, left)
