"""What a portal is to show of listings, with the account of whose they are."""

from __future__ import annotations

from attrs import define, field

from marketplace_core.domain.identifiers import PersonId, PortfolioId, PropertyId
from marketplace_core.domain.listings.copies import PortalOffer
from marketplace_core.domain.listings.listing import Listing
from marketplace_core.errors import NotFound
from marketplace_core.ports.directory import Directory


@define
class Landlords:
    """Who the landlord of each property of a portfolio is; properties are read once, people once each.

    ``otherwise`` is the address that stands for a landlord who is not known, or has none; "" for nobody.
    """

    directory: Directory
    portfolio_id: PortfolioId
    otherwise: str = ""
    _landlords: dict[PropertyId, PersonId | None] | None = field(default=None, init=False)
    _emails: dict[PersonId, str] = field(factory=dict[PersonId, str], init=False)

    def email_of(self, property_id: PropertyId) -> str:
        """The landlord's e-mail; ``NotFound`` says what is missing."""
        try:
            return self._own_email_of(property_id)
        except NotFound:
            if not self.otherwise:
                raise
            return self.otherwise

    def _own_email_of(self, property_id: PropertyId) -> str:
        if self._landlords is None:
            known = self.directory.properties(self.portfolio_id)
            self._landlords = {it.property_id: it.landlord_id for it in known}
        person_id = self._landlords.get(property_id)
        if person_id is None:
            raise NotFound(f"property {property_id} has no landlord: name one")
        if person_id not in self._emails:
            person = self.directory.person(self.portfolio_id, person_id)
            if person.merged_into is not None:
                person = self.directory.person(self.portfolio_id, person.merged_into)
            self._emails[person_id] = person.email.strip()
        if not self._emails[person_id]:
            raise NotFound(f"landlord {person_id} of property {property_id} has no e-mail address: give one")
        return self._emails[person_id]

    def offer_of(self, listing: Listing) -> PortalOffer:
        """What is to be shown of a listing as it stands."""
        return PortalOffer.of(listing, self.email_of(listing.property_id))
