"""How the public's search finds listings: by words, facets and ranges, in an order whose place a cursor tells."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from attrs import frozen

from marketplace_core.domain.codec import to_plain
from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import checked_id
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.listing import ListingStatus
from marketplace_core.domain.listings.public import PublicListing, PublicSearch, PublicSort
from marketplace_core.domain.party import UnitKind
from marketplace_core.errors import InvalidInput

_WORD: Final = re.compile(r"[^\W_]+")
_CURRENCY: Final = re.compile(r"[A-Z]{3}(:[0-9]+)?")
_AMOUNT: Final = re.compile(r"[0-9]{1,18}")
LONGEST_WORD: Final = 40
MOST_WORDS: Final = 4_000
"""So many different words of a listing are found, those of the titles first."""
MOST_ASKED: Final = 12
SHORTEST_BEGINNING: Final = 3
"""A word that is looked for with fewer letters must be there whole; a longer one may be the beginning of one."""

SortKey = tuple[datetime, str] | tuple[str, int, str]
"""What a listing is ordered by: when it was published, or its currency and rent; then its id."""


def public_listing_of(file: ListingFile, kind: UnitKind) -> PublicListing | None:
    """What the public sees of a listing whose unit is of that kind; None where it is not published."""
    it = file.listing
    if it.status is not ListingStatus.PUBLISHED or it.rent is None or it.place is None:
        return None
    changed_at = max((line.recorded_at for line in file.changes), default=it.status_at)
    return PublicListing(
        it.listing_id,
        it.texts,
        it.rent,
        it.place,
        kind,
        it.status_at,
        max(changed_at, it.status_at),
        it.category,
        it.deposit,
        tuple(picture.name for picture in it.pictures),
        it.available_from,
    )


def plain(text: str) -> str:
    """A text without regard to case, width and runs of blanks: two that look alike are one."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def words_in(texts: Iterable[str], most: int = MOST_WORDS) -> tuple[str, ...]:
    """The different words of texts in the order in which they come: letters and digits, without regard to case."""
    found: dict[str, None] = {}
    for text in texts:
        for word in _WORD.findall(plain(text)):
            found.setdefault(word[:LONGEST_WORD])
            if len(found) == most:
                return tuple(found)
    return tuple(found)


def words_of(it: PublicListing) -> tuple[str, ...]:
    """The words by which a listing is found: of its titles and descriptions."""
    return words_in([*(text.title for text in it.texts), *(text.description for text in it.texts)])


def asked_words(search: PublicSearch) -> tuple[str, ...]:
    """The words that are looked for; ``InvalidInput`` for more than anybody means."""
    found = words_in([search.words])
    if len(found) > MOST_ASKED:
        raise InvalidInput(f"look for {MOST_ASKED} words at most, not {len(found)}")
    return found


def has_words(words: Iterable[str], asked: Iterable[str]) -> bool:
    """True where each word that is looked for is there, or is the beginning of one if it is not too short."""
    there = tuple(words)
    return all(
        any(it.startswith(wanted) for it in there) if len(wanted) >= SHORTEST_BEGINNING else wanted in there
        for wanted in asked
    )


def fits(it: PublicListing, search: PublicSearch) -> bool:
    """True for a listing that is looked for."""
    rent_in = search.rent_from or search.rent_to
    return (
        (not search.city or plain(it.place.city) == plain(search.city))
        and search.kind in (None, it.kind)
        and search.category in ("", it.category)
        and (rent_in is None or it.rent.currency == rent_in.currency)
        and (search.rent_from is None or it.rent.amount_minor >= search.rent_from.amount_minor)
        and (search.rent_to is None or it.rent.amount_minor <= search.rent_to.amount_minor)
        and (search.available_on is None or (it.available_from or date.min) <= search.available_on)
        and has_words(words_of(it), asked_words(search))
    )


@frozen
class Place:
    """Where a page ended: what its last listing was ordered by."""

    sort: PublicSort
    key: SortKey

    @classmethod
    def of(cls, it: PublicListing, sort: PublicSort) -> Place:
        """The place of a listing; rents in one currency are next to each other."""
        if sort is PublicSort.NEWEST:
            return cls(sort, (it.published_at, it.listing_id))
        return cls(sort, (to_plain(it.rent.currency), it.rent.amount_minor, it.listing_id))

    @property
    def cursor(self) -> str:
        """The place as a text that ``read`` reads."""
        return "~".join([self.sort, *(it.isoformat() if isinstance(it, datetime) else str(it) for it in self.key)])

    @classmethod
    def read(cls, search: PublicSearch) -> Place | None:
        """Where a search goes on, None where it begins; ``InvalidInput`` for what was never told for its order."""
        if not search.after:
            return None
        sort, *parts = search.after.split("~")
        key = None
        if sort == search.sort:
            key = _newest_key(parts) if search.sort is PublicSort.NEWEST else _rent_key(parts)
        if key is None:
            raise InvalidInput("after is none that a page of this order ended with: begin again without it")
        return cls(search.sort, key)


def _newest_key(parts: Sequence[str]) -> SortKey | None:
    try:
        at, listing_id = parts
        return require_instant(datetime.fromisoformat(at)), checked_id(listing_id)
    except (ValueError, InvalidInput):
        return None


def _rent_key(parts: Sequence[str]) -> SortKey | None:
    try:
        currency, amount, listing_id = parts
        is_told = _CURRENCY.fullmatch(currency) and _AMOUNT.fullmatch(amount)
        return (currency, int(amount), checked_id(listing_id)) if is_told else None
    except (ValueError, InvalidInput):
        return None


def is_descending(sort: PublicSort) -> bool:
    """True where the greatest comes first."""
    return sort is not PublicSort.CHEAPEST
