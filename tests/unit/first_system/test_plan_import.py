"""The first system's book: planned whole and tied out to the cent, or refused with every problem."""

from __future__ import annotations

import csv
import io
import runpy
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace_adapters.statements import read_first_system_folder
from marketplace_adapters.statements.first_system_folder import read_source_file
from marketplace_core.domain.billing import bill
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.first_system.columns import FILES, markdown_table
from marketplace_core.domain.first_system.parsing import SourceFile
from marketplace_core.domain.first_system.plan import ImportPlan, TieKind, TieLine
from marketplace_core.domain.first_system.planning import plan_import
from marketplace_core.domain.identifiers import CollectionAccountId, PortfolioId
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.party import Portfolio
from marketplace_core.errors import ImportRefused, LawBroken, NotFound

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "src/entrypoints/marketplace_entrypoints/sample"
BOOK = {
    "properties": "property_id,name\nP1,Acacia\n",
    "units": "unit_id,property_id,code\nU1,P1,A1\nU2,P1,A2\n",
    "tenants": "tenant_id,name,phones\nT1,Jane Doe,0712345678;+254 722 000 111\nT2,Ali Omar,\n",
    "leases": "lease_id,unit_id,tenant_ids,start_day,last_day,rent,water,deposit_held,opening_balance\n"
    "L1,U1,T1;T2,2026-01-01,,15000.00,500.00,15000.00,1200.50\n"
    "L2,U2,T2,2026-01-01,2026-06-30,9000.00,,,-300.00\n",
    "invoices": "invoice_id,number,lease_id,issue_day,due_day,amount,balance\n"
    "I1,77,L1,2026-10-01,2026-10-05,15500.00,5500.00\nI2,78,L2,2026-06-01,2026-06-05,9000.00,0.00\n",
    "payments": "payment_id,lease_id,day,amount,transaction_id,payer_phone\n"
    "M1,L1,2026-10-03,10000.00,TJ30000001,0712345678\nM2,L2,2026-06-04,9500.00,,\n",
    "receipts": "receipt_id,payment_id,invoice_id,day,amount\n"
    "R1,M1,I1,2026-10-03,10000.00\nR2,M2,I2,2026-06-04,9000.00\n",
}
Plan = Callable[[dict[str, str]], ImportPlan]


def _source(text: str, file: str = "x.csv") -> SourceFile:
    return read_source_file(io.BytesIO(text.encode()), file)


def _plan(files: dict[str, SourceFile]) -> ImportPlan:
    return plan_import(
        files,
        portfolio=Portfolio(PortfolioId("sample"), "Sample"),
        collection_account_id=CollectionAccountId("first"),
        first_billing_day=date(2026, 11, 1),
        recorded_at=datetime(2026, 11, 1, tzinfo=UTC),
    )


@pytest.fixture
def plan() -> Plan:
    """Plan a small book, with some of its files replaced."""

    def planned(changes: dict[str, str]) -> ImportPlan:
        texts = {**BOOK, **changes}
        return _plan({name: _source(text, f"{name}.csv") for name, text in texts.items()})

    return planned


def _tie(plan: ImportPlan, kind: TieKind) -> TieLine:
    return next(line for line in plan.tie_out if line.kind is kind)


def test_a_small_book_is_planned(plan: Plan) -> None:
    """Parts, terms, phones, status and charges are as the files say."""
    made = plan({})
    first, second = made.leases
    assert (first.status, second.status) == (LeaseStatus.ACTIVE, LeaseStatus.ENDED)
    assert second.end == date(2026, 7, 1)
    assert len(first.tenant_ids) == 2
    assert made.people[0].phones == ("254712345678", "254722000111")
    assert [charge.rates[0].amount for charge in first.charges] == [Money(1_500_000, KES), Money(50_000, KES)]
    assert len({lease.reference for lease in made.leases}) == 2


def test_old_invoices_keep_their_numbers_in_a_series_of_their_own(plan: Plan) -> None:
    """Old invoices and opening debts are openings in the series OLD; the credit and the deposit stand apart."""
    made = plan({})
    assert [(i.kind, i.series, i.number, i.subject) for i in made.invoices] == [
        (InvoiceKind.OPENING, "OLD", "77", "77"),
        (InvoiceKind.OPENING, "OLD", "78", "78"),
        (InvoiceKind.OPENING, "OLD", "OB-L1", "OB-L1"),
    ]
    assert [credit.amount for credit in made.opening_credits] == [Money(30_000, KES)]
    assert [entry.amount for entry in made.deposits] == [Money(1_500_000, KES)]


