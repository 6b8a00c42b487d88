"""Listings: list, show, draft, edit, and each step of their lives."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final

from attrs import evolve
from cyclopts import Parameter

from marketplace_core.domain.identifiers import UnitId
from marketplace_core.domain.listings.decisions import Authority
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.listing import Listing, ListingPlace, ListingStatus, ListingText
from marketplace_core.domain.paging import Filter, Operator
from marketplace_core.domain.register import ListingEntry
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.services.listings.working import ChangeListing
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.failures import Refused
from marketplace_entrypoints.cli.listing_bridge import adopt, diff, pictures, publish
from marketplace_entrypoints.cli.named_listings import ListingName, find_listing, listing_entries
from marketplace_entrypoints.cli.output import Table, table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Amount, Day, Where
from marketplace_entrypoints.cli.session import Session, opened
from marketplace_entrypoints.listing_words import follows, plain_listing, plain_listing_file, title_of
from marketplace_entrypoints.our_listings import our_listings

app = group("listings", "Listings: list, show, draft, edit, approve, publish, withdraw; where portals differ.")
for _one in (publish, diff, adopt, pictures):
    app.command(_one)
ADMIN: Final = Authority(may_moderate=True)
"""Who has the books at hand decides: roles are for the API."""


@app.default
@app.command(name="list")
def list_listings(
    *,
    status: Annotated[ListingStatus | None, Parameter(help="Only those that stand so.")] = None,
    unit: Annotated[str, Parameter(help="Only those of this unit: its code or id.")] = "",
    where: Where = HERE,
) -> int:
    """Listings, what changed last first."""
    with opened(where) as here:
        filters = [Filter("status", Operator.EQUAL, status)] if status else []
        filters += [Filter("unit_id", Operator.EQUAL, str(_unit(here, unit)))] if unit else []
        found = listing_entries(here, tuple(filters))
        header = ("listing", "unit", "status", "since", "rent", "title", "why")
        rows = [
            (
                it.listing.listing_id,
                it.unit_code,
                it.listing.status.value,
                f"{it.listing.status_at:%Y-%m-%d}",
                it.listing.rent,
                title_of(it.listing),
                it.listing.status_reason,
            )
            for it in found
        ]
        return here.answer({"listings": [plain_listing(it) for it in found]}, table(header, rows))


@app.command(name="show")
def show(listing: ListingName, *, where: Where = HERE) -> int:
    """A listing: what is offered, what it lacks, its history, and its copies on portals outside."""
    with opened(where) as here:
        entry = find_listing(here, listing)
        return _answer(here, here.ports.listing_file(here.portfolio_id, entry.listing.listing_id))


@app.command(name="draft")
def draft(
    unit: Annotated[str, Parameter(help="Code or id of the unit that is to be let.")],
    *,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Begin a listing of a unit."""
    with opened(where) as here:
        make = our_listings(here.store, here.container).services.draft()
        file = make(here.command("listing.draft", act), _unit(here, unit), None, dry_run=act.dry_run)
        return _done(here, file, act, "Drafted")


