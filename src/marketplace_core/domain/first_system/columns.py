"""The files of the first system and their columns, as data: parsing, checks and documents come from here."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from attrs import frozen


class Format(StrEnum):
    """How a cell is written; a blank cell of a column that is not required says nothing."""

    ID = "1 to 60 letters, digits and . _ : / -"
    IDS = "ids, separated by semicolons"
    TEXT = "text"
    DAY = "yyyy-mm-dd"
    AMOUNT = "15000.00, above zero"
    SIZE = "15000.00, zero or more"
    SIGNED = "15000.00 or -15000.00"
    DAY_OF_MONTH = "1 to 31"
    WHOLE = "0 or more, whole"
    PHONES = "Kenyan phones, separated by semicolons"
    CURRENCY = "code such as KES"
    STATUS = "draft, active, notice, ended or cancelled"


@frozen
class Column:
    """One column of a file."""

    name: str
    format: Format
    meaning: str
    required: bool = False


@frozen
class FileSpec:
    """One file: its first column is the old system's id of a row, unique in the file."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    required: bool = False

    @property
    def key(self) -> str:
        """The column of the id."""
        return self.columns[0].name

    @property
    def file(self) -> str:
        """The name of the file in the folder."""
        return f"{self.name}.csv"


_CURRENCY: Final = Column("currency", Format.CURRENCY, "Must be the portfolio's; blank means that.")

PROPERTIES: Final = FileSpec(
    "properties",
    "Buildings or plots.",
    (
        Column("property_id", Format.ID, "The old system's id.", required=True),
        Column("name", Format.TEXT, "What people call it.", required=True),
        Column("address", Format.TEXT, "Street, estate, town."),
        Column("landlord_name", Format.TEXT, "Who owns it; equal names and phones are one person."),
        Column("landlord_phone", Format.PHONES, "The owner's phones."),
    ),
    required=True,
)
UNITS: Final = FileSpec(
    "units",
    "What is let.",
    (
        Column("unit_id", Format.ID, "The old system's id.", required=True),
        Column("property_id", Format.ID, "The property it is in.", required=True),
        Column("code", Format.TEXT, "The code on the door, unique in the portfolio: A1.", required=True),
    ),
    required=True,
)
TENANTS: Final = FileSpec(
    "tenants",
    "People who rent.",
    (
        Column("tenant_id", Format.ID, "The old system's id.", required=True),
        Column("name", Format.TEXT, "Full name.", required=True),
        Column("phones", Format.PHONES, "Every phone that the tenant pays from; kept as 2547…."),
        Column("email", Format.TEXT, "Address for letters."),
        Column("national_id", Format.TEXT, "Identity card; personal data."),
    ),
    required=True,
)
LEASES: Final = FileSpec(
    "leases",
    "Who rents which unit, since when, and for what.",
    (
        Column("lease_id", Format.ID, "The old system's id.", required=True),
        Column("unit_id", Format.ID, "The unit let.", required=True),
        Column("tenant_ids", Format.IDS, "The tenants, the main one first.", required=True),
        Column("start_day", Format.DAY, "The first day.", required=True),
        Column("last_day", Format.DAY, "The last day, included; blank while open."),
        Column("status", Format.STATUS, "Blank: ended if over before the first billing day, else active."),
        Column("rent", Format.SIZE, "Rent of a whole billing period.", required=True),
        Column("service_charge", Format.AMOUNT, "The same for the service charge."),
        Column("water", Format.AMOUNT, "The same for water."),
        Column("electricity", Format.AMOUNT, "The same for electricity."),
        Column("garbage", Format.AMOUNT, "The same for garbage."),
        Column("parking", Format.AMOUNT, "The same for parking."),
        Column("billing_day", Format.DAY_OF_MONTH, "The day on which periods begin; blank: 1."),
        Column("due_day", Format.DAY_OF_MONTH, "The day of the month it is due by; blank: when the period begins."),
        Column("grace_days", Format.WHOLE, "Days after the due day without a late fee; blank: 0."),
        Column(
            "deposit",
            Format.SIZE,
            "The deposit agreed; billed here only where the lease begins on or after the first billing day.",
        ),
        Column("deposit_held", Format.SIZE, "The deposit held on the day before the first billing day."),
        Column(
            "opening_balance",
            Format.SIGNED,
            "What the tenant owes beyond the rows of invoices and payments; negative: what stands to their credit.",
        ),
        _CURRENCY,
    ),
    required=True,
)
INVOICES: Final = FileSpec(
    "invoices",
    "Old invoices, issued before the first billing day.",
    (
        Column("invoice_id", Format.ID, "The old system's id.", required=True),
        Column("number", Format.TEXT, "The number printed on it, unique; kept in the series OLD.", required=True),
        Column("lease_id", Format.ID, "The lease billed.", required=True),
        Column("issue_day", Format.DAY, "When it was issued.", required=True),
        Column("due_day", Format.DAY, "When it was due.", required=True),
        Column("amount", Format.AMOUNT, "The total.", required=True),
        Column("balance", Format.SIZE, "What is still open; must equal the amount less its receipts."),
        Column("description", Format.TEXT, "What it was for."),
        _CURRENCY,
    ),
)
PAYMENTS: Final = FileSpec(
    "payments",
    "Money received in the old system.",
    (
        Column("payment_id", Format.ID, "The old system's id.", required=True),
        Column("lease_id", Format.ID, "Whose account it is; blank where one payer paid for several leases."),
        Column("day", Format.DAY, "When it was paid.", required=True),
        Column("amount", Format.AMOUNT, "How much.", required=True),
        Column(
            "transaction_id",
            Format.ID,
            "The provider's id, unique: so a statement over the same days adds nothing. Blank: FIRST- and the id.",
        ),
        Column("reference", Format.TEXT, "What the payer wrote."),
        Column("payer_name", Format.TEXT, "Who paid."),
        Column("payer_phone", Format.PHONES, "From which phone."),
        _CURRENCY,
    ),
)
RECEIPTS: Final = FileSpec(
    "receipts",
    "Which payment paid how much of which invoice.",
    (
        Column("receipt_id", Format.ID, "The old system's id.", required=True),
        Column("number", Format.TEXT, "The number printed on it; blank: the id."),
        Column("payment_id", Format.ID, "The payment.", required=True),
        Column("invoice_id", Format.ID, "The invoice that it paid.", required=True),
        Column("day", Format.DAY, "When it was issued.", required=True),
        Column("amount", Format.AMOUNT, "How much of the payment went to the invoice.", required=True),
    ),
)

FILES: Final = (PROPERTIES, UNITS, TENANTS, LEASES, INVOICES, PAYMENTS, RECEIPTS)


def markdown_table(spec: FileSpec) -> str:
    """The table of a file's columns, as the documents show it."""
    lines = ["| column | required | written as | meaning |", "|---|---|---|---|"]
    for column in spec.columns:
        required = "yes" if column.required else ""
        lines.append(f"| `{column.name}` | {required} | {column.format.value} | {column.meaning} |")
    return "\n".join(lines)
