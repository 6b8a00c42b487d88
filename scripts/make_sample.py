"""Writes the sample portfolio and its statements: the same bytes each time, none of it about real people.

Run it with the package installed: `.venv/bin/python scripts/make_sample.py [FOLDER]`.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from attrs import frozen

from marketplace_adapters.statements import read_first_system_folder
from marketplace_core.domain.first_system.columns import FILES
from marketplace_core.domain.first_system.planning import plan_import
from marketplace_core.domain.identifiers import CollectionAccountId, PortfolioId
from marketplace_core.domain.money import KES, Money, round_half_up
from marketplace_core.domain.party import Portfolio

PORTFOLIO: Final = PortfolioId("sample")
FIRST_BILLING_DAY: Final = date(2026, 11, 1)
SHORT_CODE: Final = "555123"
BANK_ACCOUNT: Final = "0110045678900"
FOLDER: Final = Path(__file__).parents[1] / "src/entrypoints/marketplace_entrypoints/sample"
OPENING_BALANCE: Final = 8_500_000

NAMES: Final = (
    "Wanjiku Kamau",
    "Otieno Okello",
    "Amina Hassan",
    "Brian Mutua",
    "Cynthia Chebet",
    "David Kiprono",
    "Esther Nyambura",
    "Farouk Abdalla",
    "Grace Njeri",
    "Hussein Ali",
    "Irene Atieno",
    "James Mwangi",
    "Khadija Omar",
    "Lucy Wambui",
    "Moses Barasa",
    "Naomi Jepkosgei",
    "Oscar Odhiambo",
    "Purity Makena",
    "Rashid Juma",
    "Sharon Akinyi",
    "Titus Kilonzo",
    "Umi Salim",
    "Victor Wekesa",
    "Winnie Auma",
    "Yusuf Bakari",
    "Zipporah Muthoni",
    "Peter Ndungu",
)
UNITS: Final = (*(f"A{n}" for n in range(1, 9)), *(f"B{n}" for n in range(1, 9)), *(f"NB-{n}" for n in range(1, 13)))
MONTHS: Final = ((date(2026, 9, 1), date(2026, 9, 5)), (date(2026, 10, 1), date(2026, 10, 5)))
STAFF: Final = ("L08", "L15", "L22")
"""Leases that an employer pays for in one transfer."""
EMPLOYER: Final = "KAZI LOGISTICS LTD"


@frozen
class Let:
    """One lease of the sample."""

    lease_id: str
    tenant_id: str
    unit: str
    name: str
    phone: str
    start: date
    last: date | None
    rent: int
    water: int
    billing_day: int

    @property
    def month(self) -> int:
        """A whole period in shillings."""
        return self.rent + (1_500 if self.unit.startswith("NB") else 1_000) + self.water


def lets() -> list[Let]:
    """The leases: one begins mid-month in October, one in November, one has ended, one is under notice."""
    found: list[Let] = []
    for index, name in enumerate(NAMES):
        number = index + 1
        unit = UNITS[index]
        start = date(2024 + index % 2, 1 + index % 12, 1)
        last = {18: date(2026, 9, 30), 10: date(2026, 11, 20)}.get(number)
        start = {25: date(2026, 10, 16), 26: date(2026, 11, 10), 27: date(2026, 3, 15)}.get(number, start)
        rent = 12_000 + 1_500 * (index % 7) + (8_000 if unit.startswith("NB") else 0)
        phone = f"2547{10 + index * 3:02d}{(index * 7919 + 104_729) % 1_000_000:06d}"
        water = {26: 333}.get(number, 500)
        found.append(
            Let(
                f"L{number:02d}",
                f"T{number:02d}",
                unit,
                name,
                phone,
                start,
                last,
                rent,
                water,
                {27: 15}.get(number, 1),
            )
        )
    return found


def shillings(amount: int) -> str:
    """Whole shillings as a plain amount."""
    return f"{amount}.00"


def cents(minor: int) -> str:
    """Minor units as a plain amount."""
    return Money(minor, KES).plain()


def portfolio_rows(all_lets: Sequence[Let]) -> dict[str, list[dict[str, str]]]:
    """Properties, units, tenants and leases."""
    owner = {"landlord_name": "Halima Noor", "landlord_phone": "0722000111"}
    properties = [
        {"property_id": "P1", "name": "Acacia Court", "address": "Kirichwa Road, Kilimani, Nairobi", **owner},
        {"property_id": "P2", "name": "Nyali Breeze", "address": "Links Road, Nyali, Mombasa", **owner},
    ]
    units = [
        {"unit_id": f"U{n:02d}", "property_id": "P2" if c.startswith("NB") else "P1", "code": c}
        for n, c in enumerate(UNITS, 1)
    ]
    tenants = [
        {
            "tenant_id": let.tenant_id,
            "name": let.name,
            "phones": let.phone if n % 3 else f"0{let.phone[3:]}",
            "email": f"{let.name.split()[0].lower()}@example.com" if n % 4 == 0 else "",
        }
        for n, let in enumerate(all_lets)
    ]
    leases = [lease_row(let) for let in all_lets]
    return {"properties": properties, "units": units, "tenants": tenants, "leases": leases}


def lease_row(let: Let) -> dict[str, str]:
    """One row of leases.csv."""
    new = let.start >= FIRST_BILLING_DAY
    return {
        "lease_id": let.lease_id,
        "unit_id": f"U{UNITS.index(let.unit) + 1:02d}",
        "tenant_ids": let.tenant_id,
        "start_day": let.start.isoformat(),
        "last_day": let.last.isoformat() if let.last else "",
        "status": "notice" if let.last and let.last >= FIRST_BILLING_DAY else "",
        "rent": shillings(let.rent),
        "service_charge": shillings(1_500 if let.unit.startswith("NB") else 1_000),
        "water": shillings(let.water),
        "billing_day": str(let.billing_day),
        "due_day": "5" if let.billing_day == 1 else "20",
        "grace_days": "3",
        "deposit": shillings(let.rent),
        "deposit_held": "" if new else shillings(let.rent),
        "opening_balance": {"L05": "7250.00", "L12": "-3000.00"}.get(let.lease_id, ""),
        "currency": "KES",
    }


def money_rows(all_lets: Sequence[Let]) -> dict[str, list[dict[str, str]]]:
    """Two months of invoices; most are paid, some in part, some not, one too much, three by an employer."""
    invoices: list[dict[str, str]] = []
    payments: list[dict[str, str]] = []
    receipts: list[dict[str, str]] = []
    for month, (issued, due) in enumerate(MONTHS):
        of_staff: list[tuple[str, int]] = []
        for index, let in enumerate(all_lets):
            amount = billed_minor(let, issued)
            if not amount:
                continue
            day, due_day = (issued, due) if let.billing_day == 1 else (issued + timedelta(14), issued + timedelta(19))
            day = max(day, let.start)
            invoice_id = f"I{len(invoices) + 1:04d}"
            paid = paid_minor(let.lease_id, month, amount)
            invoices.append(
                {
                    "invoice_id": invoice_id,
                    "number": f"2026/{len(invoices) + 1:04d}",
                    "lease_id": let.lease_id,
                    "issue_day": day.isoformat(),
                    "due_day": max(day, due_day).isoformat(),
                    "amount": cents(amount),
                    "balance": cents(amount - min(paid, amount)),
                    "description": f"Rent and charges {issued:%B %Y}",
                    "currency": "KES",
                }
            )
            if let.lease_id in STAFF:
                of_staff.append((invoice_id, amount))
            elif paid:
                pay_day = day + timedelta(index % 6)
                payment = payment_row(let, len(payments) + 1, pay_day, paid)
                payments.append(payment)
                receipts.append(
                    receipt_row(len(receipts) + 1, payment["payment_id"], invoice_id, pay_day, min(paid, amount))
                )
        pay_day = issued + timedelta(3)
        whole = sum(amount for _, amount in of_staff)
        payment_id = f"M{len(payments) + 1:04d}"
        payments.append(
            {
                "payment_id": payment_id,
                "day": pay_day.isoformat(),
                "amount": cents(whole),
                "reference": "STAFF HOUSING",
                "payer_name": EMPLOYER,
            }
        )
        next_number = len(receipts) + 1
        receipts.extend(
            receipt_row(next_number + n, payment_id, invoice_id, pay_day, amount)
            for n, (invoice_id, amount) in enumerate(of_staff)
        )
    return {"invoices": invoices, "payments": payments, "receipts": receipts}


def billed_minor(let: Let, issued: date) -> int:
    """What the old system billed for that month, in cents."""
    if let.start >= FIRST_BILLING_DAY or (let.last and let.last < issued):
        return 0
    if let.start > issued and let.billing_day == 1:
        if let.start.month != issued.month or let.start.year != issued.year:
            return 0
        return round_half_up(let.month * 100 * (32 - let.start.day), 31)
    return let.month * 100


def paid_minor(lease_id: str, month: int, amount: int) -> int:
    """What was paid of it: most paid all."""
    if lease_id in ("L04", "L18") or (lease_id in ("L06", "L13", "L20") and month == 1):
        return 0
    if lease_id in ("L09", "L23") and month == 1:
        return amount // 200 * 100
    return amount + 200_000 if lease_id == "L02" and month == 1 else amount


def payment_row(let: Let, number: int, day: date, minor: int) -> dict[str, str]:
    """One row of payments.csv, with M-Pesa's id where it had one."""
    return {
        "payment_id": f"M{number:04d}",
        "lease_id": let.lease_id,
        "day": day.isoformat(),
        "amount": cents(minor),
        "transaction_id": "" if number % 5 == 0 else receipt_number(day, number),
        "reference": let.unit,
        "payer_name": let.name.upper(),
        "payer_phone": let.phone,
        "currency": "KES",
    }


