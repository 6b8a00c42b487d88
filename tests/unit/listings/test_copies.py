"""Comparing a copy three ways: what is wanted, what was told, what stands there."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace_core.domain.listings.copies import (
    DELETED,
    OWNER,
    STATE,
    PortalFields,
    PortalState,
    differences,
    fields_digest,
    plan_copy,
)

LIVE, LET, GONE, PENDING = (str(getattr(PortalState, it)) for it in ("LIVE", "LET", "GONE", "PENDING"))
NAMES: Final = ("title", "price", "city")


def copy(state: str = LIVE, **texts: str) -> dict[str, str]:
    """A copy of the landlord's."""
    return {STATE: state, OWNER: "asha", **dict.fromkeys(NAMES, "a"), **texts}


@st.composite
def copies(draw: st.DrawFn) -> dict[str, str]:
    """Any copy, in few values so that they meet."""
    state = draw(st.sampled_from([*map(str, PortalState), "new"]))
    owner = draw(st.sampled_from(["asha", "asha", "baraka"]))
    return {STATE: state, OWNER: owner, **{it: draw(st.sampled_from("abc")) for it in NAMES}}


@st.composite
def wanted_copies(draw: st.DrawFn) -> dict[str, str]:
    """Any copy that we may want."""
    return {**draw(copies()), STATE: draw(st.sampled_from([*map(str, PortalState)]))}


MAYBE: Final = st.none() | copies()


@given(wanted_copies(), st.none() | wanted_copies(), st.none() | wanted_copies(), MAYBE)
def test_nothing_is_more_visible_than_we_and_those_there_want(
    wanted: PortalFields, told: PortalFields | None, telling: PortalFields | None, there: PortalFields | None
) -> None:
    """It ends live where we want it live, and where nobody there hid it."""
    plan = plan_copy(wanted, told, there, telling=telling)
    after = plan.write if plan.write is not None else there
    if after is None or after[STATE] != LIVE:
        return
    assert wanted[STATE] == LIVE
    ours = [it[STATE] for it in (told, telling) if it is not None]
    if there is not None and there[STATE] != LIVE and ours:
        assert there[STATE] in ours


@given(wanted_copies(), st.none() | wanted_copies(), st.none() | wanted_copies(), copies())
def test_what_was_edited_there_is_never_written(
    wanted: PortalFields, told: PortalFields | None, telling: PortalFields | None, there: PortalFields
) -> None:
    """Each field that stands there neither as told, nor as about to be, nor as wanted, stays and is told."""
    plan = plan_copy(wanted, told, there, telling=telling)
    after = plan.write if plan.write is not None else there
    for name in NAMES:
        ours = [it[name] for it in (told, telling) if it is not None]
        is_edited = there[name] not in (*ours, wanted[name])
        assert (name in plan.edits) == is_edited
        assert after[name] == (there[name] if is_edited else wanted[name])
    assert after[OWNER] == wanted[OWNER]


@given(wanted_copies(), MAYBE, MAYBE, MAYBE, st.booleans())
def test_a_second_plan_writes_nothing(
    wanted: PortalFields,
    told: PortalFields | None,
    telling: PortalFields | None,
    there: PortalFields | None,
    overwrite: bool,  # noqa: FBT001 - drawn
) -> None:
    """After the write and the note of it the comparison is at rest, and tells the same edits."""
    plan = plan_copy(wanted, told, there, telling=telling, overwrite=overwrite)
    after = plan.write if plan.write is not None else there
    again = plan_copy(wanted, plan.told, after)
    assert again.write is None
    assert not again.reasserted
    if not overwrite:
        assert again.edits == plan.edits


@given(wanted_copies(), wanted_copies(), st.none() | wanted_copies(), copies())
def test_overwriting_makes_it_as_wanted(
    wanted: PortalFields, told: PortalFields, telling: PortalFields | None, there: PortalFields
) -> None:
    """Every field of it."""
    plan = plan_copy(wanted, told, there, telling=telling, overwrite=True)
    after = plan.write if plan.write is not None else there
    assert dict(after) == dict(wanted)
    assert plan.edits == ()


