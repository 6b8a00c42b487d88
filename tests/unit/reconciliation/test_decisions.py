"""Whose money a payment is: the tiers of evidence, the traps, and what a slice pays."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.money import Currency
from marketplace_core.domain.reconciliation import Certificate, Outcome, Reason, verify
from marketplace_core.domain.reference import ALPHABET, check_character, is_reference, issue_reference
from marketplace_core.testing.rent_book import RentBook

A = issue_reference(PortfolioId("book"), LeaseId("a"))
B = issue_reference(PortfolioId("book"), LeaseId("b"))
NOBODY = issue_reference(PortfolioId("other"), LeaseId("z"))


def decided(book: RentBook) -> Certificate:
    """The only certificate, which verifies."""
    given = book.given()
    certificate = book.certificate()
    assert verify(certificate, given) == "holds"
    return certificate


def applied_to(certificate: Certificate) -> list[tuple[str, int]]:
    """The slices as lease and whole shillings."""
    return [(part.lease_id, part.amount.amount_minor // 100) for part in certificate.slices]


def rule_of(certificate: Certificate) -> str:
    """The first side's rule."""
    return certificate.sides[0].rule.name


def two() -> RentBook:
    """Leases a (John Kamau Mwangi, unit A1, 15,000 open) and b (Mary Akinyi Otieno, unit B2, 12,000 open)."""
    book = RentBook()
    book.lease("a", 15_000, reference=A, unit="A1", name="John Kamau Mwangi", phone="0712345678")
    return book.lease("b", 12_000, reference=B, unit="GV-B2", name="Mary Akinyi Otieno", phone="0722000111")


@pytest.mark.parametrize(
    ("text", "name", "phone", "amount", "rule"),
    [
        (A.lower(), "", "", 4_000, "reference"),
        (f"{A[:3]} - {A[3:]}", "", "", 4_000, "reference"),
        (f"rent {A} nov", "", "", 4_000, "reference"),
        ("INV-0001", "J KAMAU MWANGI", "", 4_000, "invoice-number-and-name"),
        ("inv 1", "", "254712345678", 4_000, "invoice-number-and-phone"),
        ("A1", "", "", 4_000, "unit-code"),
        ("hse A-1", "KAMAU JOHN", "", 4_000, "unit-code-and-name"),
        ("", "", "254712345678", 4_000, "phone"),
        ("", "John Kamau", "2547****5678", 4_000, "phone-and-name"),
        (A[:-1], "", "2547****5678", 4_000, "masked-phone"),
        (A[:-1], "Kamau Mwangi", "", 4_000, "near-reference-and-name"),
        (A[:-1], "", "", 15_000, "near-reference-and-amount"),
        ("KODI", "Yohana Kamau", "", 15_000, "name-and-amount"),
        ("JOHN KAMAU", "", "", 15_000, "name-and-amount"),
        ("", "J Kamau", "", 15_000, "close-name-and-amount"),
    ],
)
def test_enough_evidence_applies_all_the_money(text: str, name: str, phone: str, amount: int, rule: str) -> None:
    """Strong evidence, or two kinds of weaker evidence, give the whole payment to the lease."""
    certificate = decided(two().payment(amount, text, name=name, phone=phone))
    assert (certificate.outcome, rule_of(certificate)) == (Outcome.APPLIED, rule)
    assert applied_to(certificate) == [("a", amount)]


@pytest.mark.parametrize(
    ("text", "name", "phone", "amount", "rule"),
    [
        ("", "John Kamau", "", 4_000, "name-alone"),
        ("", "John Kamau Njoroge", "", 4_000, "partial-name-alone"),
        (A[:-1], "", "", 4_000, "near-reference-alone"),
        ("INV-0001", "", "", 4_000, "invoice-number-alone"),
        ("INV-0001", "", "", 15_000, "invoice-number-and-amount"),
        ("", "", "", 15_000, "amount-alone"),
    ],
)
def test_one_kind_of_weak_evidence_is_only_proposed(text: str, name: str, phone: str, amount: int, rule: str) -> None:
    """A name, a near reference, a serial number or an amount alone never moves money."""
    certificate = decided(two().payment(amount, text, name=name, phone=phone))
    assert (certificate.outcome, certificate.reason, rule_of(certificate)) == (Outcome.PROPOSED, Reason.RULE, rule)
    assert [part.lease_id for part in certificate.sides[0].slices] == ["a"]