def receipt_row(number: int, payment_id: str, invoice_id: str, day: date, minor: int) -> dict[str, str]:
    """One row of receipts.csv."""
    return {
        "receipt_id": f"R{number:04d}",
        "number": f"RC-{number:04d}",
        "payment_id": payment_id,
        "invoice_id": invoice_id,
        "day": day.isoformat(),
        "amount": cents(minor),
    }


def receipt_number(day: date, number: int) -> str:
    """A transaction id in M-Pesa's shape: year and month as letters, the day, and a counter."""
    signs = "123456789ABCDEFGHIJKLMNOPQRSTUV"
    year, month = chr(ord("A") + day.year - 2007), chr(ord("A") + day.month - 1)
    return f"{year}{month}{signs[day.day - 1]}{number * 7717 % 10_000_000:07d}"


@frozen
class Entry:
    """One row of the M-Pesa statement before balances."""

    at: datetime
    details: str
    reason: str
    party: str = ""
    account: str = ""
    minor: int = 0
    status: str = "Completed"
    linked: str = ""
    number: str = ""


def masked(phone: str) -> str:
    """A phone as the statement shows it."""
    return f"{phone[:4]}****{phone[-4:]}"


def paid_in(at: datetime, phone: str, name: str, account: str, shillings_in: int, status: str = "Completed") -> Entry:
    """A customer's payment."""
    party = f"{masked(phone)} - {name.upper()}"
    details = f"Pay Bill from {party} Acc. {account}" if account else f"Customer Payment to Small Business from {party}"
    return Entry(at, details, "Pay Bill", party, account, shillings_in * 100, status)