def test_payments_keep_what_they_paid(plan: Plan) -> None:
    """A payment is pinned to its invoice; the rest is the lease's credit; the provider's id is kept where given."""
    made = plan({})
    assert [payment.report.transaction_id for payment in made.payments] == ["TJ30000001", "FIRST-M2"]
    share = made.payments[1].shares[0]
    assert (share.amount, share.pins[0].amount) == (Money(950_000, KES), Money(900_000, KES))
    assert share.pins[0].invoice_id == made.invoices[1].invoice_id


def test_both_sides_tie_out(plan: Plan) -> None:
    """Counts and sums of files and plan are equal, kind by kind, and are what the files say."""
    made = plan({})
    assert all(line.ties for line in made.tie_out)
    assert _tie(made, TieKind.OUTSTANDING).sum_in_files == Money(550_000, KES)
    assert _tie(made, TieKind.UNAPPLIED).sum_in_plan == Money(50_000, KES)
    assert {line.kind for line in made.tie_out} == set(TieKind)


def test_a_plan_that_does_not_tie_cannot_be(plan: Plan) -> None:
    """A plan with a line that differs by a cent is not made."""
    made = plan({})
    wrong = TieLine(TieKind.INVOICES, 1, 1, Money(100, KES), Money(101, KES))
    with pytest.raises(LawBroken, match=r"1\.00.*1\.01"):
        ImportPlan(
            made.portfolio,
            made.properties,
            made.units,
            made.people,
            made.leases,
            made.invoices,
            made.payments,
            made.receipts,
            made.opening_credits,
            made.deposits,
            made.links,
            (wrong,),
        )


def test_planning_again_gives_the_same(plan: Plan) -> None:
    """Ids derive from the old ids, so that an import can be repeated."""
    assert plan({}) == plan({})
    links = plan({}).links
    assert len({(link.kind, link.external_id) for link in links}) == len(links) == 13


def test_what_was_billed_is_not_billed_again(plan: Plan) -> None:
    """October was billed by the old system; November is ours."""
    lease = plan({}).leases[0]
    at = datetime(2026, 11, 1, tzinfo=UTC)
    assert bill(lease, DateSpan(date(2026, 1, 1), date(2026, 11, 1)), at) == ()
    assert bill(lease, DateSpan(date(2026, 11, 1), date(2026, 12, 1)), at)[0].amount == Money(1_550_000, KES)


def test_one_payer_may_have_paid_for_several_leases(plan: Plan) -> None:
    """A payment without a lease is shared by its receipts, which must spend all of it."""
    payments = "payment_id,lease_id,day,amount\nM1,,2026-10-03,19000.00\n"
    receipts = BOOK["receipts"].replace("M2", "M1").replace("2026-06-04", "2026-10-03")
    made = plan({"payments": payments, "receipts": receipts})
    assert [share.amount.amount_minor for share in made.payments[0].shares] == [1_000_000, 900_000]
    with pytest.raises(ImportRefused, match="name the lease"):
        plan({"payments": payments.replace("19000", "19001"), "receipts": receipts})


