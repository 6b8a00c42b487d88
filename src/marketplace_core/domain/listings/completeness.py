"""What a listing lacks before it may be approved: price, pictures, text and place, as the portfolio asks for them."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from marketplace_core.domain.listings.listing import Listing
from marketplace_core.domain.money import Currency
from marketplace_core.domain.party import Unit
from marketplace_core.errors import InvalidInput, RuleViolation

SHORTEST_TITLE: Final = 5
SHORTEST_DESCRIPTION: Final = 20


@frozen
class ListingRules:
    """What is asked of a listing. ``locales`` each need a text; ``categories`` are those known, none for any."""

    locales: tuple[str, ...] = ("en",)
    fewest_pictures: int = 1
    needs_point: bool = True
    categories: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Refuse rules by which a listing without words would be complete."""
        if not self.locales:
            raise InvalidInput("a listing is told in one language at least: name its locale")


def lacking(listing: Listing, unit: Unit, currency: Currency, rules: ListingRules) -> tuple[str, ...]:
    """What is missing or wrong, each as a phrase that says what to give; empty where it is complete."""
    found: list[str] = []
    if unit.archived_on is not None:
        found.append(f"unit {unit.code} is archived since {unit.archived_on}: nothing is let there")
    if listing.rent is None:
        found.append("a rent is missing: give what a month costs")
    elif listing.rent.currency != currency:
        found.append(f"the rent is in {listing.rent.currency.code}: the portfolio lets in {currency.code}")
    found.extend(_lacking_texts(listing, rules))
    if len(listing.pictures) < rules.fewest_pictures:
        found.append(f"{len(listing.pictures)} of {rules.fewest_pictures} pictures are there: add more")
    found.extend(_lacking_place(listing, rules))
    if rules.categories and listing.category not in rules.categories:
        found.append(f"category {listing.category or '(none)'} is none of {', '.join(rules.categories)}: choose one")
    return tuple(found)


def _lacking_texts(listing: Listing, rules: ListingRules) -> list[str]:
    found: list[str] = []
    for locale in rules.locales:
        text = listing.text(locale)
        if text is None:
            found.append(f"a text in {locale} is missing: give title and description")
            continue
        if len(text.title.strip()) < SHORTEST_TITLE:
            found.append(f"the title in {locale} is shorter than {SHORTEST_TITLE} characters")
        if len(text.description.strip()) < SHORTEST_DESCRIPTION:
            found.append(f"the description in {locale} is shorter than {SHORTEST_DESCRIPTION} characters")
    return found


def _lacking_place(listing: Listing, rules: ListingRules) -> list[str]:
    place = listing.place
    if place is None or not place.city.strip():
        return ["the place is missing: give country and city"]
    if rules.needs_point and place.latitude is None:
        return ["the point on the map is missing: give latitude and longitude"]
    return []


def require_complete(listing: Listing, unit: Unit, currency: Currency, rules: ListingRules) -> None:
    """Refuse to approve what is not complete, and say all that is missing."""
    found = lacking(listing, unit, currency, rules)
    if found:
        raise RuleViolation(f"listing {listing.listing_id} is not complete: {'; '.join(found)}")