@pytest.mark.parametrize(
    ("text", "name", "phone"),
    [
        (A, "", "0722000111"),
        (f"{A} GV-B2", "", ""),
        ("A1", "Mary Akinyi", ""),
        ("A1", "", "254722000111"),
        ("INV-0001", "", "254722000111"),
        (f"INV-0001 {A[:-1]}", "Mary Akinyi Otieno", "0712345678"),
    ],
)
def test_contradicting_evidence_goes_to_a_person_with_both_sides(text: str, name: str, phone: str) -> None:
    """Evidence for another lease stops an application, and both leases are shown."""
    certificate = decided(two().payment(4_000, text, name=name, phone=phone))
    assert certificate.outcome is Outcome.PROPOSED
    assert {part.lease_id for side in certificate.sides for part in side.slices} == {"a", "b"}


def test_nothing_known_is_unmatched() -> None:
    """A payment of somebody unknown, of an amount that nobody owes, finds no lease."""
    certificate = decided(two().payment(777, "HELLO", name="Zed Unknown", phone="0799999999"))
    assert (certificate.outcome, certificate.sides) == (Outcome.UNMATCHED, ())


def test_a_reference_is_never_corrected_across_a_right_check_character() -> None:
    """A text that is a reference of nobody here stays that, though it is near a lease's and the amount agrees."""
    body = next(
        A[:place] + one + A[place + 1 : 6]
        for place in range(6)
        for one in ALPHABET
        if one != A[place] and check_character(A[:place] + one + A[place + 1 : 6])
    )
    valid = body + str(check_character(body))
    assert is_reference(valid)
    certificate = decided(two().payment(15_000, valid))
    assert certificate.outcome is not Outcome.APPLIED
    assert all(piece.kind != "near_reference" for side in certificate.sides for piece in side.evidence)


def test_a_reference_of_nobody_stops_a_match_by_name_and_amount() -> None:
    """Money that names another book's lease is proposed, not applied, to a namesake."""
    certificate = decided(two().payment(15_000, NOBODY, name="John Kamau Mwangi"))
    assert (certificate.outcome, certificate.reason) == (Outcome.PROPOSED, Reason.FOREIGN_REFERENCE)


def test_an_amount_with_two_sets_goes_to_review_with_both() -> None:
    """20,000 against 5,000, 15,000, 8,000 and 12,000 of four leases has two sets: never a pick."""
    book = RentBook()
    for lease, amount in (("a", 5_000), ("b", 15_000), ("c", 8_000), ("d", 12_000)):
        book.lease(lease, amount)
    certificate = decided(book.payment(20_000))
    assert (certificate.outcome, certificate.reason) == (Outcome.PROPOSED, Reason.SEVERAL_SETS)
    assert {side.explained_by for side in certificate.sides} == {("i1", "i2"), ("i3", "i4")}


def test_two_sets_within_a_lease_that_is_not_proven_go_to_review() -> None:
    """By name alone, the same four invoices of one tenant are not an amount that speaks for him."""
    book = RentBook().lease("a", 5_000, 15_000, 8_000, 12_000, name="John Kamau")
    certificate = decided(book.payment(20_000, name="John Kamau"))
    assert (certificate.outcome, certificate.reason) == (Outcome.PROPOSED, Reason.SEVERAL_SETS)


def test_within_a_proven_lease_ambiguity_never_blocks() -> None:
    """The same four invoices with the lease's reference are paid oldest due first."""
    certificate = decided(RentBook().lease("a", 5_000, 15_000, 8_000, 12_000, reference=A).payment(20_000, A))
    assert certificate.outcome is Outcome.APPLIED
    assert [line.takes.amount_minor for line in certificate.sides[0].arithmetic.lines] == [500_000, 1_500_000]