@pytest.mark.parametrize(
    ("file", "change", "line", "column", "words"),
    [
        ("units", ("U2,P1", "U2,P9"), 3, "property_id", "'P9' does not stand in properties.csv"),
        ("units", ("U2,P1,A2", "U1,P1,A2"), 3, "unit_id", "stands on line 2"),
        ("units", ("A2", "a-1"), 3, "code", "must be unique"),
        ("tenants", ("0712345678", "12"), 2, "phones", "Kenyan"),
        ("leases", ("T1;T2", "T1;T9"), 2, "tenant_ids", "does not stand in tenants.csv"),
        ("leases", ("L2,U2", "L2,U1"), 3, "start_day", "is let by lease 'L1' until open"),
        ("leases", ("2026-06-30", "2026-02-30"), 3, "last_day", "does not exist"),
        ("leases", ("2026-06-30", "2025-06-30"), 3, "last_day", "before the start"),
        ("leases", ("9000.00", "-9000.00"), 3, "rent", "zero or more"),
        ("leases", ("9000.00", "NaN"), 3, "rent", "write digits"),
        ("leases", ("9000.00", "1e9"), 3, "rent", "write digits"),
        ("leases", ("9000.00", ""), 3, "rent", "must not be blank"),
        ("invoices", ("15500.00,5500.00", "15500.00,5501.00"), 2, "balance", "is KES 5,500.00"),
        ("invoices", ("78,L2,2026-06-01", "77,L2,2026-06-01"), 3, "number", "must be unique"),
        ("invoices", ("78,L2,2026-06-01", "OB-2,L2,2026-06-01"), 3, "number", "kept for opening"),
        ("invoices", ("78,L2,2026-06-01,2026-06-05", "78,L2,2026-11-01,2026-11-05"), 3, "issue_day", "bills itself"),
        ("payments", ("9500.00", "8000.00"), 3, "amount", "spend KES 9,000.00 of KES 8,000.00"),
        ("payments", ("M1,L1", "M1,L2"), 2, "invoice_id", "the payment is of lease 'L2'"),
        ("receipts", ("R2,M2,I2", "R2,M2,I9"), 3, "invoice_id", "does not stand in invoices.csv"),
        ("receipts", ("R1,M1,I1,2026-10-03", "R1,M1,I1,2026-09-03"), 2, "day", "before the payment"),
        ("receipts", ("R2,M2,I2,2026-06-04", "R2,M1,I1,2026-10-03"), 3, "invoice_id", "in another row already"),
        ("units", ("code", "colour"), 1, "code", "the column is missing"),
        ("units", ("code", "code,extra"), 1, "extra", "unknown column"),
        ("tenants", ("T2,Ali Omar,\n", 'T2,"Ali Omar,\n'), 3, None, "quote"),
        ("tenants", ("T2,Ali Omar,\n", "T2,Ali Omar"), 3, None, "2 of 3 columns"),
    ],
)
def test_each_problem_has_its_place(
    plan: Plan, file: str, change: tuple[str, str], line: int, column: str | None, words: str
) -> None:
    """File, line, column and reason of what is wrong are told."""
    assert change[0] in BOOK[file]
    with pytest.raises(ImportRefused) as refused:
        plan({file: BOOK[file].replace(change[0], change[1], 1)})
    found = [p for p in refused.value.problems if (p.line, p.column) == (line, column) and words in p.reason]
    assert found, [str(problem) for problem in refused.value.problems]


def test_all_problems_are_told_at_once(plan: Plan) -> None:
    """Every wrong row of every file is in one refusal, and a bad row does not make its neighbours wrong."""
    with pytest.raises(ImportRefused) as refused:
        plan(
            {
                "tenants": BOOK["tenants"].replace("T2,", "T 2,"),
                "units": BOOK["units"].replace("P1", "P9"),
                "payments": BOOK["payments"].replace("9500.00", "x"),
            }
        )
    places = sorted((problem.file, problem.line, problem.column) for problem in refused.value.problems)
    assert places == [
        ("payments.csv", 3, "amount"),
        ("tenants.csv", 3, "tenant_id"),
        ("units.csv", 2, "property_id"),
        ("units.csv", 3, "property_id"),
    ]


def test_missing_and_unknown_files_are_problems() -> None:
    """The four files of the portfolio are needed, the others are not; a file of another name is refused."""
    with pytest.raises(ImportRefused) as refused:
        _plan({"tenant": _source("x\n")})
    files = {problem.file for problem in refused.value.problems}
    assert files == {"tenant.csv", "properties.csv", "units.csv", "tenants.csv", "leases.csv"}
    needed = ("properties", "units", "tenants", "leases")
    assert _plan({name: _source(BOOK[name]) for name in needed}).payments == ()


def test_an_ended_lease_needs_its_last_day(plan: Plan) -> None:
    """A lease that is said to have ended, but not when, is refused."""
    leases = BOOK["leases"].replace("opening_balance\n", "opening_balance,status\n").replace(".50\n", ".50,ended\n")
    with pytest.raises(ImportRefused, match="line 2, column 'last_day': an ended lease needs its last day"):
        plan({"leases": leases.replace("-300.00\n", "-300.00,\n")})


