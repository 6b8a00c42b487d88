"""A listing's life: who may bring it where, and what an edit of what was approved comes to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from attrs import evolve

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import CommandId, PortfolioId, PropertyId, UnitId
from marketplace_core.domain.listings import decisions
from marketplace_core.domain.listings.completeness import ListingRules, lacking
from marketplace_core.domain.listings.decisions import Authority
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.listing import FOLLOWS, ListingStatus, ListingText, Picture
from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.domain.party import Unit
from marketplace_core.errors import IllegalTransition, InvalidInput, MarketplaceError, NotPermitted, RuleViolation
from marketplace_core.testing.contracts.listing_life import PICTURE, PLACE, TEXT

NOON: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
UNIT: Final = Unit(PortfolioId("p1"), UnitId("u1"), PropertyId("block"), "A1")
ADMIN, LANDLORD = Authority(may_moderate=True), Authority()
RULES: Final = ListingRules(("en",))
STATUSES: Final = tuple(ListingStatus)

EXPECTED: Final = {
    "draft": "submitted archived",
    "submitted": "approved! rejected! withdrawn archived",
    "approved": "published! submitted rejected! withdrawn archived",
    "rejected": "submitted archived",
    "published": "rented! submitted rejected! withdrawn archived",
    "rented": "published! submitted withdrawn archived",
    "withdrawn": "submitted archived",
    "archived": "",
}
"""What may follow, written down apart from the code; ! is for an admin alone."""


def command(number: int = 1, reason: str = "for a reason", at: datetime = NOON) -> Command:
    """A command."""
    return Command(CommandId(f"c{number}"), PortfolioId("p1"), "listing", "person:asha", at, reason)


def file_in(status: ListingStatus, **terms: Any) -> ListingFile:  # noqa: ANN401 - any field of a listing
    """A complete listing in a status."""
    file = decisions.draft_listing(command(0), UNIT.property_id, UNIT.unit_id)
    told: dict[str, Any] = {
        "texts": (TEXT,),
        "rent": Money(3_000_000, KES),
        "place": PLACE,
        "pictures": (PICTURE,),
    } | terms
    return evolve(file, listing=evolve(file.listing, status=status, **told))


def moved(file: ListingFile, status: ListingStatus, authority: Authority) -> ListingFile:
    """The file in that status, by whichever decision brings it there."""
    if status is ListingStatus.APPROVED:
        return decisions.approve(file, command(), authority, UNIT, KES, RULES)
    return decisions.move(file, command(), status, authority)


@pytest.mark.parametrize("before", STATUSES)
@pytest.mark.parametrize("after", STATUSES)
@pytest.mark.parametrize("authority", [ADMIN, LANDLORD], ids=["admin", "landlord"])
def test_what_follows_what_on_whose_word(before: ListingStatus, after: ListingStatus, authority: Authority) -> None:
    """Each pair of statuses and each authority is allowed or refused as the table says, and refused for its reason."""
    told = EXPECTED[before].split()
    follows, is_moderated = after in (it.rstrip("!") for it in told), f"{after}!" in told
    file = file_in(before)
    if follows and (authority.may_moderate or not is_moderated):
        done = moved(file, after, authority)
        assert (done.listing.status, done.listing.version) == (after, file.listing.version + 1)
        assert (done.changes[-1].before, done.changes[-1].after) == (before, after)
        return
    refusal: type[MarketplaceError] = NotPermitted if follows else IllegalTransition
    if after is ListingStatus.APPROVED and not authority.may_moderate:
        refusal = NotPermitted
    with pytest.raises(refusal):
        moved(file, after, authority)


def test_the_table_here_is_the_one_of_the_code() -> None:
    """No status is without a rule."""
    assert {it: {one.rstrip("!") for one in told.split()} for it, told in EXPECTED.items()} == {
        it: set(follows) for it, follows in FOLLOWS.items()
    }


def test_a_rejection_says_why() -> None:
    """The landlord will ask."""
    with pytest.raises(InvalidInput):
        decisions.move(file_in(ListingStatus.SUBMITTED), command(reason=" "), ListingStatus.REJECTED, ADMIN)


def test_nobody_approves_by_moving() -> None:
    """Approval looks whether the listing is complete."""
    with pytest.raises(InvalidInput):
        decisions.move(file_in(ListingStatus.SUBMITTED), command(), ListingStatus.APPROVED, ADMIN)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("authority", [ADMIN, LANDLORD], ids=["admin", "landlord"])
def test_an_edit_of_what_was_approved_is_approved_again(status: ListingStatus, authority: Authority) -> None:
    """Unless an admin edits it; what was not approved stays where it is, what is archived is not edited."""
    file = file_in(status)
    wanted = evolve(file.listing, rent=Money(1, KES))
    if status is ListingStatus.ARCHIVED:
        with pytest.raises(IllegalTransition):
            decisions.edit(file, command(), wanted, authority)
        return
    after = decisions.edit(file, command(), wanted, authority).listing
    stood = status in (ListingStatus.APPROVED, ListingStatus.PUBLISHED, ListingStatus.RENTED)
    is_again = stood and not authority.may_moderate
    assert after.status is (ListingStatus.SUBMITTED if is_again else status)
    assert after.rent == Money(1, KES)


def test_an_edit_changes_what_is_offered_and_nothing_else() -> None:
    """Ids, status and versions in what is wanted do not count; the same again changes nothing."""
    file = file_in(ListingStatus.SUBMITTED)
    sly = evolve(
        file.listing,
        status=ListingStatus.PUBLISHED,
        version=99,
        unit_id=UnitId("u9"),
        category="house",
        status_reason="x",
    )
    after = decisions.edit(file, command(), sly, LANDLORD)
    assert after.listing == evolve(file.listing, category="house", version=2)
    assert after.changes[-1].note == "category"
    assert decisions.edit(file, command(), evolve(sly, category=""), LANDLORD) == file


def test_the_same_command_has_one_effect() -> None:
    """Whatever is asked by its second time."""
    file = moved(file_in(ListingStatus.SUBMITTED), ListingStatus.WITHDRAWN, LANDLORD)
    assert moved(file, ListingStatus.SUBMITTED, LANDLORD) == file
    assert decisions.edit(file, command(), evolve(file.listing, rent=None), ADMIN) == file


def test_time_never_goes_back() -> None:
    """A decision is no earlier than what it was decided on, whatever a clock says."""
    file = file_in(ListingStatus.DRAFT)
    early = command(2, at=NOON - timedelta(hours=1))
    after = decisions.move(file, early, ListingStatus.SUBMITTED, LANDLORD)
    assert after.listing.status_at == file.listing.status_at
    assert after.changes[-1].recorded_at == file.listing.status_at


@pytest.mark.parametrize(
    ("terms", "missing"),
    [
        ({}, 0),
        ({"rent": None}, 1),
        ({"rent": Money(100, Currency.of("EUR"))}, 1),
        ({"texts": ()}, 1),
        ({"texts": (ListingText("fr", "Deux chambres", "Calme, avec de l'eau."),)}, 1),
        ({"texts": (ListingText("en", "Abc ", "short "),)}, 2),
        ({"pictures": ()}, 1),
        ({"place": None}, 1),
        ({"place": evolve(PLACE, latitude=None, longitude=None)}, 1),
        ({"place": evolve(PLACE, city=" ")}, 1),
        ({"rent": None, "texts": (), "pictures": (), "place": None}, 4),
    ],
)
def test_what_lacks_is_told_whole_and_never_approved(terms: dict[str, Any], missing: int) -> None:
    """Each thing in a phrase of its own; an admin cannot approve around it."""
    file = file_in(ListingStatus.SUBMITTED, **terms)
    found = lacking(file.listing, UNIT, KES, RULES)
    assert len(found) == missing
    if missing:
        with pytest.raises(RuleViolation) as refused:
            moved(file, ListingStatus.APPROVED, ADMIN)
        assert all(it in str(refused.value) for it in found)


def test_two_pictures_of_one_kind_are_one() -> None:
    """A picture is shown once."""
    with pytest.raises(InvalidInput):
        file_in(ListingStatus.DRAFT, pictures=(PICTURE, Picture(PICTURE.digest, "jpg")))
