"""Papers come out as PDF files that say what they were given, as it was written."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import pytest
from attrs import evolve
from pypdf import PdfReader

from marketplace_adapters.documents import TypstDocuments
from marketplace_core.domain.access import Reach
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import LeaseId, ReceiptId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.papers import PaidInvoice, ReceiptPaper, StatementPaper
from marketplace_core.domain.register import RECEIPTS
from marketplace_core.domain.statement import Statement, StatementLine
from marketplace_core.errors import NotFound
from marketplace_core.services.papers import MakePapers
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks


def shillings(amount: int) -> Money:
    """An amount of whole shillings."""
    return Money(amount * 100, KES)


RECEIPT = ReceiptPaper(
    "Kilimani flats",
    "RCT-000007",
    date(2026, 1, 5),
    "Wanjikũ Ng'ang'a",
    ("A1", "A2"),
    shillings(20_000),
    "Paybill 400200",
    "QGH7X",
    (PaidInvoice("INV-000001", shillings(15_000)),),
    shillings(5_000),
    shillings(-5_000),
)


def text_of(made: bytes) -> str:
    """What the pages say, in one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages).split())


def test_a_receipt_of_what_was_taken_back_says_so() -> None:
    """On its face, with the day of a reversal; one that counts says nothing of the kind."""
    reversed_one = text_of(TypstDocuments().receipt(evolve(RECEIPT, reversed_on=date(2026, 1, 9))))
    assert "No longer counts: the payment was taken back on 9 January 2026." in reversed_one
    assert "No longer counts" in text_of(TypstDocuments().receipt(evolve(RECEIPT, is_undone=True)))
    assert "No longer counts" not in text_of(TypstDocuments().receipt(RECEIPT))


def test_a_receipt_says_all_that_it_was_given() -> None:
    """Whose, from whom, how much, how, what it paid, and the balance after it."""
    said = text_of(TypstDocuments().receipt(RECEIPT))
    for part in (
        "Kilimani flats",
        "RCT-000007",
        "5 January 2026",
        "Wanjikũ Ng'ang'a",
        "A1, A2",
        "KES 20,000.00",
        "Paybill 400200",
        "QGH7X",
        "INV-000001 KES 15,000.00",
        "Not yet applied KES 5,000.00",
        "in credit: KES 5,000.00",
    ):
        assert part in said, said


@pytest.mark.parametrize(
    "name",
    [
        '#eval("1 + 1")',
        "*bold* _it_ $x^2$ @ref <l>",
        '#read("/etc/hostname")',
        '"]; #panic()',
        "// gone",
        "\\u{41} ~ --",
    ],
)
def test_a_name_that_looks_like_markup_is_printed_as_it_is(name: str) -> None:
    """Nothing of a value is read as markup or code, on a receipt or a statement."""
    assert name in text_of(TypstDocuments().receipt(evolve(RECEIPT, payer_name=name, portfolio_name=name)))
    assert name in text_of(TypstDocuments().statement(evolve(paper(1), tenant_names=(name,), reference=name)))


@pytest.mark.parametrize("name", ["Asha 😀", "王秀英", "עדי", "a\x00b", "a\u202eb", "", "x" * 500])
def test_a_name_beyond_the_fonts_still_gives_a_receipt(name: str) -> None:
    """It is no PDF/A then, and everything else stands in it."""
    assert "RCT-000007" in text_of(TypstDocuments().receipt(evolve(RECEIPT, payer_name=name)))


def test_the_same_paper_gives_the_same_bytes() -> None:
    """And another paper others."""
    one, two = TypstDocuments(), TypstDocuments()
    assert one.receipt(RECEIPT) == two.receipt(RECEIPT)
    assert one.receipt(RECEIPT) != one.receipt(evolve(RECEIPT, number="RCT-000008"))
    assert one.statement(paper(3)) == two.statement(paper(3))


def test_a_paper_of_usual_names_is_an_archivable_file() -> None:
    """It says of itself that it is PDF/A-2b."""
    metadata = PdfReader(BytesIO(TypstDocuments().receipt(RECEIPT))).xmp_metadata
    assert metadata is not None
    said = metadata.stream.get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in said
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in said


