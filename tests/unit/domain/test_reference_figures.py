"""Payment references: what a tired thumb does to one is noticed."""

import pytest

from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.reference import (
    ALPHABET,
    LOOK_ALIKES,
    check_character,
    is_reference,
    issue_reference,
    normalise,
    parse_reference,
)
from marketplace_core.errors import InvalidReference

REFERENCES = [issue_reference(PortfolioId("p1"), LeaseId(f"L{number}")) for number in range(300)]


def test_references_are_short_ascii_and_the_same_again() -> None:
    """Seven characters of the alphabet, a letter among them, derived from portfolio and lease alone."""
    assert len(set(REFERENCES)) == 300
    for reference in REFERENCES:
        assert len(reference) == 7
        assert set(reference) <= set(ALPHABET)
        assert not reference[:-1].isdigit()
    assert issue_reference(PortfolioId("p1"), LeaseId("L7")) == REFERENCES[7]
    assert issue_reference(PortfolioId("p1"), LeaseId("L7"), attempt=1) != REFERENCES[7]


def test_every_single_wrong_character_is_found() -> None:
    """No reference with one character changed passes its check."""
    for reference in REFERENCES[:60]:
        for place in range(7):
            for sign in ALPHABET:
                if sign != reference[place]:
                    assert not is_reference(reference[:place] + sign + reference[place + 1 :])


def test_every_swap_of_neighbours_is_found() -> None:
    """No reference with two unequal neighbours swapped passes its check."""
    for reference in REFERENCES:
        for place in range(6):
            one, other = reference[place], reference[place + 1]
            if one != other:
                assert not is_reference(reference[:place] + other + one + reference[place + 2 :])


def test_case_spaces_dashes_and_look_alikes_do_not_matter() -> None:
    """What people write for a sign that we do not use is read as the one they mean."""
    reference = next(it for it in REFERENCES if "0" in it or "1" in it)
    written = f" {reference[:3].lower()}-{reference[3:]} ".replace("0", "O").replace("1", "l")
    assert parse_reference(written) == reference


def test_figures_alone_are_no_reference_whatever_they_end_in() -> None:
    """A body without a letter is never issued, so a phone or account number is never read as one, nor O for 0."""
    for number in range(500):
        body = f"{number * 1_997 % 1_000_000:06d}"
        check = check_character(body)
        if check is not None:
            assert not is_reference(body + check)
            assert not is_reference(body.replace("0", "O") + check)


def test_every_reference_that_is_issued_is_read() -> None:
    """However it is spelled with look-alikes, no issued reference is refused."""
    for reference in REFERENCES:
        assert parse_reference(reference) == reference
        for letter, sign in LOOK_ALIKES.items():
            assert parse_reference(reference.replace(sign, letter)) == reference


@pytest.mark.parametrize("text", ["", "ABC", "\u041012345X", "١٢٣٤٥٦٧", "rent for january please", "0000000000"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    """Too short, too long, or in another script."""
    with pytest.raises(InvalidReference):
        parse_reference(text)


def test_other_scripts_are_not_guessed_at() -> None:
    """A Cyrillic A is not a Latin one; full-width forms are the same letters."""
    assert normalise("\u041012") == ""
    assert normalise("\uff41-12") == "A12"