@given(wanted_copies(), wanted_copies(), wanted_copies())
def test_a_crash_makes_no_edit(first: PortalFields, second: PortalFields, third: PortalFields) -> None:
    """What was about to be told and may stand there is ours: a further change here is written, not reported."""
    for there in (first, second):
        plan = plan_copy(third, first, there, telling=second)
        after = plan.write if plan.write is not None else there
        assert {it: after[it] for it in NAMES} == {it: third[it] for it in NAMES}


def test_without_what_was_about_to_be_told_a_crash_would_be_an_edit() -> None:
    """The control: told a, written b, died, wanted c."""
    plan = plan_copy(copy(title="c"), copy(title="a"), copy(title="b"))
    assert plan.edits == ("title",)
    assert not plan.writes
    assert plan_copy(copy(title="c"), copy(title="a"), copy(title="b"), telling=copy(title="b")).edits == ()


def test_an_edit_stays_one_until_it_is_undone_or_wanted() -> None:
    """What others wrote is never noted as told."""
    wanted, there = copy(price="b"), copy(price="x")
    plan = plan_copy(wanted, copy(), there)
    assert plan.told is not None
    assert plan.told["price"] == "a"
    assert plan_copy(copy(price="c"), plan.told, there).edits == ("price",)
    assert plan_copy(copy(price="x"), plan.told, there).edits == ()
    assert plan_copy(wanted, plan.told, copy()).write == wanted


@pytest.mark.parametrize(
    ("wanted", "told", "there", "after", "edits", "reasserted"),
    [
        (LIVE, None, None, LIVE, (), False),
        (PENDING, None, None, None, (), False),
        (LIVE, LIVE, None, None, (DELETED,), False),
        (LET, LIVE, None, None, (), False),
        (LIVE, LIVE, LET, LET, (STATE,), False),
        (LIVE, LIVE, GONE, GONE, (STATE,), False),
        (LIVE, LET, LET, LIVE, (), False),
        (LET, LIVE, LIVE, LET, (), False),
        (LET, LET, LIVE, LET, (), True),
        (PENDING, PENDING, LIVE, PENDING, (), True),
        (PENDING, LIVE, LET, PENDING, (), True),
        (LET, LIVE, GONE, GONE, (STATE,), False),
        (GONE, LIVE, LIVE, GONE, (), False),
        (LIVE, LIVE, "new", "new", (STATE,), False),
    ],
)
def test_states_in_examples(
    wanted: str, told: str | None, there: str | None, after: str | None, edits: tuple[str, ...], *, reasserted: bool
) -> None:
    """Who shows or hides what, and who has the last word."""
    plan = plan_copy(copy(wanted), copy(told) if told else None, copy(there) if there else None)
    left = plan.write if plan.write is not None else (copy(there) if there else None)
    assert (left and left[STATE], plan.edits, plan.reasserted) == (after, edits, reasserted)


def test_what_was_deleted_there_is_made_again_on_demand() -> None:
    """And by nothing else."""
    plan = plan_copy(copy(), copy(), None, overwrite=True)
    assert plan.write == copy()


def test_differences_name_both_sides() -> None:
    """Field by field; as a whole where one side is missing."""
    assert differences(copy(), copy(price="b", city="c")) == (("city", "a", "c"), ("price", "a", "b"))
    assert differences(copy(), None) == (("listing", LIVE, None),)
    assert differences(None, copy(LET)) == (("listing", None, LET),)
    assert differences(None, None) == ()


def test_digests_are_of_the_fields_alone() -> None:
    """In whichever order."""
    assert fields_digest(copy()) == fields_digest(dict(reversed(list(copy().items()))))
    assert fields_digest(copy()) != fields_digest(copy(price="b"))
