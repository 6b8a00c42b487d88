"""What a lease's account comes to, in few figures: enough to compare it with an outside engine's without loading it."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.credit import Credit, CreditSource, CreditUse
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.money import Currency, Money


@frozen
class LeaseNet:
    """What stands of a lease as last known, whatever days it is of: each figure in whole minor units of ``currency``.

    ``invoices`` are not void, ``invoiced_minor`` is their sum. ``payments`` are the credits of money received that
    have not ended, ``paid_minor`` is their sum; ``credited_minor`` is that of all other credits, ``used_minor`` that
    of the uses of credit. ``version`` is the lease's.
    """

    lease_id: LeaseId
    version: int
    currency: Currency
    invoices: int
    invoiced_minor: int
    payments: int
    paid_minor: int
    credited_minor: int
    used_minor: int

    @property
    def net_minor(self) -> int:
        """What the tenant owes less what stands to their credit: below zero where more stands to their credit."""
        return self.invoiced_minor + self.used_minor - self.paid_minor - self.credited_minor

    @property
    def net(self) -> Money:
        """The net as an amount."""
        return Money(self.net_minor, self.currency)


def net_of(account: LeaseAccount) -> LeaseNet:
    """The figures of an account: a credit or use counts until it has ended, an invoice until it is void."""
    invoices = list(account.standing_invoices())
    credits_ = [it for it in account.credits if it.ended_on is None]
    paid = [it for it in credits_ if it.source is CreditSource.PAYMENT]
    others = [it for it in credits_ if it.source is not CreditSource.PAYMENT]
    return LeaseNet(
        lease_id=account.lease.lease_id,
        version=account.lease.version,
        currency=account.lease.currency,
        invoices=len(invoices),
        invoiced_minor=_sum(invoices),
        payments=len(paid),
        paid_minor=_sum(paid),
        credited_minor=_sum(others),
        used_minor=_sum(it for it in account.uses if it.ended_on is None),
    )


def _sum(them: Iterable[Invoice | Credit | CreditUse]) -> int:
    return sum(it.amount.amount_minor for it in them)