@app.command(name="edit")
def edit(
    listing: ListingName,
    *,
    locale: Annotated[str, Parameter(help="Language of the text: two letters.")] = "en",
    title: str | None = None,
    description: str | None = None,
    rules: Annotated[str | None, Parameter(help="Rules of the house.")] = None,
    rent: Annotated[Amount | None, Parameter(help="What a month costs.")] = None,
    deposit: Annotated[Amount | None, Parameter(help="What is asked beside it; 0 for none.")] = None,
    category: str | None = None,
    available_from: Annotated[Day | None, Parameter(help="From when on it is to be had.")] = None,
    country: Annotated[str | None, Parameter(help="Two capitals.")] = None,
    city: str | None = None,
    area: str | None = None,
    street: str | None = None,
    street_number: str | None = None,
    postal_code: str | None = None,
    latitude: Annotated[str | None, Parameter(help="Degrees, such as -1.2921; to the public as it is here.")] = None,
    longitude: str | None = None,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Change what is offered; what is left out stays. As an admin's edit, what is approved stays so."""
    place = {
        "country": country,
        "city": city,
        "area": area,
        "street": street,
        "street_number": street_number,
        "postal_code": postal_code,
        "latitude": _degrees(latitude),
        "longitude": _degrees(longitude),
    }
    text = {"title": title, "description": description, "rules": rules}
    told = {name: it for name, it in place.items() if it is not None}
    with opened(where) as here:
        entry = find_listing(here, listing)
        currency = here.portfolio.currency

        def change(it: Listing) -> Listing:
            if rent is not None:
                it = evolve(it, rent=here.amount(rent, currency))
            if deposit is not None:
                asked = here.amount(deposit, currency)
                it = evolve(it, deposit=asked or None)
            it = evolve(
                it,
                category=it.category if category is None else category,
                available_from=available_from or it.available_from,
            )
            it = _with_text(it, locale, {name: one for name, one in text.items() if one is not None})
            return _with_place(it, told)

        service = our_listings(here.store, here.container).services.change()
        command = here.command("listing.edit", act)
        file = service.edit(command, entry.listing.listing_id, change, ADMIN, dry_run=act.dry_run)
        return _done(here, file, act, "Edited")


def _with_text(it: Listing, locale: str, told: dict[str, str]) -> Listing:
    if not told:
        return it
    known = it.text(locale)
    text = evolve(known or ListingText(locale, "", ""), **told)
    kept = tuple(text if one.locale == locale else one for one in it.texts)
    return evolve(it, texts=kept if known else (*kept, text))


def _with_place(it: Listing, told: dict[str, Any]) -> Listing:
    if not told:
        return it
    if it.place is None and "country" not in told:
        raise InvalidInput("say in which country it is with --country, such as KE")
    before = it.place or ListingPlace(str(told["country"]), "")
    return evolve(it, place=evolve(before, **told))


def _degrees(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Refused(f"{text[:40]!r} is no number of degrees: write it such as -1.2921") from None


Step = Callable[[ChangeListing], Callable[..., ListingFile]]


def _step(name: str, words: str, verb: str, step: Step, *, needs_reason: bool = False) -> None:
    def run(listing: ListingName, *, where: Where = HERE, act: Act = PLAINLY) -> int:
        with opened(where) as here:
            if needs_reason:
                here.require_reason(act, name)
            entry = find_listing(here, listing)
            service = step(our_listings(here.store, here.container).services.change())
            command = here.command(f"listing.{name}", act)
            file = service(command, entry.listing.listing_id, ADMIN, dry_run=act.dry_run)
            return _done(here, file, act, verb)

    run.__doc__ = words
    app.command(run, name=name)


_step("submit", "Give a listing to an admin to decide on.", "Submitted", lambda it: it.submit)
_step("approve", "Approve a listing that lacks nothing; publish shows it.", "Approved", lambda it: it.approve)
_step(
    "reject",
    "Reject a listing, with --reason; it is shown no more.",
    "Rejected",
    lambda it: it.reject,
    needs_reason=True,
)
_step("withdraw", "Take a listing back; it is shown no more.", "Withdrew", lambda it: it.withdraw)
_step("archive", "Keep a listing only for what was, for good.", "Archived", lambda it: it.archive)
_step("reopen", "Show a listing again whose unit was let, and is let no more.", "Reopened", lambda it: it.reopen)

_WOULD: Final = {
    "Drafted": "Would draft",
    "Edited": "Would edit",
    "Submitted": "Would submit",
    "Approved": "Would approve",
    "Rejected": "Would reject",
    "Withdrew": "Would withdraw",
    "Archived": "Would archive",
    "Reopened": "Would reopen",
}


def _unit(here: Session, text: str) -> UnitId:
    for unit in here.ports.units(here.portfolio_id):
        if text in (unit.unit_id, unit.code):
            return unit.unit_id
    raise NotFound(f"no unit {text!r} in {here.portfolio_id}: a unit comes by import, by sync condo or over HTTP")


def _entry(here: Session, listing: Listing) -> ListingEntry:
    names = {it.property_id: it.name for it in here.ports.properties(here.portfolio_id)}
    unit = here.ports.unit(here.portfolio_id, listing.unit_id)
    return ListingEntry(listing, names.get(listing.property_id, ""), unit.code)


def _done(here: Session, file: ListingFile, act: Act, verb: str) -> int:
    it, ours = file.listing, our_listings(here.store, here.container)
    lacks = ours.lacking(it)
    told = plain_listing_file(_entry(here, it), file, lacks, ours.copies_of(it))
    words = (
        f"{_WOULD[verb] if act.dry_run else verb} listing {it.listing_id}: {title_of(it) or 'no title'} ({it.status})"
    )
    return here.answer({**told, "dry_run": act.dry_run}, words, *_lacks(lacks))


def _lacks(lacks: tuple[str, ...]) -> list[str]:
    return [f"it lacks: {'; '.join(lacks)}"] if lacks else []


def _answer(here: Session, file: ListingFile) -> int:
    it, ours = file.listing, our_listings(here.store, here.container)
    entry, lacks, copies = _entry(here, it), ours.lacking(it), ours.copies_of(it)
    place = it.place
    lines = [
        f"Listing {it.listing_id}: {title_of(it) or 'no title'}",
        f"{it.status} since {it.status_at:%Y-%m-%d %H:%M} UTC, version {it.version}; unit {entry.unit_code}",
        f"may become {', '.join(follows(it)) or 'nothing: it is archived'}",
        f"rent {it.rent or 'none yet'}, deposit {it.deposit or 'none'}, {len(it.pictures)} pictures",
        f"in {', '.join(filter(None, (place.street, place.area, place.city, place.country)))}"
        if place
        else "nowhere yet",
    ]
    parts: list[str | Table] = [*lines, *_lacks(lacks), _history(file)]
    if copies:
        rows = [
            (one.system, one.external_id, one.told_version, ", ".join(one.edits), ", ".join(one.findings), one.trouble)
            for one in copies
        ]
        parts.append(
            table(("portal", "id there", "version told", "edited there", "did not fit", "trouble"), rows, "Copies")
        )
    return here.answer(plain_listing_file(entry, file, lacks, copies), *parts)


def _history(file: ListingFile) -> Table:
    rows = [
        (
            f"{it.recorded_at:%Y-%m-%d %H:%M}",
            it.by,
            it.what,
            it.before,
            it.after,
            "; ".join(filter(None, (it.reason, it.note))),
        )
        for it in file.changes
    ]
    return table(("when", "who", "what", "from", "to", "why"), rows, "History")
