"""The port that shows listings on a portal outside."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from marketplace_core.domain.listings.copies import PortalFields, PortalOffer, Rendered
from marketplace_core.domain.listings.listing import Picture


class ListingPortal(Protocol):
    """PartnerUnavailable where it does not answer, PartnerDrift where it is not as it was: nothing is half written."""

    @abstractmethod
    def render(self, offer: PortalOffer) -> Rendered:
        """What it would show, read from nothing outside; ``InvalidInput`` says what it cannot show, such as a price."""

    @abstractmethod
    def choose_id(self, seed: str, attempt: int) -> str:
        """An id for a new copy that depends on nothing but the seed and the attempt."""

    @abstractmethod
    def look(self, external_ids: Collection[str]) -> Mapping[str, PortalFields]:
        """What stands there under each id, in the names that ``render`` uses; ids that are not there are left out."""

    @abstractmethod
    def put(self, external_id: str, chosen_at: datetime, before: PortalFields | None, after: PortalFields) -> None:
        """Make a copy (``before`` None), or write what of ``after`` differs from ``before``: in one transaction.

        ``ConcurrentChange`` where it does not stand as ``before``; made again by the same id, instant and owner it is
        ours and brought to ``after``, else ``AlreadyExists``. ``NotFound`` where the owner has no account there that
        may list; ``InvalidInput`` for what it refuses.
        """

    @abstractmethod
    def place_picture(self, picture: Picture, content: bytes) -> None:
        """Put a picture where it shows them; one that is there already costs nothing."""
