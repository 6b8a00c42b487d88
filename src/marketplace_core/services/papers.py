"""Gather what receipts and statements say, of no more than is in reach."""

from __future__ import annotations

from datetime import date

from attrs import frozen

from marketplace_core.domain.access import Reach
from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.credit import Credit, CreditSource
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import CollectionAccountId, LeaseId, PaymentId, ReceiptId, derive_id
from marketplace_core.domain.matching import Match
from marketplace_core.domain.money import Money
from marketplace_core.domain.papers import PaidInvoice, ReceiptPaper, StatementPaper
from marketplace_core.domain.register import LEASES, PAYMENTS, RECEIPTS, LeaseEntry
from marketplace_core.domain.statement import statement
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.matches import Matches
from marketplace_core.ports.register import Register


@frozen
class MakePapers:
    """Gathers papers; ``NotFound`` where what they are of is out of reach."""

    register: Register
    directory: Directory
    accounts: LeaseAccounts
    matches: Matches

    def receipt(self, reach: Reach, receipt_id: ReceiptId, as_of: date) -> ReceiptPaper:
        """What a receipt says of the leases in reach that its payment was given to, and what these owe on a day."""
        own = reach.portfolio_id
        found = self.register.one(reach, RECEIPTS, receipt_id)
        payment = self.register.one(reach, PAYMENTS, found.receipt.payment_id).payment
        accounts = [self.accounts.account(own, it) for it in found.lease_ids]
        match = self._match_of(reach, found.receipt.receipt_id, payment.payment_id)
        credits_ = [
            (account, credit)
            for account in accounts
            for credit in account.credits
            if credit.source is CreditSource.PAYMENT and credit.source_id == payment.payment_id
            if match is None or credit.match_id == match.match_id
        ]
        units = {self.register.one(reach, LEASES, account.lease.lease_id).unit_code for account, _ in credits_}
        zero = Money.zero(found.receipt.amount.currency)
        of = {account.lease.lease_id: account for account, _ in credits_}.values()
        return ReceiptPaper(
            self.directory.portfolio(own).name,
            found.receipt.number,
            found.receipt.issued_on,
            payment.payer.name,
            tuple(sorted(units)),
            found.receipt.amount,
            self._method(reach, payment.collection_account_id),
            payment.transaction_id,
            tuple(paid for account, credit in credits_ for paid in _paid_by(account, credit, as_of)),
            sum((account.unapplied_of(credit.credit_id, as_of) for account, credit in credits_), zero),
            sum((account.outstanding(as_of) - account.unapplied(as_of) for account in of), zero),
            payment.reversed_on,
            match is not None and match.undone_at is not None,
        )

    def statement(self, reach: Reach, lease_id: LeaseId, span: DateSpan, made_on: date) -> StatementPaper:
        """The statement of a lease in reach."""
        entry: LeaseEntry = self.register.one(reach, LEASES, lease_id)
        return StatementPaper(
            self.directory.portfolio(reach.portfolio_id).name,
            tuple(it for it in entry.tenant_names if it),
            entry.unit_code,
            entry.lease.reference,
            made_on,
            statement(self.accounts.account(reach.portfolio_id, lease_id), span),
        )

    def _match_of(self, reach: Reach, receipt_id: ReceiptId, payment_id: PaymentId) -> Match | None:
        """The match that a receipt acknowledges; None for one of an imported book."""
        for match in self.matches.matches_of(reach.portfolio_id, payment_id):
            if derive_id("rct", match.match_id) == receipt_id:
                return match
        return None

    def _method(self, reach: Reach, account_id: CollectionAccountId) -> str:
        for account in self.directory.collection_accounts(reach.portfolio_id):
            if account.collection_account_id == account_id:
                return f"{account.kind.capitalize()} {account.number}".strip()
        return ""


def _paid_by(account: LeaseAccount, credit: Credit, as_of: date) -> list[PaidInvoice]:
    return [
        PaidInvoice(account.invoice(it.invoice_id).number, it.amount)
        for it in account.standing_allocations()
        if it.credit_id == credit.credit_id and it.holds(as_of)
    ]