def mistyped(reference: str) -> str:
    """The reference with one sign wrong."""
    sign = "3" if reference[2] != "3" else "4"
    return reference[:2] + sign + reference[3:]


def november(all_lets: Sequence[Let], reference_of_lease: dict[str, str]) -> list[Entry]:
    """The month's rows in order of time."""
    found: list[Entry] = []
    for index, let in enumerate(all_lets):
        if let.lease_id in (*STAFF, "L18", "L20", "L21", "L26"):
            continue
        reference = reference_of_lease[let.lease_id]
        at = datetime(2026, 11, 1 + index % 7, 8 + index % 11, (index * 13) % 60, (index * 29) % 60, tzinfo=UTC)
        name, phone = let.name, let.phone
        if let.lease_id in ("L03", "L11"):
            half = let.month // 2
            found.append(paid_in(at, phone, name, reference, half))
            found.append(paid_in(at + timedelta(days=6, minutes=7), phone, name, reference, let.month - half))
        elif let.lease_id == "L06":
            found.append(paid_in(at, phone, name, reference, 2 * let.month))
        elif let.lease_id == "L13":
            found.append(paid_in(at, phone, name, "OCT AND NOV", 2 * let.month))
        elif let.lease_id in ("L14", "L19"):
            found.append(paid_in(at, phone, name, mistyped(reference), let.month))
        elif let.lease_id in ("L16", "L24"):
            found.append(paid_in(at, phone, name, "RENT NOVEMBER" if let.lease_id == "L16" else name, let.month))
        elif let.lease_id == "L17":
            found.append(paid_in(at, "254733909101", "Daniel Odhiambo", let.unit, let.month))
        elif let.lease_id in ("L05", "L07", "L10", "L12"):
            wording = {
                "L05": let.unit,
                "L07": f"{let.unit[0].lower()} {let.unit[1:]}",
                "L10": f"HSE {let.unit}",
                "L12": f"{let.unit[0]}-{let.unit[1:]}",
            }
            found.append(paid_in(at, phone, name, wording[let.lease_id], let.month))
        elif let.lease_id == "L25":
            found.append(paid_in(at, phone, name, f"{reference[:3]} {reference[3:]}".lower(), let.month))
        else:
            found.append(paid_in(at, phone, name, reference, let.month))
    staff = sum(let.month for let in all_lets if let.lease_id in STAFF)
    units = " ".join(let.unit for let in all_lets if let.lease_id in STAFF)
    day = datetime(2026, 11, 4, 11, 30, 5, tzinfo=UTC)
    found += [
        Entry(
            day,
            f"Business to Business Transfer from 522533 - {EMPLOYER} Acc. {units}",
            "Business to Business",
            f"522533 - {EMPLOYER}",
            units,
            staff * 100,
        ),
        paid_in(
            datetime(2026, 11, 12, 8, 45, 11, tzinfo=UTC), all_lets[8].phone, all_lets[8].name, "B1 BALANCE", 7_500
        ),
        paid_in(datetime(2026, 11, 12, 17, 31, 50, tzinfo=UTC), all_lets[22].phone, all_lets[22].name, "NB 7", 5_000),
        paid_in(datetime(2026, 11, 13, 6, 58, 27, tzinfo=UTC), "254711640777", "Brian Mutua", "A4", 4_000),
        paid_in(datetime(2026, 11, 3, 19, 2, 44, tzinfo=UTC), "254701555000", "Kelvin Maina", "CHAMA", 2_500),
        paid_in(datetime(2026, 11, 9, 7, 15, 3, tzinfo=UTC), "254799123456", "Faith Cherono", "", 13_000),
        paid_in(
            datetime(2026, 11, 5, 9, 9, 9, tzinfo=UTC), all_lets[19].phone, all_lets[19].name, "A20", 15_000, "Failed"
        ),
        paid_in(
            datetime(2026, 11, 6, 21, 40, 0, tzinfo=UTC), all_lets[20].phone, all_lets[20].name, "NB5", 20_000, "Failed"
        ),
        paid_in(
            datetime(2026, 11, 10, 12, 0, 31, tzinfo=UTC),
            all_lets[25].phone,
            all_lets[25].name,
            reference_of_lease["L26"],
            all_lets[25].rent,
        ),
        Entry(
            datetime(2026, 11, 8, 16, 0, 0, tzinfo=UTC),
            "Organization Settlement Account Transfer to bank",
            "Organization Withdrawal",
            minor=-25_000_000,
        ),
        Entry(
            datetime(2026, 11, 8, 16, 0, 0, tzinfo=UTC),
            "Organization Settlement Account Transfer Charge",
            "Withdrawal Charge",
            minor=-11_500,
        ),
        Entry(
            datetime(2026, 11, 11, 10, 22, 8, tzinfo=UTC),
            f"Business Payment to Customer to {masked('254720111222')} - JUMA PLUMBER",
            "Business Payment",
            minor=-350_000,
        ),
    ]
    return sorted(found, key=lambda entry: entry.at)


