"""What every store that shows published listings to the public must do."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from attrs import evolve

from marketplace_core.domain.identifiers import ListingId
from marketplace_core.domain.listings.listing import Listing, ListingPlace, ListingStatus, ListingText
from marketplace_core.domain.listings.public import PublicListing, PublicSearch, PublicSort
from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.party import UnitKind
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.testing.contracts.base import StoreContract
from marketplace_core.testing.contracts.listing_life import (
    LANDLORD,
    PICTURE,
    PLACE,
    TEXT,
    approved,
    change,
    drafted,
    moved,
    published,
)
from marketplace_core.testing.life import BookStore, PortfolioLife

KISUMU = ListingPlace("KE", "Kisumu", latitude=Decimal("-0.1"), longitude=Decimal("34.75"))
GARDEN = ListingText("en", "Three rooms", "With a garden, and mango trees.")


class PublicListingsContract(StoreContract):
    """What is published shows, and nothing else of it and nobody."""

    @pytest.fixture
    def life(self, store: BookStore) -> PortfolioLife:
        """An open portfolio with units u1 to u9."""
        return PortfolioLife(store).opened(9)

    def test_what_is_published_is_shown_as_long_as_it_is(self, life: PortfolioLife) -> None:
        """From that moment on, and no other status."""
        drafted(life, "u2")
        listing = approved(life)
        assert life.store.search(PublicSearch()).listings == ()
        moved(life, listing.listing_id, ListingStatus.PUBLISHED)
        assert _found(life) == [listing.listing_id]
        for status in (ListingStatus.RENTED, ListingStatus.PUBLISHED, ListingStatus.WITHDRAWN):
            moved(life, listing.listing_id, status)
            assert bool(_found(life)) == (status is ListingStatus.PUBLISHED)
        with pytest.raises(NotFound):
            life.store.public_listing(listing.listing_id)
        with pytest.raises(NotFound):
            life.store.portfolio_of(listing.listing_id)
        with pytest.raises(NotFound):
            life.store.public_listing(ListingId("lst_none"))

    def test_all_that_is_shown_is_told(self, life: PortfolioLife) -> None:
        """Each field as the landlord offers it."""
        listing = published(life)
        shown = life.store.public_listing(listing.listing_id)
        assert isinstance(shown, PublicListing)
        assert (shown.texts, shown.rent, shown.deposit, shown.place) == (
            (TEXT,),
            life.money(30_000),
            life.money(30_000),
            PLACE,
        )
        assert (shown.kind, shown.category, shown.pictures) == (UnitKind.FLAT, "flat", (PICTURE.name,))
        assert shown.available_from == date(2026, 3, 1)
        assert shown.published_at == listing.status_at
        assert shown.changed_at >= shown.published_at
        assert life.store.search(PublicSearch()).listings == (shown,)
        assert life.store.portfolio_of(listing.listing_id) == life.portfolio_id

    def test_an_edit_by_a_landlord_hides_it(self, life: PortfolioLife) -> None:
        """Until it is approved again."""
        listing = published(life)
        change(life).edit(life.command(), listing.listing_id, lambda it: evolve(it, rent=life.money(1)), LANDLORD)
        assert _found(life) == []

    @pytest.mark.parametrize(
        ("asked", "is_found"),
        [
            ({"words": "rooms"}, (True, True)),
            ({"words": "PARK quiet"}, (True, False)),
            ({"words": "mango"}, (False, True)),
            ({"words": "mang"}, (False, True)),
            ({"words": "park mango"}, (False, False)),
            ({"words": "helicopter"}, (False, False)),
            ({"city": "nairobi"}, (True, False)),
            ({"city": " KISUMU "}, (False, True)),
            ({"city": "Kis"}, (False, False)),
            ({"category": "flat"}, (True, False)),
            ({"kind": UnitKind.FLAT}, (True, True)),
            ({"kind": UnitKind.PARKING}, (False, False)),
            ({"rent_from": 35_000}, (False, True)),
            ({"rent_from": 30_000, "rent_to": 30_000}, (True, False)),
            ({"rent_to": 29_999}, (False, False)),
            ({"available_on": date(2026, 2, 28)}, (False, True)),
            ({"available_on": date(2026, 3, 1)}, (True, True)),
            ({"words": "rooms", "city": "Kisumu", "rent_to": 50_000}, (False, True)),
        ],
    )
    def test_a_search_finds_what_fits(
        self, life: PortfolioLife, asked: dict[str, Any], is_found: tuple[bool, bool]
    ) -> None:
        """By words of title and description or their beginnings, city, kind, category, rent and day."""
        park = published(life, "u1")
        garden = published(life, "u2", 40_000, texts=(GARDEN,), place=KISUMU, category="house", available_from=None)
        money: dict[str, Any] = {it: life.money(asked[it]) for it in ("rent_from", "rent_to") if it in asked}
        found = _found(life, **{**asked, **money})
        assert (park.listing_id in found, garden.listing_id in found) == is_found

    def test_rents_in_another_currency_are_not_compared(self, life: PortfolioLife) -> None:
        """A bound in it finds none of ours."""
        published(life)
        assert _found(life, rent_from=Money(1, Currency.of("EUR"))) == []

    @pytest.mark.parametrize("sort", list(PublicSort))
    @pytest.mark.parametrize("limit", [1, 2, 4, 100])
    def test_pages_follow_each_other(self, life: PortfolioLife, sort: PublicSort, limit: int) -> None:
        """Each listing once, in order; equals by their ids, across pages."""
        rents = (30_000, 20_000, 30_000, 40_000, 20_000, 30_000, 10_000)
        made = [published(life, f"u{n}", rent) for n, rent in enumerate(rents, 1)]
        told: list[PublicListing] = []
        after: str | None = ""
        while after is not None:
            page = life.store.search(PublicSearch(sort=sort, limit=limit, after=after))
            assert len(page.listings) <= limit
            told.extend(page.listings)
            after = page.next_after
        assert sorted(it.listing_id for it in told) == sorted(it.listing_id for it in made)
        values = [_order(it, sort) for it in told]
        assert all(one <= other for one, other in pairwise(values))

    def test_a_listing_that_changes_between_pages_hides_no_other(self, life: PortfolioLife) -> None:
        """What is withdrawn while somebody turns the page takes nobody with it."""
        made = [published(life, f"u{n}") for n in range(1, 6)]
        page = life.store.search(PublicSearch(limit=2))
        assert page.next_after is not None
        moved(life, page.listings[-1].listing_id, ListingStatus.WITHDRAWN)
        rest = life.store.search(PublicSearch(limit=10, after=page.next_after))
        told = {it.listing_id for it in (*page.listings, *rest.listings)}
        assert told == {it.listing_id for it in made}

    def test_a_place_that_was_never_told_is_refused(self, life: PortfolioLife) -> None:
        """Or that another order told."""
        for n in (1, 2):
            published(life, f"u{n}")
        page = life.store.search(PublicSearch(limit=1))
        for after in ("somewhere", "newest~~", page.next_after or ""):
            with pytest.raises(InvalidInput):
                life.store.search(PublicSearch(sort=PublicSort.CHEAPEST, after=after))

    def test_every_portfolio_is_searched(self, store: BookStore, life: PortfolioLife) -> None:
        """The public knows no portfolios; a listing is found with the one that has it."""
        other = PortfolioLife(store, "p2", first_step=500).opened()
        listings: list[Listing] = [published(it, "u1") for it in (life, other)]
        assert sorted(_found(life)) == sorted(it.listing_id for it in listings)
        for it in listings:
            assert store.portfolio_of(it.listing_id) == it.portfolio_id


def _found(life: PortfolioLife, **asked: Any) -> list[ListingId]:  # noqa: ANN401 - any part of a search
    return [it.listing_id for it in life.store.search(PublicSearch(**asked)).listings]


def _order(it: PublicListing, sort: PublicSort) -> tuple[float, ...]:
    if sort is PublicSort.NEWEST:
        return (-it.published_at.timestamp(),)
    return (it.rent.amount_minor if sort is PublicSort.CHEAPEST else -it.rent.amount_minor,)
