"""Bookings of listings: list them, say whose they are, take them from the portal outside."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from cyclopts import Parameter

from marketplace_core.domain.access import Reach
from marketplace_core.domain.identifiers import PersonId
from marketplace_core.domain.listings.applications import ApplicationStatus
from marketplace_core.domain.paging import Filter, Operator, PageAsk, Sort
from marketplace_core.domain.register import APPLICATIONS, ApplicationEntry, Waiting
from marketplace_core.errors import NotFound
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Where
from marketplace_entrypoints.cli.session import Session, opened
from marketplace_entrypoints.cli.sync_cocorico import import_bookings
from marketplace_entrypoints.listing_words import plain_application
from marketplace_entrypoints.our_listings import our_listings
from marketplace_entrypoints.register_pages import everything

app = group("bookings", "Bookings of listings and the leases that they became; take them, say whose they are.")
app.command(import_bookings, name="import")


@app.default
@app.command(name="list")
def list_bookings(
    *,
    status: Annotated[ApplicationStatus | None, Parameter(help="Only those that stand so.")] = None,
    waiting: Annotated[bool, Parameter(negative=(), help="Only those that wait, such as for a person.")] = False,
    where: Where = HERE,
) -> int:
    """Bookings, by their first day, the last one first."""
    with opened(where) as here:
        filters = [Filter("status", Operator.EQUAL, status)] if status else []
        filters += [Filter("waiting", Operator.EQUAL, Waiting.YES)] if waiting else []
        found = _entries(here, tuple(filters))
        rows = [
            (
                it.application.application_id,
                it.unit_code,
                it.application.status.value,
                it.application.starts_on,
                it.application.ends_on - timedelta(days=1),
                it.application.applicant.name,
                it.application.lease_id or "",
                it.application.trouble,
            )
            for it in found
        ]
        shown = table(("booking", "unit", "status", "from", "to", "who", "lease", "to be seen to"), rows)
        return here.answer({"bookings": [plain_application(it.application) for it in found]}, shown)


@app.command(name="confirm")
def confirm(
    booking: Annotated[str, Parameter(help="Id of the booking; see bookings list.")],
    *,
    person: Annotated[str, Parameter(help="Id of the person whose it is; left out, somebody new as told there.")] = "",
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Say whose an accepted booking is whose contact nobody verified; its lease is drafted then."""
    with opened(where) as here:
        entry = next(
            (it for it in _entries(here) if booking in (it.application.application_id, it.application.external_id)),
            None,
        )
        if entry is None:
            raise NotFound(f"no booking {booking!r} in {here.portfolio_id}; see marketplace bookings list")
        ours, command = our_listings(here.store, here.container), here.command("booking.confirm", act)
        whom = PersonId(person) if person else None
        done = ours.confirm(command, entry.application, whom, dry_run=act.dry_run)
        verb = "Would confirm" if act.dry_run else "Confirmed"
        untroubled = "a lease is drafted then" if act.dry_run else "no lease is drafted yet"
        lease = f"lease {done.lease_id} is drafted" if done.lease_id else done.trouble or untroubled
        told = {**plain_application(done), "dry_run": act.dry_run}
        return here.answer(told, f"{verb} booking {done.application_id} of {done.person_id or 'somebody new'}: {lease}")


def _entries(here: Session, filters: tuple[Filter, ...] = ()) -> list[ApplicationEntry]:
    ask = PageAsk(500, sort=Sort("starts_on", descending=True), filters=filters)
    return list(everything(here.ports.page, Reach(here.portfolio_id, is_whole=True), APPLICATIONS, ask))
