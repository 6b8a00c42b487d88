"""Bring listings, bookings and inquiries in step with a portal outside, and say how far they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from cyclopts import Parameter

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.services.outside_property.streams import StreamSynced
from marketplace_entrypoints.cli.failures import Refused
from marketplace_entrypoints.cli.listing_bridge import diff_of
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Where
from marketplace_entrypoints.cli.session import Session, opened
from marketplace_entrypoints.cli.stream_answers import answer_status, counts_words, exit_of
from marketplace_entrypoints.our_listings import OurListings, our_listings

SYNC_COMMAND: Final = "portal.sync"
"""The kind of the command that a sync is."""
IMPORTS: Final = ("bookings", "inquiries", "landlords", "let")
Names = Literal["bookings", "inquiries", "landlords", "let", "listings"]


def cocorico(
    *,
    only: Annotated[list[Names] | None, Parameter(help="Only this; may be given several times.")] = None,
    diff: Annotated[
        bool, Parameter(negative=(), help="Only say where listings differ; code 1 where one does.")
    ] = False,
    whole: Annotated[bool, Parameter(negative=(), help="Read everything from the start, look at every copy.")] = False,
    accept_gone: Annotated[
        bool, Parameter(negative=(), help="Let go also where more than half of the bookings are not told any more.")
    ] = False,
    status: Annotated[bool, Parameter(negative=(), help="Only say how far everything is read.")] = False,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Take bookings and inquiries, tell landlords, show listings; again it changes nothing. Code 3: done in part."""
    if sum((diff, status, act.dry_run)) > 1:
        raise Refused("choose one of --diff, --status and --dry-run")
    with opened(where) as here:
        ours = our_listings(here.store, here.container)
        if status:
            return answer_status(here, ours.overview()())
        if diff:
            return diff_of(here, ours, _meant(here, ours))
        if act.dry_run:
            return _planned(here, ours, act)
        return _synced(here, ours, only or (), act, whole=whole, accept_gone=accept_gone)


def import_bookings(
    *,
    whole: Annotated[bool, Parameter(negative=(), help="Read everything from the start.")] = False,
    accept_gone: Annotated[
        bool, Parameter(negative=(), help="Let go also where more than half of the bookings are not told any more.")
    ] = False,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Take bookings and inquiries, draft leases, tell landlords; again it changes nothing. Code 3: done in part."""
    with opened(where) as here:
        ours = our_listings(here.store, here.container)
        if act.dry_run:
            return _planned(here, ours, act)
        return _synced(here, ours, IMPORTS, act, whole=whole, accept_gone=accept_gone)


def _meant(here: Session, ours: OurListings) -> tuple[PortfolioId, ...]:
    """The portfolio that is named, else all that are shown outside."""
    is_named = bool(here.where.portfolio or here.settings.portfolio)
    _ = ours.outside
    return (here.portfolio_id,) if is_named else ours.portfolios


def _synced(here: Session, ours: OurListings, only: Sequence[str], act: Act, *, whole: bool, accept_gone: bool) -> int:
    found: list[tuple[PortfolioId, StreamSynced]] = []
    for own in _meant(here, ours):
        command = here.command(SYNC_COMMAND, act, own)
        found += [(own, it) for it in ours.sync(command, only, whole=whole, accept_gone=accept_gone)]
    told = {
        "streams": [
            {
                "portfolio": own,
                "stream": it.name,
                "outcome": it.outcome.value,
                "counts": dict(it.counts),
                "trouble": it.trouble,
            }
            for own, it in found
        ],
    }
    rows = ((own, it.name, it.outcome.value, counts_words(it.counts), it.trouble) for own, it in found)
    shown = table(("portfolio", "stream", "", "came to", "why"), rows)
    synced = [it for _, it in found]
    counts = "; ".join(f"{it.name} {counts_words(it.counts)}" for it in synced)
    words = f"{sum(it.is_done for it in synced)} of {len(synced)} streams done: {counts}"
    return here.answer(told, words, shown, code=exit_of(synced))


def _planned(here: Session, ours: OurListings, act: Act) -> int:
    plans = [(own, ours.preview(here.command(SYNC_COMMAND, act, own))) for own in _meant(here, ours)]
    told = {
        "streams": [
            {"portfolio": own, "stream": name, "counts": dict(counts)}
            for own, plan in plans
            for name, counts in plan.items()
        ],
        "dry_run": True,
    }
    rows = [(own, name, counts_words(counts)) for own, plan in plans for name, counts in plan.items()]
    return here.answer(told, table(("portfolio", "stream", "would come to"), rows))