def test_links_lead_to_what_was_planned(plan: Plan) -> None:
    """Each old id is linked to the thing that it became."""
    made = plan({})
    ours = {(link.kind, link.external_id): link.our_id for link in made.links}
    assert ours["payment", "M2"] == made.payments[1].report.payment_id == made.receipts[1].payment_id
    assert ours["invoice", "I2"] == made.invoices[1].invoice_id
    assert ours["lease", "L2"] == made.leases[1].lease_id
    assert ours["tenant", "T1"] == made.people[0].person_id
    assert ours["unit", "U1"] == made.leases[0].unit_id
    assert ours["property", "P1"] == made.units[0].property_id
    assert ours["receipt", "R1"] == made.receipts[0].receipt_id


def test_a_currency_of_another_portfolio_is_refused(plan: Plan) -> None:
    """Amounts in another currency are never taken for ours."""
    invoices = BOOK["invoices"].replace("balance\n", "balance,currency\n").replace("0.00\n", "0.00,USD\n")
    with pytest.raises(ImportRefused, match="'USD', but the portfolio is in KES"):
        plan({"invoices": invoices})


def test_the_sample_is_a_sound_book() -> None:
    """The sample ties out and has what a demo shows: arrears, an employer, a mid-month start, an ended lease."""
    made = _plan(read_first_system_folder(SAMPLE / "first_system"))
    assert (len(made.properties), len(made.units), len(made.leases)) == (2, 28, 27)
    assert {lease.status for lease in made.leases} == {LeaseStatus.ACTIVE, LeaseStatus.NOTICE, LeaseStatus.ENDED}
    assert max(len(payment.shares) for payment in made.payments) == 3
    assert any(lease.start.day != 1 for lease in made.leases)
    outstanding = _tie(made, TieKind.OUTSTANDING).sum_in_files
    assert outstanding is not None
    assert outstanding.is_positive


def test_the_sample_is_what_its_script_writes(tmp_path: Path) -> None:
    """Running the script again gives the shipped bytes."""
    runpy.run_path(str(ROOT / "scripts/make_sample.py"))["write_sample"](tmp_path)
    written = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.csv")}
    shipped = {path.relative_to(SAMPLE): path.read_bytes() for path in SAMPLE.rglob("*.csv")}
    assert len(shipped) == 9
    assert written == shipped


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """The message says which folder was looked for."""
    with pytest.raises(NotFound, match="nowhere"):
        read_first_system_folder(tmp_path / "nowhere")


def test_the_document_has_every_column() -> None:
    """The tables of the document are those of the columns."""
    text = (ROOT / "docs/first-system-import.md").read_text("utf-8")
    assert [spec.file for spec in FILES if f"## {spec.file}" not in text or markdown_table(spec) not in text] == []


_CELL = st.sampled_from(
    ["", "A1", "P1", "L1", "2026-01-01", "2026-02-30", "15000.00", "-1", "KES", "NaN", "0712345678"]
)


@given(st.data())
def test_any_book_is_planned_or_refused(data: st.DataObject) -> None:
    """Whatever the cells, there is a plan that ties out, or a refusal that names every problem."""
    files: dict[str, SourceFile] = {}
    for spec in FILES:
        names = [column.name for column in spec.columns]
        rows = data.draw(
            st.lists(st.lists(_CELL | st.text(max_size=4), min_size=len(names), max_size=len(names)), max_size=3)
        )
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([names, *rows])
        files[spec.name] = _source(text.getvalue().encode("utf-8", "replace").decode(), spec.file)
    outcome = _ties_or_refused(files)
    assert outcome is True or outcome > 0


def _ties_or_refused(files: dict[str, SourceFile]) -> bool | int:
    """Whether the plan ties out, or how many problems refused it."""
    try:
        return all(line.ties for line in _plan(files).tie_out)
    except ImportRefused as error:
        return len(error.problems) or -1


@given(st.binary(max_size=200))
def test_any_bytes_are_a_source_file(content: bytes) -> None:
    """No bytes break the reading of a file: what is wrong becomes a problem."""
    source = read_source_file(io.BytesIO(content), "x.csv")
    assert all(problem.file == "x.csv" for problem in source.problems)
