"""Take what was edited on a portal for an edit of ours."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from attrs import evolve, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ListingId
from marketplace_core.domain.listings import decisions
from marketplace_core.domain.listings.copies import PortalFields, plan_copy
from marketplace_core.domain.listings.decisions import Authority
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.listing import Listing, ListingText
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.listings.listing_copies import ListingCopies
from marketplace_core.ports.listings.listing_portal import ListingPortal
from marketplace_core.ports.listings.listings import Listings
from marketplace_core.services.listings.offers import Landlords

TEXTS: Final = ("title", "description", "rules")
"""What is adopted, each as ``title.en``: prices there are of a day, so that a rent is changed here."""


@frozen
class AdoptEdits:
    """Takes texts that were edited there as an edit of ours, on the landlord's word: it is to be approved again."""

    listings: Listings
    copies: ListingCopies
    portal: ListingPortal
    directory: Directory
    system: str
    landlord: str = ""

    def __call__(
        self, command: Command, listing_id: ListingId, names: Collection[str], *, dry_run: bool = False
    ) -> ListingFile:
        """The file with these fields as they stand there; ``InvalidInput`` for one that is no text or not edited."""
        there = self._edited(command, listing_id, names)

        def decide(file: ListingFile | None, _: tuple[Listing, ...]) -> ListingFile | None:
            return file and decisions.edit(file, command, _with_texts(file.listing, there), Authority())

        return self.listings.change_listing(command, listing_id, decide, dry_run=dry_run)

    def _edited(self, command: Command, listing_id: ListingId, names: Collection[str]) -> Mapping[str, str]:
        own = command.portfolio_id
        for it in names:
            if it.partition(".")[0] not in TEXTS or not it.partition(".")[2]:
                raise InvalidInput(f"field {it[:40]!r} is none that is adopted: name texts such as title.en")
        listing = self.listings.listing_file(own, listing_id).listing
        copy = next(iter(self.copies.copies(own, self.system, [listing_id])), None)
        there: PortalFields | None = self.portal.look([copy.external_id]).get(copy.external_id) if copy else None
        if copy is None or there is None:
            raise NotFound(f"listing {listing_id} has no copy on {self.system}")
        wanted = self.portal.render(Landlords(self.directory, own, self.landlord).offer_of(listing)).fields
        edits = plan_copy(wanted, copy.told, there, telling=copy.telling).edits
        strange = sorted(set(names) - set(edits))
        if strange:
            raise InvalidInput(
                f"listing {listing_id}: {', '.join(strange)} was not edited there: {', '.join(edits) or 'nothing'} was"
            )
        return {it: there[it] for it in names}


def _with_texts(listing: Listing, there: Mapping[str, str]) -> Listing:
    texts = {it.locale: it for it in listing.texts}
    for name, text in there.items():
        field, _, locale = name.partition(".")
        first = next(iter(listing.texts), ListingText(locale, "", ""))
        known = texts.get(locale) or evolve(first, locale=locale)
        texts[locale] = evolve(known, **{field: text})
    return evolve(listing, texts=tuple(texts.values()))