def paper(lines: int) -> StatementPaper:
    """A statement: 100 is charged on every other day, 50 paid on the others."""
    start, owed, told = date(2026, 1, 1), 0, list[StatementLine]()
    for number in range(lines):
        amount = -50 if number % 2 else 100
        owed += amount
        on = start + timedelta(days=number)
        told.append(StatementLine(on, "Rent *x*", f"D{number:04d}", shillings(amount), shillings(owed)))
    span = DateSpan(start, date(2027, 1, 1))
    made = Statement(LeaseId("l1"), span, shillings(0), tuple(told), shillings(owed))
    return StatementPaper("Kilimani flats", ("Asha", "Juma"), "A1", "REF1", date(2026, 12, 31), made)


def test_a_statement_runs_over_pages_with_its_head_on_each() -> None:
    """Every line once and in order, sums below, pages numbered."""
    reader = PdfReader(BytesIO(TypstDocuments().statement(paper(120))))
    pages = [" ".join(page.extract_text().split()) for page in reader.pages]
    assert len(pages) > 1
    assert all("Charged, KES Credited, KES Balance, KES" in page for page in pages)
    assert f"2 of {len(pages)}" in pages[1]
    said = " ".join(pages)
    places = [said.index(f"D{number:04d}") for number in range(120)]
    assert places == sorted(places)
    assert "Total 6,000.00 3,000.00 3,000.00" in said
    assert "Closing balance, owed: KES 3,000.00" in said


@pytest.fixture
def life() -> PortfolioLife:
    """A payment of two leases in two matches, the second of which pays more than is open."""
    life = PortfolioLife(MemoryBooks()).opened()
    life.let(1)
    life.let(2)
    life.bill("2026-01")
    payment = life.pay("T1", 40_000, "2026-01-05")
    life.give(payment, {"l1": 15_000})
    life.give(payment, {"l2": 20_000})
    return life


def make_papers(life: PortfolioLife) -> MakePapers:
    """The service over a life's books."""
    return MakePapers(life.store, life.store, life.store, life.store)


def receipts_of(life: PortfolioLife, reach: Reach) -> list[ReceiptId]:
    """The receipts in reach, by number."""
    found = life.store.page(reach, RECEIPTS).entries
    return [it.receipt.receipt_id for it in sorted(found, key=lambda it: it.receipt.number)]


def test_a_receipt_is_of_its_own_match(life: PortfolioLife) -> None:
    """What the second match paid, left over, and what its lease owes after it; not what the first one paid."""
    whole = Reach(life.portfolio_id, is_whole=True)
    made = make_papers(life).receipt(whole, receipts_of(life, whole)[1], date(2026, 1, 31))
    paid = life.invoices("l2")[0].number
    assert (made.unit_codes, made.paid) == (("A2",), (PaidInvoice(paid, shillings(15_000)),))
    assert (made.amount, made.unapplied, made.balance) == (shillings(20_000), shillings(5_000), shillings(-5_000))
    assert (made.payer_name, made.method, made.transaction_id) == ("Wanjiku", "Paybill 400200", "T1")


def test_a_receipt_knows_that_its_payment_or_its_match_was_taken_back(life: PortfolioLife) -> None:
    """A reversal concerns every receipt of the payment, an undone match its own alone."""
    whole = Reach(life.portfolio_id, is_whole=True)
    first, second = receipts_of(life, whole)
    papers, day = make_papers(life), date(2026, 1, 31)
    payment = next(iter(life.store.payments(life.portfolio_id))).payment_id
    life.undo(next(it.match_id for it in life.store.matches_of(life.portfolio_id, payment)))
    undone = [papers.receipt(whole, it, day).is_undone for it in (first, second)]
    life.reverse(payment, "2026-01-20")
    found = life.store.page(whole, RECEIPTS).entries
    assert sorted(undone) == [False, True]
    assert {papers.receipt(whole, it, day).reversed_on for it in (first, second)} == {date(2026, 1, 20)}
    assert {it.reversed_on for it in found} == {date(2026, 1, 20)}


def test_a_paper_of_what_is_out_of_reach_is_not_found(life: PortfolioLife) -> None:
    """Neither receipt nor statement of somebody else's lease."""
    whole = Reach(life.portfolio_id, is_whole=True)
    nobody = Reach(life.portfolio_id, lease_ids=frozenset([LeaseId("l3")]))
    papers, span = make_papers(life), DateSpan(date(2026, 1, 1), date(2026, 2, 1))
    with pytest.raises(NotFound):
        papers.receipt(nobody, receipts_of(life, whole)[0], date(2026, 1, 31))
    with pytest.raises(NotFound):
        papers.statement(nobody, LeaseId("l1"), span, date(2026, 2, 1))
    assert papers.statement(whole, LeaseId("l1"), span, date(2026, 2, 1)).tenant_names == ("Tenant 1",)
