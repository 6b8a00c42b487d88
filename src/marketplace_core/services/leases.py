"""Keep the directory and the leases: who, what is let, and on which terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from attrs import evolve, frozen

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.account_decisions import issue
from marketplace_core.domain.billing import invoice_one_off
from marketplace_core.domain.charge import OneOffCharge, RecurringCharge
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import (
    CollectionAccountOpened,
    Fact,
    LeaseRecorded,
    PersonRecorded,
    PortfolioOpened,
    PropertyRecorded,
    UnitRecorded,
)
from marketplace_core.domain.identifiers import ChargeId, LeaseId
from marketplace_core.domain.lease import LateFeeRule, Lease, LeaseStatus
from marketplace_core.domain.money import Money
from marketplace_core.domain.party import Person, Portfolio, Property, Unit
from marketplace_core.domain.payment import CollectionAccount
from marketplace_core.domain.reference import issue_reference
from marketplace_core.domain.standing import Locked
from marketplace_core.errors import ConcurrentChange, IllegalTransition, InvalidInput
from marketplace_core.ports.books import Books, Recorded
from marketplace_core.ports.directory import Directory


@frozen
class OpenPortfolio:
    """Opens a book with the accounts it collects in."""

    books: Books

    def __call__(self, command: Command, portfolio: Portfolio, accounts: Sequence[CollectionAccount] = ()) -> Portfolio:
        """The portfolio as opened; the same again changes nothing."""
        if portfolio.portfolio_id != command.portfolio_id:
            raise InvalidInput(f"the command is for {command.portfolio_id}, the portfolio is {portfolio.portfolio_id}")
        opened = (CollectionAccountOpened(portfolio.portfolio_id, account) for account in accounts)
        self.books.record(command, [PortfolioOpened(portfolio), *opened])
        return portfolio


@frozen
class RecordDirectory:
    """Adds or changes people, properties and units in one step."""

    books: Books

    def __call__(
        self,
        command: Command,
        *,
        people: Sequence[Person] = (),
        properties: Sequence[Property] = (),
        units: Sequence[Unit] = (),
    ) -> int:
        """How many records were written."""
        facts: list[Fact] = [PersonRecorded(command.portfolio_id, person) for person in people]
        facts.extend(PropertyRecorded(record) for record in properties)
        facts.extend(UnitRecorded(unit) for unit in units)
        return len(self.books.record(command, facts).facts)


@frozen
class SignLease:
    """Records a new lease, drafted or active, with a payment reference of its own."""

    books: Books
    directory: Directory

    def __call__(self, command: Command, lease: Lease, *, dry_run: bool = False) -> Lease:
        """The lease as recorded; an overlap with another active lease of the unit, or an archived unit, is refused."""
        reference = lease.reference or issue_reference(lease.portfolio_id, lease.lease_id)
        signed = evolve(lease, reference=reference)

        def decide(_: Locked) -> Sequence[Fact]:
            self.directory.unit(lease.portfolio_id, lease.unit_id).require_lettable()
            return [LeaseRecorded(signed)]

        self.books.change(command, decide, dry_run=dry_run)
        return signed


@frozen
class ChangeLease:
    """Moves a lease on in its life, or changes its terms from a day on.

    ``expected_version``: the version that the change was decided on; ``ConcurrentChange`` where it is another by now.
    """

    books: Books
    expected_version: int | None = None

    def activate(self, command: Command, lease_id: LeaseId, directory: Directory, *, dry_run: bool = False) -> Lease:
        """A draft becomes active; nothing else does: a lease under notice goes on by ``renew``.

        ``RuleViolation`` where the directory's unit is archived.
        """

        def activated(lease: Lease) -> Lease:
            directory.unit(lease.portfolio_id, lease.unit_id).require_lettable()
            return lease.activated()

        return self._change(command, lease_id, activated, dry_run=dry_run)

    def cancel(self, command: Command, lease_id: LeaseId, *, dry_run: bool = False) -> Lease:
        """A draft comes to nothing."""
        return self._change(command, lease_id, lambda lease: lease.moved_to(LeaseStatus.CANCELLED), dry_run=dry_run)

    def give_notice(self, command: Command, lease_id: LeaseId, end: date, *, dry_run: bool = False) -> Lease:
        """Notice to end: billed up to but without ``end``."""
        return self._change(command, lease_id, lambda lease: lease.given_notice(end), dry_run=dry_run)

    def end(self, command: Command, lease_id: LeaseId, end: date, *, dry_run: bool = False) -> Lease:
        """Ended: billed up to but without ``end``."""
        return self._change(command, lease_id, lambda lease: lease.ended(end), dry_run=dry_run)

    def renew(self, command: Command, lease_id: LeaseId, until: date | None, *, dry_run: bool = False) -> Lease:
        """A further term right after the last one."""
        return self._change(command, lease_id, lambda lease: lease.renewed(until), dry_run=dry_run)

    def change_rent(
        self, command: Command, lease_id: LeaseId, amount: Money, effective_from: date, *, dry_run: bool = False
    ) -> Lease:
        """Another rent from a day on, up to the next one agreed before."""
        return self._change(command, lease_id, lambda lease: lease.with_rent(amount, effective_from), dry_run=dry_run)

    def set_late_fee(
        self, command: Command, lease_id: LeaseId, rule: LateFeeRule | None, *, dry_run: bool = False
    ) -> Lease:
        """Another rule for late fees, or none."""
        return self._change(command, lease_id, lambda lease: lease.with_late_fee(rule), dry_run=dry_run)

    def charge(
        self,
        command: Command,
        lease_id: LeaseId,
        charge: RecurringCharge | OneOffCharge,
        *,
        at_once: bool = False,
        dry_run: bool = False,
    ) -> Lease:
        """Add a charge; ``at_once`` bills a one-off by an invoice of its own instead of with the next period."""
        if not at_once:
            return self._change(command, lease_id, lambda lease: lease.with_charge(charge), dry_run=dry_run)
        if not isinstance(charge, OneOffCharge):
            raise InvalidInput(f"charge {charge.charge_id} is of every period: only one that is once can be billed now")

        def decide(locked: Locked) -> Sequence[Fact]:
            account = self._expected(locked, lease_id)
            if not account.lease.is_billable:
                raise IllegalTransition(f"lease {lease_id} is {account.lease.status}: it is not billed")
            changed = LeaseRecorded(account.lease.with_charge(charge))
            invoice = invoice_one_off(changed.lease, charge, locked.command.recorded_at)
            return [changed, *issue(account.applied([changed]), [invoice], locked.command)]

        return self._lease_of(self.books.change(command, decide, leases=[lease_id], dry_run=dry_run))

    def stop_charge(
        self,
        command: Command,
        lease_id: LeaseId,
        charge_id: ChargeId,
        from_day: date | None = None,
        *,
        dry_run: bool = False,
    ) -> Lease:
        """Stop a charge of every period from a day on; drop one that is once and that no standing invoice has."""

        def decide(locked: Locked) -> Sequence[Fact]:
            account = self._expected(locked, lease_id)
            if charge_id in account.billed_charges():
                bearer = next(
                    it for it in account.standing_invoices() if any(line.charge_id == charge_id for line in it.lines)
                )
                raise IllegalTransition(
                    f"charge {charge_id} is billed by invoice {bearer.number}: void that one, or credit the charge"
                )
            return [LeaseRecorded(account.lease.without_charge(charge_id, from_day))]

        return self._lease_of(self.books.change(command, decide, leases=[lease_id], dry_run=dry_run))

    def _change(self, command: Command, lease_id: LeaseId, step: Callable[[Lease], Lease], *, dry_run: bool) -> Lease:
        def decide(locked: Locked) -> Sequence[Fact]:
            return [LeaseRecorded(step(self._expected(locked, lease_id).lease))]

        return self._lease_of(self.books.change(command, decide, leases=[lease_id], dry_run=dry_run))

    def _expected(self, locked: Locked, lease_id: LeaseId) -> LeaseAccount:
        account = locked.accounts[lease_id]
        found = account.lease.version
        if self.expected_version not in (None, found):
            raise ConcurrentChange(f"lease {lease_id} is of version {found} by now, not {self.expected_version}")
        return account

    @staticmethod
    def _lease_of(recorded: Recorded) -> Lease:
        return next(fact.lease for fact in recorded.facts if isinstance(fact, LeaseRecorded))