def test_equal_months_of_one_lease_are_one_explanation() -> None:
    """Three open months of 15,000 and a named payer's 15,000 pay the oldest: which one is the account's policy."""
    book = RentBook().lease("a", 15_000, 15_000, 15_000, name="John Kamau")
    certificate = decided(book.payment(15_000, name="John Kamau"))
    assert applied_to(certificate) == [("a", 15_000)]
    assert [line.invoice_id for line in certificate.sides[0].arithmetic.lines] == ["i1"]


def test_a_strangers_money_is_never_two_other_leases_sum() -> None:
    """A payment of tenant c's is not matched to a's 5,000 and b's 15,000."""
    book = RentBook().lease("a", 5_000).lease("b", 15_000).lease("c", 9_000, name="Asha Juma Said", reference=B)
    assert applied_to(decided(book.payment(20_000, B))) == [("c", 20_000)]
    book.payments.clear()
    certificate = decided(book.payment(20_000, name="Asha Juma Said"))
    assert certificate.outcome is Outcome.PROPOSED
    assert certificate.sides[0].lease_ids == ("c",)


def test_seventeen_small_invoices_are_paid_by_their_sum() -> None:
    """17 × 200 and a payment of 3,400 with the tenant's name: the one set is all of them."""
    book = RentBook().lease("a", *[200] * 17, name="John Kamau").lease("b", 3_000, name="Mary Akinyi")
    certificate = decided(book.payment(3_400, name="John Kamau"))
    assert applied_to(certificate) == [("a", 3_400)]
    assert len(certificate.sides[0].explained_by) == 17


def test_an_employer_pays_for_several_leases_with_evidence_for_each() -> None:
    """A learned payer of three leases pays two of them where exactly one set of invoices explains the amount."""
    book = RentBook().lease("a", 15_000).lease("b", 12_000).lease("c", 9_000)
    for lease in "abc":
        book.learned(lease, name="ACME LTD", phone="0700111222", match=f"m-{lease}")
    certificate = decided(book.payment(24_000, phone="254700111222"))
    assert applied_to(certificate) == [("a", 15_000), ("c", 9_000)]
    assert {piece.known for piece in certificate.sides[0].evidence if piece.kind == "alias"} == {"m-a", "m-c"}


def test_an_employers_amount_that_nothing_explains_is_a_tie() -> None:
    """Without a set that explains it, a group payer's money is proposed to each of his leases."""
    book = RentBook().lease("a", 15_000).lease("b", 12_000)
    book.learned("a", phone="0700111222").learned("b", phone="0700111222")
    certificate = decided(book.payment(20_000, phone="0700111222"))
    assert (certificate.outcome, certificate.reason) == (Outcome.PROPOSED, Reason.TIE)
    assert [side.lease_ids for side in certificate.sides] == [("a",), ("b",)]


def test_a_list_of_references_must_be_paid_whole() -> None:
    """Two references in one text are two leases' money only if the set touches both."""
    assert applied_to(decided(two().payment(27_000, f"{A} {B}"))) == [("a", 15_000), ("b", 12_000)]
    assert decided(two().payment(15_000, f"{A} {B}")).outcome is Outcome.PROPOSED


def test_currencies_never_mix() -> None:
    """Shillings that name a lease in dollars are proposed without a slice, and no dollar invoice explains them."""
    book = RentBook().lease("a", 150, reference=A, currency=Currency.of("USD")).payment(150, A)
    certificate = decided(book)
    assert (certificate.outcome, certificate.reason) == (Outcome.PROPOSED, Reason.OTHER_CURRENCY)
    assert certificate.sides[0].slices == ()


def test_a_masked_phone_tells_only_in_a_small_book() -> None:
    """Four shown digits prove a payer among a few phones, and only support him among many."""
    small = RentBook().lease("a", 15_000, phone="0712345678").lease("b", 12_000, phone="0722000111")
    assert rule_of(decided(small.payment(500, phone="2547****5678"))) == "masked-phone"
    large = RentBook().lease("a", 15_000, phone="0712345678")
    for place in range(60):
        large.lease(f"x{place:02d}", 7_000, phone=f"07330000{place:02d}")
    assert decided(large.payment(500, phone="2547****5678")).outcome is Outcome.UNMATCHED


