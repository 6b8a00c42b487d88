"""Ids and codes of units derive from what they are called outside, and no two codes read alike."""

from __future__ import annotations

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from marketplace_core.domain.outside_property.identity import candidate_codes, give_codes, unit_external_id
from marketplace_core.domain.party import UnitKind
from marketplace_core.domain.reference import is_reference, normalise

LABELS = st.text(max_size=8) | st.from_regex(r"[0-9]{1,2}[-/ ]?[0-9A-Ca-c]?", fullmatch=True)
HOUSES = st.sampled_from([f"house-{n}" for n in range(6)])


def test_an_outside_id_is_property_kind_and_label() -> None:
    """With one space between words."""
    assert unit_external_id("p1", UnitKind.PARKING, " B  12 ") == "p1:parking:B 12"


def test_a_code_is_short_and_says_the_label() -> None:
    """Four signs of the property and the label; another kind has a letter before it; another house has other signs."""
    flat = next(candidate_codes("p1", UnitKind.FLAT, "12"))
    assert len(flat) == 7
    assert flat.endswith("-12")
    assert next(candidate_codes("p1", UnitKind.COMMERCIAL, "12")) == f"{flat[:5]}C12"
    assert next(candidate_codes("p2", UnitKind.FLAT, "12"))[:4] != flat[:4]


@given(st.lists(st.tuples(HOUSES, st.sampled_from(UnitKind), LABELS), max_size=30))
def test_codes_of_any_labels_read_apart(found: list[tuple[str, UnitKind, str]]) -> None:
    """ASCII, never a reference, never one that another unit has: read without signs, too, and given in two goes."""
    units = {unit_external_id(*it): (unit_external_id(*it), *it) for it in found}
    half = len(units) // 2
    rows = list(units.values())
    first = give_codes(rows[:half], lambda _: ())
    held = set(first.values())
    second = give_codes(rows[half:], held.intersection)
    codes = [*first.values(), *second.values()]
    assert len(codes) == len(units)
    assert len({normalise(code) for code in codes}) == len(codes)
    assert all(code.isascii() and not is_reference(code) and not normalise(code).isdigit() for code in codes)


def test_candidates_lengthen() -> None:
    """Each further one is another text, and there are enough of them."""
    found = list(islice(candidate_codes("p1", UnitKind.FLAT, "12"), 8))
    assert len(set(found)) == 8
    assert max(map(len, found[:3])) <= 16
