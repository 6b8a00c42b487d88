"""Our books and a fake engine's side by side, brought together by the pure functions alone, round after round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.credit import CreditSource
from marketplace_core.domain.days import add_months
from marketplace_core.domain.facts import ExternalLinked
from marketplace_core.domain.identifiers import CreditNoteId, InvoiceId, LeaseId, PaymentId
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.agreement import Difference, DifferenceKind
from marketplace_core.domain.outside_engine.comparing import compare
from marketplace_core.domain.outside_engine.ingesting import Ingestion, facts_of, ingest
from marketplace_core.domain.outside_engine.nets import net_of
from marketplace_core.domain.outside_engine.planning import plan
from marketplace_core.domain.outside_engine.records import AccountKey, TheirBooks, TheirInvoice
from marketplace_core.domain.outside_engine.repairing import repair
from marketplace_core.domain.outside_engine.setting import Links, PlanSetting, Sent
from marketplace_core.domain.outside_engine.steps import Step
from marketplace_core.domain.payment import CollectionAccount, CollectionKind
from marketplace_core.domain.standing import Locked
from marketplace_core.errors import RuleViolation
from marketplace_core.services.leases import OpenPortfolio
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks
from marketplace_core.testing.outside_engine import MemoryOutsideEngine

SYSTEM: Final = "killbill"
MOST_ROUNDS: Final = 15

Planning = Callable[[LeaseAccount, TheirBooks | None, Links, PlanSetting, Sent], tuple[Step, ...]]


class Pair:
    """One portfolio's books and the engine's; ``planning`` and ``ingesting`` may be broken on purpose."""

    def __init__(self, life: PortfolioLife | None = None, today: date = date(2026, 1, 1)) -> None:
        """An open portfolio of three units, whose life goes on from here, and an empty engine."""
        self.life = life or PortfolioLife(MemoryBooks()).opened()
        self.engine = MemoryOutsideEngine(today)
        self.invoices: dict[str, InvoiceId] = {}
        self.notes: dict[str, CreditNoteId] = {}
        self.payments: dict[str, PaymentId] = {}
        self.done: set[str] = set()
        self.refused: list[str] = []
        self.steps: list[Step] = []
        self.planning: Planning = plan
        self.ingesting = ingest
        self._opened_billing = False

    def key(self, lease_id: str = "l1") -> AccountKey:
        """The key of a lease's account."""
        return AccountKey(self.life.portfolio_id, LeaseId(lease_id))

    def account(self, lease_id: str = "l1") -> LeaseAccount:
        """Our side."""
        return self.life.store.account(self.life.portfolio_id, LeaseId(lease_id))

    def theirs(self, lease_id: str = "l1") -> TheirBooks:
        """The engine's side, which must be there."""
        found = self.engine.books_of(self.key(lease_id))
        assert found is not None
        return found

    @property
    def links(self) -> Links:
        """What was linked so far."""
        return Links(dict(self.invoices), dict(self.notes), dict(self.payments))

    @property
    def setting(self) -> PlanSetting:
        """As the engine's day has it."""
        return PlanSetting(self.engine.today, add_months(self.engine.today, 14), "Africa/Nairobi")

    @property
    def sent(self) -> Sent:
        """What was done so far."""
        return Sent(frozenset(self.done))

    def sync(self, lease_id: str = "l1", planning: Planning | None = None) -> int:
        """Rounds of reading, recording and sending until nothing is left; how many steps were done."""
        count = 0
        for _ in range(MOST_ROUNDS):
            self.ingest(lease_id)
            account, theirs = self.account(lease_id), self.engine.books_of(self.key(lease_id))
            steps = (planning or self.planning)(account, theirs, self.links, self.setting, self.sent)
            done = sum(self._perform(lease_id, theirs, step) for step in steps)
            count += done
            if not done:
                return count
        raise AssertionError(f"still not quiet after {MOST_ROUNDS} rounds: {self.steps[-3:]}")

    def repair(self, lease_id: str = "l1") -> int:
        """The same with what a repair does besides."""
        return self.sync(lease_id, repair)

    def ingest(self, lease_id: str = "l1") -> Ingestion:
        """Record what the engine has and we have not."""
        theirs = self.engine.books_of(self.key(lease_id))
        if theirs is None:
            return Ingestion()
        command = self.life.command("billing.ingest")
        found = self.ingesting(self.account(lease_id), theirs, self.links, self.setting, command.recorded_at)
        if found.changes_account:

            def decide(locked: Locked) -> tuple[object, ...]:
                account = locked.accounts[LeaseId(lease_id)]
                return facts_of(account, found, locked.command, self.setting, SYSTEM)

            recorded = self.life.store.change(command, decide, leases=[LeaseId(lease_id)])  # type: ignore[arg-type]
            for fact in recorded.facts:
                if isinstance(fact, ExternalLinked):
                    self._link(fact)
        self._payments(lease_id, found)
        return found

    def compare(self, lease_id: str = "l1", cash: Mapping[PaymentId, Money] | None = None) -> tuple[Difference, ...]:
        """Where they differ."""
        theirs = self.engine.books_of(self.key(lease_id))
        return compare(self.account(lease_id), theirs, self.links, self.setting, cash, self.sent)

    def drift(self, lease_id: str = "l1") -> list[tuple[DifferenceKind, str]]:
        """Kinds and words of what is more than told."""
        return [(it.kind, it.words) for it in self.compare(lease_id) if it.is_drift]

    def require_agreement(self, lease_id: str = "l1") -> None:
        """No drift, equal nets, nothing left to record or send."""
        drift = self.drift(lease_id)
        assert drift == [], f"{drift}\nrefused: {self.refused}"
        theirs = self.engine.books_of(self.key(lease_id))
        account = self.account(lease_id)
        assert theirs is not None or not account.invoices
        if theirs is not None:
            assert net_of(account).net == theirs.account.balance
            assert ingest(account, theirs, self.links, self.setting, self.life.command().recorded_at).is_empty
        assert repair(account, theirs, self.links, self.setting, self.sent) == ()

    def cash(self, lease_id: str = "l1") -> dict[PaymentId, Money]:
        """What came in of each payment that the lease is credited with."""
        found: dict[PaymentId, Money] = {}
        for credit in self.account(lease_id).credits:
            if credit.source is CreditSource.PAYMENT:
                payment_id = PaymentId(credit.source_id)
                payment = self.life.store.payment(self.life.portfolio_id, payment_id).payment
                found[payment_id] = payment.amount if payment.reversed_on is None else self.life.money(0)
        return found

    def their_invoices(self, lease_id: str = "l1") -> list[TheirInvoice]:
        """Theirs by number."""
        return sorted(self.theirs(lease_id).invoices, key=lambda it: int(it.number))

    def move_to(self, day: str) -> None:
        """Let days pass there."""
        self.engine.move_to(date.fromisoformat(day))

    def _perform(self, lease_id: str, theirs: TheirBooks | None, step: Step) -> int:
        account_id = "" if theirs is None else theirs.account.account_id
        try:
            self.engine.perform(self.key(lease_id), account_id, step)
        except RuleViolation as refused:
            self.refused.append(f"{step}: {refused}")
            return 0
        self.done.add(step.marker)
        self.steps.append(step)
        return 1

    def _payments(self, lease_id: str, found: Ingestion) -> None:
        if found.reports and not self._opened_billing:
            account = CollectionAccount(
                self.setting.collection_account_id, CollectionKind.BANK, "billing", self.life.currency
            )
            portfolio = self.life.store.portfolio(self.life.portfolio_id)
            OpenPortfolio(self.life.store)(self.life.command("portfolio.open"), portfolio, [account])
            self._opened_billing = True
        for report in found.reports:
            self.life.receive(report)
            scale = self.life.currency.scale
            self.life.give(report.payment_id, {lease_id: report.amount.amount_minor // scale})
        for reversal in found.reversals:
            if reversal.payment_id is not None:
                self.life.reverse(reversal.payment_id, reversal.value_date.isoformat())
        for link in found.payment_links:
            self.payments[link.external_id] = PaymentId(link.our_id)

    def _link(self, fact: ExternalLinked) -> None:
        if fact.kind == "invoice":
            self.invoices[fact.external_id] = InvoiceId(fact.our_id)
        else:
            self.notes[fact.external_id] = CreditNoteId(fact.our_id)