def test_the_payer_pins_what_he_names() -> None:
    """Invoice numbers and months pin invoices; the rest of the slice is left to the account's policy."""
    book = RentBook().lease("a", 10_000, 11_000, 12_000, reference=A)
    by_month = decided(book.payment(15_000, f"{A} OKT"))
    assert [(pin[0], pin[1].amount_minor) for pin in by_month.slices[0].pins] == [("i2", 1_100_000)]
    assert [line.takes.amount_minor // 100 for line in by_month.sides[0].arithmetic.lines] == [4_000, 11_000]
    book.payments.clear()
    by_number = decided(book.payment(12_000, f"{A} INV-0003"))
    assert [pin[0] for pin in by_number.slices[0].pins] == ["i3"]


def test_a_month_without_a_year_is_the_nearest_open_one() -> None:
    """JAN paid in December 2026 means January 2027 where both stand open."""
    book = RentBook(as_of=date(2026, 12, 20)).lease("a", reference=A)
    book.invoice("a", 5_000, date(2026, 1, 1)).invoice("a", 6_000, date(2027, 1, 1))
    certificate = decided(book.payment(6_000, f"{A} JAN"))
    assert [pin[0] for pin in certificate.slices[0].pins] == ["i2"]


@pytest.mark.parametrize(
    ("open_amounts", "paid", "takes", "credit"),
    [
        ((75, 100, 50), 100, [75, 25], 0),
        ((15_000, 15_000, 15_000), 20_000, [15_000, 5_000], 0),
        ((15_000,), 20_000, [15_000], 5_000),
    ],
)
def test_the_arithmetic_shows_the_expected_effect(
    open_amounts: tuple[int, ...], paid: int, takes: list[int], credit: int
) -> None:
    """Oldest due first, never more than is open, and the rest as unapplied credit."""
    sums = decided(RentBook().lease("a", *open_amounts, reference=A).payment(paid, A)).sides[0].arithmetic
    assert [line.takes.amount_minor // 100 for line in sums.lines] == takes
    assert sums.credit_left.amount_minor // 100 == credit


def test_past_the_bound_a_person_decides() -> None:
    """A group payer of more open invoices than are searched is proposed, and the bound is stated."""
    book = RentBook()
    for place in range(61):
        book.lease(f"l{place:02d}", 1_000 + place).learned(f"l{place:02d}", phone="0700111222")
    certificate = decided(book.payment(2_001, phone="0700111222"))
    assert (certificate.outcome, certificate.reason) == (Outcome.PROPOSED, Reason.PAST_BOUND)
    assert certificate.search is not None
    assert (certificate.search.invoices, certificate.search.complete) == (61, False)


def test_a_reference_that_is_nearly_somebody_elses_goes_to_a_person() -> None:
    """The payer's own phone and name do not outweigh a text that is one sign from another tenant's reference."""
    book = two()
    typed = B[:3] + next(sign for sign in ALPHABET if sign != B[3]) + B[4:]
    book.payment(12_000, typed, name="JOHN KAMAU MWANGI", phone="254712345678")
    certificate = decided(book)
    assert (certificate.outcome, certificate.reason) == (Outcome.PROPOSED, Reason.CONTRADICTION)


@pytest.mark.parametrize("text", ["A1 2 MONTHS", "A1 1 NOV", "a1 3 miezi"])
def test_a_number_before_a_month_is_no_part_of_a_code(text: str) -> None:
    """A1 for two months is not A12."""
    book = RentBook()
    for number, unit in enumerate(("A1", "A11", "A12", "A13")):
        book.lease(
            f"l{number}", 15_000, reference=issue_reference(PortfolioId("book"), LeaseId(str(number))), unit=unit
        )
    book.payment(30_000, text)
    assert applied_to(decided(book)) == [("l0", 30_000)]


@pytest.mark.parametrize(("unit", "text"), [("MAY", "RENT MAY"), ("NOV 2026", "NOV 2026"), ("DEC26", "kodi dec 26")])
def test_a_month_is_no_unit_code(unit: str, text: str) -> None:
    """A unit with a month's name is not named by a payer who says for which month."""
    book = RentBook().lease("a", 15_000, reference=A, unit=unit, name="John Kamau Mwangi")
    book.payment(9_000, text, name="SOMEBODY ELSE")
    assert decided(book).outcome is Outcome.UNMATCHED
