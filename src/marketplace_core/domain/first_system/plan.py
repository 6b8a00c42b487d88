"""What an import will write, and the proof that it is what the files hold."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from attrs import frozen

from marketplace_core.domain.credit import Credit, Pin
from marketplace_core.domain.deposit import DepositEntry
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.money import Currency, Money, total
from marketplace_core.domain.party import Person, Portfolio, Property, Unit
from marketplace_core.domain.payment import PaymentReport, Receipt
from marketplace_core.errors import LawBroken, OverAllocation

SYSTEM = "first"


@frozen
class ExternalLink:
    """The first system's id of a thing, and ours."""

    kind: str
    external_id: str
    our_id: str
    system: str = SYSTEM


@frozen
class LeaseShare:
    """How much of a payment is a lease's, and which of its invoices that pays; the rest is its credit."""

    lease_id: LeaseId
    amount: Money
    pins: tuple[Pin, ...]


@frozen
class OldPayment:
    """A payment of the old book, and the leases whose it is: one, or several where one payer paid for them."""

    report: PaymentReport
    shares: tuple[LeaseShare, ...]

    def __attrs_post_init__(self) -> None:
        """Refuse shares that are not the whole payment."""
        if total((share.amount for share in self.shares), self.report.amount.currency) != self.report.amount:
            raise OverAllocation(f"payment {self.report.transaction_id}: its shares are not {self.report.amount}")


class TieKind(StrEnum):
    """What is counted and totalled on both sides."""

    PROPERTIES = "properties"
    UNITS = "units"
    TENANTS = "tenants"
    LEASES = "leases"
    RENT = "rent a period"
    INVOICES = "invoices"
    PAYMENTS = "payments"
    RECEIPTS = "receipts"
    OPENING_DEBT = "opening debt"
    OPENING_CREDIT = "opening credit"
    DEPOSITS = "deposits held"
    OUTSTANDING = "outstanding"
    UNAPPLIED = "unapplied credit"


@frozen
class TieLine:
    """Rows and sum in the files beside things and sum in the plan; the sums are None where nothing is summed."""

    kind: TieKind
    in_files: int
    in_plan: int
    sum_in_files: Money | None = None
    sum_in_plan: Money | None = None

    @property
    def ties(self) -> bool:
        """True where both sides are equal to the cent."""
        return self.in_files == self.in_plan and self.sum_in_files == self.sum_in_plan


@frozen
class ImportPlan:
    """Everything that the import will write, in values of the core; nothing is written by making it.

    Ids derive from the portfolio and the old ids, so planning twice gives the same plan. Old invoices are of kind
    OPENING in the series OLD with their old numbers; an opening debt is an invoice ``OB-`` and the old lease id.
    """

    portfolio: Portfolio
    properties: tuple[Property, ...]
    units: tuple[Unit, ...]
    people: tuple[Person, ...]
    leases: tuple[Lease, ...]
    invoices: tuple[Invoice, ...]
    payments: tuple[OldPayment, ...]
    receipts: tuple[Receipt, ...]
    opening_credits: tuple[Credit, ...]
    deposits: tuple[DepositEntry, ...]
    links: tuple[ExternalLink, ...]
    tie_out: tuple[TieLine, ...]

    def __attrs_post_init__(self) -> None:
        """Refuse a plan that is not what the files hold."""
        for line in self.tie_out:
            if not line.ties:
                raise LawBroken(
                    f"import of {line.kind}: files {line.in_files} ({line.sum_in_files}), "
                    f"plan {line.in_plan} ({line.sum_in_plan})"
                )


def sum_of(amounts: Iterable[Money | None], currency: Currency) -> Money:
    """The sum of those amounts that there are."""
    return total((amount for amount in amounts if amount is not None), currency)
