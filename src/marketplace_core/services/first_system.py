"""Write the plan of a first system's book: all of it in one step, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import evolve, frozen

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.account_decisions import add_credit, issue
from marketplace_core.domain.codec import canonical, digest, to_plain
from marketplace_core.domain.command import Command
from marketplace_core.domain.credit import Credit
from marketplace_core.domain.facts import (
    CollectionAccountOpened,
    DepositMoved,
    ExternalLinked,
    Fact,
    LeaseRecorded,
    MatchApplied,
    PaymentReceived,
    PersonRecorded,
    PortfolioOpened,
    PropertyRecorded,
    ReceiptIssued,
    UnitRecorded,
)
from marketplace_core.domain.first_system.plan import ImportPlan, OldPayment
from marketplace_core.domain.identifiers import CommandId, MatchId, derive_id
from marketplace_core.domain.match_decisions import credit_of
from marketplace_core.domain.matching import Match, Slice
from marketplace_core.domain.payment import CollectionAccount, Payment
from marketplace_core.ports.books import Books, Recorded

IMPORTED = "import:first"
"""Who decided whose money an old payment is: the first system."""


@frozen
class ImportFirstSystem:
    """Writes a plan in one transaction; the same plan again changes nothing, also after a kill."""

    books: Books

    def __call__(
        self, command: Command, plan: ImportPlan, accounts: Sequence[CollectionAccount], *, dry_run: bool = False
    ) -> Recorded:
        """The facts written. The command's id is derived from the plan, so that one plan has one effect."""
        own = evolve(command, command_id=_command_of(plan))
        return self.books.record(own, import_facts(own, plan, accounts), dry_run=dry_run)


def _command_of(plan: ImportPlan) -> CommandId:
    """An id for what the plan says, whenever it was made: instants are left out of it."""
    told = [
        to_plain(evolve(plan, invoices=(), receipts=(), opening_credits=(), deposits=(), payments=())),
        [[invoice.invoice_id, invoice.amount.amount_minor] for invoice in plan.invoices],
        [[it.report.payment_id, to_plain(it.shares)] for it in plan.payments],
        [[receipt.receipt_id, receipt.amount.amount_minor] for receipt in plan.receipts],
        [[credit.credit_id, credit.amount.amount_minor] for credit in plan.opening_credits],
        [[entry.entry_id, entry.amount.amount_minor] for entry in plan.deposits],
    ]
    return CommandId(derive_id("imp", plan.portfolio.portfolio_id, digest(canonical(told))))


def import_facts(command: Command, plan: ImportPlan, accounts: Sequence[CollectionAccount]) -> tuple[Fact, ...]:
    """Everything the plan holds as facts, with the postings and allocations that follow, in an order that builds."""
    portfolio_id = plan.portfolio.portfolio_id
    facts: list[Fact] = [PortfolioOpened(plan.portfolio)]
    facts.extend(CollectionAccountOpened(portfolio_id, account) for account in accounts)
    facts.extend(PersonRecorded(portfolio_id, person) for person in plan.people)
    facts.extend(PropertyRecorded(record) for record in plan.properties)
    facts.extend(UnitRecorded(unit) for unit in plan.units)
    facts.extend(LeaseRecorded(lease) for lease in plan.leases)
    facts.extend(_Money(command, plan).facts())
    facts.extend(
        ExternalLinked(portfolio_id, link.system, link.kind, link.external_id, link.our_id) for link in plan.links
    )
    return tuple(facts)


class _Money:
    """The accounts of a book under import, one decision after another."""

    def __init__(self, command: Command, plan: ImportPlan) -> None:
        self._command, self._plan = command, plan
        self._accounts = {lease.lease_id: LeaseAccount(lease) for lease in plan.leases}

    def facts(self) -> Iterator[Fact]:
        """Invoices, opening credits, deposits, payments with what they paid, receipts."""
        command = self._command
        for invoice in self._plan.invoices:
            account = self._accounts[invoice.lease_id]
            facts = issue(account, [evolve(invoice, recorded_at=command.recorded_at)], command)
            self._accounts[invoice.lease_id] = account.applied(facts)
            yield from facts
        for credit in self._plan.opening_credits:
            yield from self._credit(credit)
        for entry in self._plan.deposits:
            yield DepositMoved(evolve(entry, recorded_at=command.recorded_at))
        for old in self._plan.payments:
            yield from self._payment(old)
        for receipt in self._plan.receipts:
            yield ReceiptIssued(evolve(receipt, recorded_at=command.recorded_at))

    def _credit(self, credit: Credit) -> Iterator[Fact]:
        account = self._accounts[credit.lease_id]
        facts = add_credit(account, evolve(credit, recorded_at=self._command.recorded_at), self._command)
        self._accounts[credit.lease_id] = account.applied(facts)
        yield from facts

    def _payment(self, old: OldPayment) -> Iterator[Fact]:
        command = self._command
        payment = Payment.first_told(old.report, command.recorded_at, command.portfolio_id)
        yield PaymentReceived(payment, old.report)
        match = Match(
            MatchId(derive_id("mat", command.command_id, payment.payment_id)),
            command.portfolio_id,
            payment.payment_id,
            tuple(Slice(share.lease_id, share.amount, share.pins) for share in old.shares),
            IMPORTED,
            command.recorded_at,
        )
        yield MatchApplied(match)
        for part in match.slices:
            yield from self._credit(credit_of(payment, match, part, command))