def with_numbers(entries: Sequence[Entry]) -> list[Entry]:
    """Each entry with its id, a charge beside every seventh payment, and one payment taken back."""
    found: list[Entry] = []
    for place, entry in enumerate(entries):
        number = receipt_number(entry.at.date(), 5_000 + place * 31)
        numbered = Entry(
            entry.at,
            entry.details,
            entry.reason,
            entry.party,
            entry.account,
            entry.minor,
            entry.status,
            entry.linked,
            number,
        )
        found.append(numbered)
        if place % 4 == 0 and entry.minor > 0 and entry.status == "Completed":
            found.append(
                Entry(entry.at, "Pay Bill Charge", "Pay Bill Charge", minor=-3_300, linked=number, number=number)
            )
        if entry.account == "CHAMA":
            at = entry.at + timedelta(days=1, hours=2)
            taken_back = receipt_number(at.date(), 9_001)
            found.append(
                Entry(
                    at,
                    f"Reversal of {number} by initiator",
                    "Pay Bill Reversal",
                    entry.party,
                    "",
                    -entry.minor,
                    linked=number,
                    number=taken_back,
                )
            )
    return sorted(found, key=lambda entry: entry.at)


def mpesa_statement(entries: Sequence[Entry]) -> str:
    """The statement in its real format, newest first."""
    balance, total_in, total_out = OPENING_BALANCE, 0, 0
    rows: list[list[str]] = []
    for entry in with_numbers(entries):
        done = entry.status == "Completed"
        balance += entry.minor if done else 0
        total_in += max(entry.minor, 0) if done else 0
        total_out += max(-entry.minor, 0) if done else 0
        time = f"{entry.at:%d-%m-%Y %H:%M:%S}"
        incoming, outgoing = (grouped(entry.minor), "") if entry.minor > 0 else ("", grouped(entry.minor))
        middle = [entry.details, entry.status, incoming, outgoing, grouped(balance), "true", entry.reason]
        rows.append([entry.number, time, time, *middle, entry.party, entry.linked, entry.account])
    header = [
        "Receipt No.",
        "Completion Time",
        "Initiation Time",
        "Details",
        "Transaction Status",
        "Paid In",
        "Withdrawn",
    ]
    header += ["Balance", "Balance Confirmed", "Reason Type", "Other Party Info", "Linked Transaction ID", "A/C No."]
    preamble = [
        ["Account Holder:", "HALIMA NOOR PROPERTIES"],
        ["Short Code:", SHORT_CODE],
        ["Account:", "Utility Account"],
        ["Time Period:", "From 01-11-2026 00:00:00 To 15-11-2026 23:59:59"],
        ["Opening Balance:", grouped(OPENING_BALANCE)],
        ["Closing Balance:", grouped(balance)],
        ["Total Paid In:", grouped(total_in)],
        ["Total Withdrawn:", grouped(total_out)],
        [],
    ]
    return table([*preamble, header, *reversed(rows)])


