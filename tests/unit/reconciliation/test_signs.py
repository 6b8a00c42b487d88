"""Phones, names, months and single edits."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.reconciliation import NameGrade, SamePhone, clear_phone, compare_names, same_phone
from marketplace_core.domain.reconciliation.edits import one_edit_apart, one_edit_neighbours
from marketplace_core.domain.reconciliation.months import NamedMonth, is_named, named_months
from marketplace_core.domain.reconciliation.reading import invoice_number_key, read_words
from marketplace_core.domain.reference import ALPHABET, fold, is_reference, issue_reference, parse_reference

HASH = sha256(b"254712345678").hexdigest()


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ("254712345678", SamePhone.IDENTICAL),
        ("+254 712 345 678", SamePhone.IDENTICAL),
        ("0712-345678", SamePhone.IDENTICAL),
        ("712345678", SamePhone.IDENTICAL),
        (HASH, SamePhone.IDENTICAL),
        (HASH.upper(), SamePhone.IDENTICAL),
        ("2547 ***** 678", SamePhone.COMPATIBLE),
        ("2547****5678", SamePhone.COMPATIBLE),
        ("0712***678", SamePhone.COMPATIBLE),
        ("2547XXXX5678", SamePhone.COMPATIBLE),
        ("2547 ***** 126", SamePhone.DIFFERENT),
        ("2541****5678", SamePhone.DIFFERENT),
        ("254**9**5678", SamePhone.DIFFERENT),
        ("254712345679", SamePhone.DIFFERENT),
        (sha256(b"254712345679").hexdigest(), SamePhone.DIFFERENT),
        ("", SamePhone.DIFFERENT),
        ("JOHN", SamePhone.DIFFERENT),
    ],
)
def test_one_phone_in_every_form(seen: str, expected: SamePhone) -> None:
    """A phone in clear, masked or hashed form is told from others by one test."""
    assert same_phone("0712345678", seen) is expected
    assert same_phone("254712345678", seen) is expected


def test_a_masked_or_short_phone_is_no_phone_in_clear() -> None:
    """Only a whole phone has a clear form."""
    assert clear_phone("+254 712 345678") == "254712345678"
    assert clear_phone("2547****5678") == clear_phone("123") == clear_phone(HASH) == ""


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("JOHN KAMAU", "Kamau John", NameGrade.FULL),
        ("Mr. John Kamau", "JOHN KAMAU MWANGI", NameGrade.FULL),
        ("Bi Maria Akinyi", "Mary Akinyi", NameGrade.FULL),
        ("Mwl. Yusuf Otieno", "JOSEPH OTIENO", NameGrade.FULL),
        ("Yohana Kamau", "Eng John Kamau", NameGrade.FULL),
        ("Peter Ng'ang'a", "PETER NGANGA", NameGrade.FULL),
        ("J KAMAU MWANGI", "JOHN KAMAU MWANGI", NameGrade.CLOSE),
        ("J Kamau", "John Kamau Mwangi", NameGrade.CLOSE),
        ("JOHN KAMAO", "JOHN KAMAU", NameGrade.CLOSE),
        ("JOHN KAMAU OTIENO", "JOHN KAMAU MWANGI", NameGrade.PARTIAL),
        ("MIRIAM WANJIKU", "MARY WANJIKU", None),
        ("JAMES OTIENO", "JACOB OTIENO", None),
        ("YAKOBO OTIENO", "JAMES OTIENO", NameGrade.FULL),
        ("MUSA KIPROTICH", "MOSES KIPROTICH", NameGrade.FULL),
        ("JOHN KAMAU", "JOHN MWANGI", None),
        ("JOHN", "JOHN KAMAU", None),
        ("J K", "JOHN KAMAU", None),
        ("", "JOHN KAMAU", None),
    ],
)
def test_names_agree_by_words_not_by_order(one: str, other: str, expected: NameGrade | None) -> None:
    """Order, honorifics, initials, and Swahili or English forms do not part two names; another word does."""
    assert compare_names(one, other) is expected
    assert compare_names(other, one) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("JAN", [(1, 0)]),
        ("rent Januari 2026", [(1, 2026)]),
        ("KODI YA MEI", [(5, 0)]),
        ("Desemba '25", [(12, 2025)]),
        ("11/2026", [(11, 2026)]),
        ("2026-11 A1", [(11, 2026)]),
        ("Feb-Apr 2026", [(2, 2026), (3, 2026), (4, 2026)]),
        ("NOV hadi JAN 2026", [(11, 2025), (12, 2025), (1, 2026)]),
        ("SEPT, OKT", [(9, 0), (10, 0)]),
        ("JANE MARIA DECLAN", []),
        ("13/2026 A12 5/11/2026", []),
    ],
)
def test_a_payer_names_months_in_two_languages(text: str, expected: list[tuple[int, int]]) -> None:
    """Month names and figures are read, words that only begin like a month are not."""
    assert [(named.month, named.year) for named in named_months(text)] == expected


def test_a_month_without_year_fits_each_year() -> None:
    """JAN fits January of any year, Januari 2026 only one."""
    assert is_named(date(2025, 1, 1), (NamedMonth(1),))
    assert not is_named(date(2025, 1, 1), (NamedMonth(1, 2026),))


@pytest.mark.laws
@given(st.text(ALPHABET, min_size=1, max_size=8), st.data())
def test_one_edit_is_symmetric_and_complete(text: str, data: st.DataObject) -> None:
    """Every neighbour is one edit apart, both ways, and what is one edit apart is a neighbour."""
    length = data.draw(st.sampled_from([len(text) - 1, len(text), len(text) + 1]))
    near = data.draw(st.sampled_from(sorted(set(one_edit_neighbours(text, length)))))
    assert len(near) == length
    assert one_edit_apart(text, near)
    assert one_edit_apart(near, text)
    assert text in set(one_edit_neighbours(near, len(text)))


@pytest.mark.laws
@given(st.integers(0, 10**6))
def test_no_reference_is_one_changed_or_swapped_sign_from_another(number: int) -> None:
    """A single wrong sign or a swap never makes another valid reference, so none is corrected into another."""
    reference = issue_reference(PortfolioId("p"), LeaseId(f"l{number}"))
    assert not [one for one in one_edit_neighbours(reference, len(reference)) if is_reference(one)]


def test_look_alikes_fold_as_references_read_them() -> None:
    """Our fold reads every sign as ``parse_reference`` does."""
    reference = issue_reference(PortfolioId("p"), LeaseId("l"))
    spoken = reference.translate(str.maketrans("8601V52", "BGOIUSZ"))
    assert fold(spoken) == parse_reference(spoken) == reference


def test_figures_alone_are_a_code_only_where_nothing_else_is_said() -> None:
    """Bare figures are read as a house only alone or after a word for a house."""
    assert "12" in read_words("12").windows
    assert "12" in read_words("HSE NO 12 RENT").windows
    assert "12" in read_words("RENT 12").windows
    assert "12" not in read_words("A1 12 KAMAU").windows
    assert "A12" in read_words("HseA12").windows


def test_invoice_numbers_compare_without_signs_and_zeros() -> None:
    """INV-0012 and inv 12 are one number, INV-0120 is another."""
    assert invoice_number_key("INV-0012") == invoice_number_key("inv 12") != invoice_number_key("INV-0120")
