"""Listings and portals outside: publish, say where they differ, take edits that were made there; add pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

from attrs import evolve
from cyclopts import Parameter

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.listings.decisions import Authority
from marketplace_core.domain.listings.listing import Listing
from marketplace_core.errors import InvalidInput
from marketplace_core.services.listings.bridging import BridgeOutcome
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.failures import Exit
from marketplace_entrypoints.cli.named_listings import ListingName, find_listing
from marketplace_entrypoints.cli.output import Table, table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Where
from marketplace_entrypoints.cli.session import Session, opened
from marketplace_entrypoints.our_listings import OurListings, our_listings

_MOST_ROWS: Final = 200


def publish(
    *listings: Annotated[str, Parameter(help="Only these: ids of listings, or their units' codes or ids.")],
    overwrite: Annotated[
        bool, Parameter(negative=(), help="Write over what was edited there, and make again what was deleted there.")
    ] = False,
    whole: Annotated[bool, Parameter(negative=(), help="Look at every copy, and find what was edited there.")] = False,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Show what is approved, and bring the portal outside in step with it; code 3 where one could not be told."""
    with opened(where) as here:
        ours = our_listings(here.store, here.container)
        ids = [find_listing(here, it).listing.listing_id for it in listings]
        outcome = ours.bridge(here.portfolio_id)(
            here.command("listing.publish", act), only=ids, whole=whole, overwrite=overwrite, dry_run=act.dry_run
        )
        told = {**plain_outcome(outcome), "dry_run": act.dry_run}
        verb = "Would publish" if act.dry_run else "Published"
        return here.answer(told, f"{verb}: {counts_of(outcome)}", *outcome_tables(outcome), code=code_of(outcome))


def diff(*, where: Where = HERE) -> int:
    """Say field by field where the portal outside shows another thing than we would; code 1 where it does."""
    with opened(where) as here:
        return diff_of(here, our_listings(here.store, here.container), (here.portfolio_id,))


def diff_of(here: Session, ours: OurListings, portfolios: Sequence[PortfolioId]) -> int:
    """The answer about some portfolios."""
    found = [it for own in portfolios for it in ours.diff(own)(own)]
    rows = [
        (it.listing_id, it.external_id, name, wanted, there, "edited there" if name in it.edits else "not told yet")
        for it in found
        for name, wanted, there in it.fields
    ]
    rows += [(it.listing_id, it.external_id, "", "", "", it.trouble) for it in found if it.trouble]
    told = {
        "differences": len(rows),
        "listings": [
            {
                "listing": it.listing_id,
                "external_id": it.external_id,
                "edits": list(it.edits),
                "fields": [{"field": name, "here": wanted, "there": there} for name, wanted, there in it.fields],
                "trouble": it.trouble,
            }
            for it in found
        ],
    }
    shown = [table(("listing", "id there", "field", "here", "there", "why"), rows[:_MOST_ROWS])] if rows else []
    left = [f"… and {len(rows) - _MOST_ROWS} more: --json has all"] if len(rows) > _MOST_ROWS else []
    words = f"{len(rows)} differences in {len(found)} listings"
    return here.answer(told, words, *shown, *left, code=Exit.FAILED if rows else Exit.DONE)


def adopt(
    listing: ListingName,
    *fields: Annotated[str, Parameter(help="Names of fields as diff shows them, such as title.en or price.")],
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Take what was edited on the portal outside as an edit of ours, on the landlord's word: to be approved again."""
    with opened(where) as here:
        take = our_listings(here.store, here.container).adopt(here.portfolio_id)
        known = find_listing(here, listing).listing.listing_id
        file = take(here.command("listing.adopt", act), known, fields, dry_run=act.dry_run)
        it = file.listing
        told = {"listing": it.listing_id, "version": it.version, "status": it.status.value, "dry_run": act.dry_run}
        verb = "Would adopt" if act.dry_run else "Adopted"
        return here.answer(told, f"{verb} {', '.join(fields) or 'nothing'}: listing {it.listing_id} is {it.status}")


pictures = group("pictures", "Pictures of a listing.")


@pictures.command(name="add")
def add_pictures(
    listing: ListingName,
    *files: Annotated[Path, Parameter(help="JPEG, PNG or WebP.")],
    caption: Annotated[str, Parameter(help="What is to be seen.")] = "",
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Add pictures at the end, in the order that is given; one that is there already stays once."""
    with opened(where) as here:
        ours = our_listings(here.store, here.container)
        entry = find_listing(here, listing)
        new = [ours.take_picture(_read(it), caption, dry_run=act.dry_run) for it in files]

        def with_pictures(it: Listing) -> Listing:
            known = {one.digest for one in it.pictures}
            added = {one.digest: one for one in new if one.digest not in known}
            return evolve(it, pictures=(*it.pictures, *added.values()))

        command, authority = here.command("listing.picture", act), Authority(may_moderate=True)
        file = ours.services.change().edit(
            command, entry.listing.listing_id, with_pictures, authority, dry_run=act.dry_run
        )
        names = [one.name for one in file.listing.pictures]
        told = {"listing": file.listing.listing_id, "pictures": names, "dry_run": act.dry_run}
        return here.answer(told, f"listing {file.listing.listing_id} has {len(names)} pictures")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as problem:
        raise InvalidInput(f"picture {file} cannot be read: {problem.strerror}") from problem


def plain_outcome(outcome: BridgeOutcome) -> plain.Plain:
    """What a bridging came to, for machines."""
    return {
        "counts": dict(outcome.counts),
        "listings": [
            {
                "listing": it.listing_id,
                "external_id": it.external_id,
                "what": it.what,
                "edits": list(it.edits),
                "trouble": it.trouble,
            }
            for it in outcome.rows
        ],
    }


def counts_of(outcome: BridgeOutcome) -> str:
    """What a bridging came to, in words."""
    return ", ".join(f"{count} {name}" for name, count in sorted(outcome.counts.items()) if count) or "nothing"


def outcome_tables(outcome: BridgeOutcome) -> list[Table]:
    """Listings that changed, or that a person has to see to."""
    rows = [(it.listing_id, it.external_id, it.what, ", ".join(it.edits), it.trouble) for it in outcome.rows]
    return [table(("listing", "id there", "", "edited there", "trouble"), rows)] if rows else []


def code_of(outcome: BridgeOutcome) -> Exit:
    """``PARTLY`` where a listing could not be told."""
    return Exit.PARTLY if outcome.counts.get("trouble") else Exit.DONE
