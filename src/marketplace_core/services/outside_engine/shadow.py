"""Bill the same leases by both engines and say where they differ; nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import frozen

from marketplace_core.domain.billing import bill
from marketplace_core.domain.days import ONE_DAY, DateSpan
from marketplace_core.domain.identifiers import ChargeId, LeaseId, PortfolioId
from marketplace_core.domain.invoice import Invoice, InvoiceKind
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.records import (
    AccountKey,
    ItemKind,
    TheirBooks,
    TheirInvoiceStatus,
    TheirItem,
)
from marketplace_core.domain.outside_engine.shadow import ShadowDifference, ShadowRule, shadow
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.outside_engine.engine_reading import EngineReading


@frozen
class EnginesCompared:
    """Both engines over one window: leases compared, those without an account there, sums, and each difference.

    The sums are of recurring charges: ``native`` and ``engine`` what each bills for periods that begin in the window.
    """

    leases: int
    without_account: tuple[LeaseId, ...]
    native: Money
    engine: Money
    differences: tuple[ShadowDifference, ...]

    @property
    def unexplained(self) -> tuple[ShadowDifference, ...]:
        """Those that no documented rule explains."""
        return tuple(it for it in self.differences if it.rule is ShadowRule.UNEXPLAINED)


@frozen
class CompareEngines:
    """What the native engine would bill beside what the outside one has billed and would bill."""

    reading: EngineReading
    accounts: LeaseAccounts
    directory: Directory
    clock: Clock

    def __call__(self, portfolio_id: PortfolioId, window: DateSpan) -> EnginesCompared:
        """Every lease that is billed, lease by lease."""
        currency = self.directory.portfolio(portfolio_id).currency
        native = engine = Money.zero(currency)
        missing: list[LeaseId] = []
        found: list[ShadowDifference] = []
        leases = 0
        for lease in [it for it in self.accounts.leases(portfolio_id) if it.is_billable]:
            theirs = self.reading.books_of(AccountKey(portfolio_id, lease.lease_id))
            if theirs is None:
                missing.append(lease.lease_id)
                continue
            leases += 1
            standing = list(self.accounts.account(portfolio_id, lease.lease_id).standing_invoices())
            ours = bill(lease, window, self.clock.now(), _billed_alone(standing))
            items = (*_billed(theirs), *self.reading.preview(theirs.account.account_id, window.end - ONE_DAY))
            native += _native_sum(lease, ours)
            engine += _engine_sum(lease, window, items)
            found.extend(shadow(lease, window, ours, items, _periods(standing)))
        return EnginesCompared(leases, tuple(missing), native, engine, tuple(found))


def _periods(standing: Iterable[Invoice]) -> frozenset[DateSpan]:
    """The periods that a recurring invoice of ours stands for."""
    return frozenset(it.period for it in standing if it.kind is InvoiceKind.RECURRING)


def _billed_alone(standing: Iterable[Invoice]) -> frozenset[ChargeId]:
    """Charges that were billed at once: neither engine bills them again."""
    lines = (line for it in standing if it.kind is not InvoiceKind.RECURRING for line in it.lines)
    return frozenset(it.charge_id for it in lines if it.charge_id is not None)


def _billed(theirs: TheirBooks) -> Iterator[TheirItem]:
    for invoice in theirs.invoices:
        if invoice.status is TheirInvoiceStatus.COMMITTED:
            yield from (it for it in invoice.items if it.kind is not ItemKind.CREDIT_MOVED)


def _native_sum(lease: Lease, invoices: tuple[Invoice, ...]) -> Money:
    once = {it.charge_id for it in lease.one_off_charges}
    lines = (line for it in invoices if it.kind is InvoiceKind.RECURRING for line in it.lines)
    minor = sum(line.amount.amount_minor for line in lines if line.charge_id not in once)
    return Money(minor, lease.currency)


def _engine_sum(lease: Lease, window: DateSpan, items: tuple[TheirItem, ...]) -> Money:
    kinds = (ItemKind.RECURRING, ItemKind.REPAIR)
    spans = ((it.span, it.amount.amount_minor) for it in items if it.kind in kinds)
    minor = sum(it for span, it in spans if span is not None and window.start <= span.start < window.end)
    return Money(minor, lease.currency)