def grouped(minor: int) -> str:
    """An amount as the statement prints it."""
    return Money(minor, KES).plain(grouped=True)


def bank_statement(all_lets: Sequence[Let], reference_of_lease: dict[str, str]) -> str:
    """A bank statement of the profile debit-credit."""
    by_id = {let.lease_id: let for let in all_lets}
    l20, l21, l02 = by_id["L20"], by_id["L21"], by_id["L02"]
    rows: list[tuple[str, str, str, str, int]] = [
        (
            "02/11/2026",
            "FT26306K7Q01",
            f"EFT BY {l20.name.upper()} {l20.phone}",
            reference_of_lease["L20"],
            2 * l20.month * 100,
        ),
        ("03/11/2026", "FT26307P3M02", f"MOBILE TRANSFER BY {l21.name.upper()} REF {l21.unit}", "", l21.month * 100),
        ("05/11/2026", "FT26309C1X03", "LEDGER FEES", "", -12_000),
        ("06/11/2026", "FT26310D9T04", f"EFT BY {l02.name.upper()} TOPUP", l02.unit, 50_000),
        ("07/11/2026", "FT26311H5R05", "CASH DEPOSIT KILIMANI BRANCH", "", 900_000),
        ("08/11/2026", "FT26312W2Y06", f"MPESA SWEEP {SHORT_CODE}", "", 25_000_000),
        ("10/11/2026", "FT26314B8N07", "CHEQUE 000482 COUNTY LAND RATES", "", -6_480_000),
        ("12/11/2026", "FT26316Z4V08", "EXCISE DUTY ON LEDGER FEES", "", -2_400),
    ]
    balance = 31_250_000
    body: list[list[str]] = []
    for day, number, details, reference, minor in rows:
        balance += minor
        debit, credit = (grouped(-minor), "") if minor < 0 else ("", grouped(minor))
        body.append([day, day, number, details, reference, debit, credit, grouped(balance)])
    debits, credits_ = -sum(min(row[4], 0) for row in rows), sum(max(row[4], 0) for row in rows)
    header = ["Transaction Date", "Value Date", "Transaction Reference", "Transaction Details", "Customer Reference"]
    header += ["Debit", "Credit", "Running Balance"]
    preamble = [["ACCOUNT STATEMENT"], ["Account Number", BANK_ACCOUNT], ["Currency", "KES"], []]
    return table([*preamble, header, *body, ["Total", "", "", "", "", grouped(debits), grouped(credits_), ""]])


