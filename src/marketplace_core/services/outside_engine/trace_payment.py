"""Say by what payments and invoices of ours are known in an outside engine's books: keys, markers, their ids."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from attrs import frozen

from marketplace_core.domain.access import Reach
from marketplace_core.domain.credit import Credit, CreditSource
from marketplace_core.domain.identifiers import PaymentId, PortfolioId
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.outside_engine.markers import marker_of, payment_keys_of
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.domain.outside_engine.setting import LinkKind
from marketplace_core.domain.payment import Payment
from marketplace_core.domain.register import INVOICES
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.matches import Matches
from marketplace_core.ports.outside_engine.engine_intents import EngineIntents
from marketplace_core.ports.outside_engine.engine_links import EngineLinks
from marketplace_core.ports.payment_inbox import PaymentInbox
from marketplace_core.ports.register import Register


@frozen
class CreditTrace:
    """One lease's part of a payment.

    There it is the payments whose keys begin with ``payment_keys`` and the items that carry one of ``given`` (credit
    that fits no invoice yet), less the items that carry one of ``ended`` (charges that took such credit back).
    """

    credit: Credit
    account: AccountKey
    payment_keys: str
    given: tuple[str, ...]
    ended: tuple[str, ...]


@frozen
class PaymentTrace:
    """A payment as it is known there; ``made_there`` are their ids where it was made there and came here."""

    payment: Payment
    made_there: tuple[str, ...]
    credits: tuple[CreditTrace, ...]


@frozen
class InvoiceTrace:
    """An invoice as it is known there: by the ids of theirs that are linked, or by the markers of charges."""

    invoice: Invoice
    account: AccountKey
    linked: tuple[str, ...]
    charged: tuple[str, ...]


@frozen
class TraceInvoice:
    """Asks our own records alone; ``system`` is how links name the engine."""

    register: Register
    links: EngineLinks
    intents: EngineIntents
    system: str

    def __call__(self, reach: Reach, portfolio_id: PortfolioId, invoice_id: str) -> InvoiceTrace:
        """``NotFound`` for an invoice that is out of reach."""
        invoice = self.register.one(reach, INVOICES, invoice_id).invoice
        key = AccountKey(portfolio_id, invoice.lease_id)
        sent = {it.marker for it in self.intents.intents_of(key) if it.attempts}
        linked = self.links.external_of(portfolio_id, self.system, LinkKind.INVOICE.value, [invoice_id])
        charged = tuple(_turns(key, "charge", invoice_id, sent))
        return InvoiceTrace(invoice, key, tuple(it.external_id for it in linked), charged)


@frozen
class TracePayment:
    """Asks our own records alone; ``system`` is how links name the engine."""

    inbox: PaymentInbox
    matches: Matches
    accounts: LeaseAccounts
    links: EngineLinks
    intents: EngineIntents
    system: str

    def __call__(self, portfolio_id: PortfolioId, payment_id: PaymentId) -> PaymentTrace:
        """Credits of undone matches with the others, by lease; ``NotFound`` for an unknown payment."""
        payment = self.inbox.payment(portfolio_id, payment_id).payment
        linked = self.links.external_of(portfolio_id, self.system, LinkKind.PAYMENT.value, [payment_id])
        matches = self.matches.matches_of(portfolio_id, payment_id)
        leases = sorted({part.lease_id for match in matches for part in match.slices})
        keys = [AccountKey(portfolio_id, it) for it in leases]
        found = tuple(trace for key in keys for trace in self._of_lease(key, payment_id))
        return PaymentTrace(payment, tuple(it.external_id for it in linked), found)

    def _of_lease(self, key: AccountKey, payment_id: PaymentId) -> Iterator[CreditTrace]:
        account = self.accounts.account(key.portfolio_id, key.lease_id)
        sent = {it.marker for it in self.intents.intents_of(key) if it.attempts}
        for credit in account.credits:
            if credit.source is CreditSource.PAYMENT and credit.source_id == payment_id:
                given, ended = (tuple(_turns(key, kind, credit.credit_id, sent)) for kind in ("rest", "end"))
                yield CreditTrace(credit, key, payment_keys_of(credit.credit_id), given, ended)


def _turns(key: AccountKey, kind: str, subject: str, sent: Collection[str]) -> Iterator[str]:
    """The marker of each time that it was sent."""
    turn = 0
    while (marker := marker_of(key, kind, subject, turn)) in sent:
        yield marker
        turn += 1