def table(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def write_sample(folder: Path) -> None:
    """The seven files of the first system, then the statements with the references that their leases get."""
    book = folder / "first_system"
    book.mkdir(parents=True, exist_ok=True)
    all_lets = lets()
    rows_of_file = portfolio_rows(all_lets) | money_rows(all_lets)
    for spec in FILES:
        names = [column.name for column in spec.columns]
        rows = [[row.get(name, "") for name in names] for row in rows_of_file[spec.name]]
        (book / spec.file).write_text(table([names, *rows]), "utf-8")
    plan = plan_import(
        read_first_system_folder(book),
        portfolio=Portfolio(PORTFOLIO, "Sample portfolio"),
        collection_account_id=CollectionAccountId("first"),
        first_billing_day=FIRST_BILLING_DAY,
        recorded_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    our_ids = {link.our_id: link.external_id for link in plan.links if link.kind == "lease"}
    reference_of_lease = {our_ids[lease.lease_id]: lease.reference for lease in plan.leases}
    entries = november(all_lets, reference_of_lease)
    (folder / "mpesa_statement_2026-11.csv").write_text(mpesa_statement(entries), "utf-8")
    (folder / "bank_statement_2026-11.csv").write_text(bank_statement(all_lets, reference_of_lease), "utf-8")


if __name__ == "__main__":
    write_sample(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
