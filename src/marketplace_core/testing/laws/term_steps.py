"""The steps of random lives that sign leases and change what they are charged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.charge import ChargeKind, OneOffCharge, Rate, RecurringCharge
from marketplace_core.domain.identifiers import ChargeId, LeaseId
from marketplace_core.errors import MarketplaceError
from marketplace_core.services.leases import ChangeLease
from marketplace_core.testing import strategies as of
from marketplace_core.testing.life import BookStore, PortfolioLife

UNITS = 3
MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")
NUMBERS = st.integers(1, UNITS)
DAYS = of.days(last=date(2026, 4, 30))
AMOUNTS = st.sampled_from([1, 333, 5_000, 15_000, 20_000, 47_000])
SMALL = st.sampled_from([1, 333, 2_000, 9_000])
PICKS = st.integers(0, 1_000)


class TermSteps(RuleBasedStateMachine):
    """Signs leases, changes, ends and charges them; what is refused must change nothing."""

    accepted: ClassVar[Counter[str]] = Counter()
    """How many steps of each name were not refused, over all lives."""

    store: BookStore
    life: PortfolioLife
    signed: set[int]

    def attempt(self, name: str, step: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the step gives
        """Do a step; one that is refused must leave everything as it was."""
        before = self.life.state()
        try:
            done = step()
            self.accepted[name] += 1
            return done
        except MarketplaceError:
            assert self.life.state() == before, "a refused step changed the books"
            return None

    def account(self, pick: int) -> LeaseAccount:
        """One of the leases there are, more often than not the first."""
        leases = [it.lease_id for it in self.store.leases(self.life.portfolio_id)]
        return self.store.account(self.life.portfolio_id, leases[pick % 3 % len(leases)])

    @rule(number=NUMBERS, rent=AMOUNTS, start=DAYS, billing_day=st.sampled_from([1, 15, 31]), deposit=st.booleans())
    def let(self, number: int, rent: int, start: date, billing_day: int, *, deposit: bool) -> None:
        """Sign a lease; one that is signed gets another rent from that day."""
        if number in self.signed:
            change = ChangeLease(self.store)
            lease_id, command = LeaseId(f"l{number}"), self.life.command("lease.rent")
            self.attempt("rent", lambda: change.change_rent(command, lease_id, self.life.money(rent), start))
            return
        terms: dict[str, Any] = {"billing_day": billing_day}
        if deposit:
            terms["deposit"] = self.life.money(10_000)
        self.attempt("let", lambda: self.life.let(number, rent, start.isoformat(), **terms))
        self.signed.add(number)

    @rule(pick=PICKS, day=DAYS, what=st.sampled_from(["notice", "end", "renew"]))
    def amend(self, pick: int, day: date, what: str) -> None:
        """A lease is given notice, ends or is renewed."""
        lease_id = self.account(pick).lease.lease_id
        change, command = ChangeLease(self.store), self.life.command(f"lease.{what}")
        steps: dict[str, Callable[[], Any]] = {
            "notice": lambda: change.give_notice(command, lease_id, day),
            "end": lambda: change.end(command, lease_id, day),
            "renew": lambda: change.renew(command, lease_id, None),
        }
        self.attempt(what, steps[what])

    @rule(pick=PICKS, amount=SMALL, day=DAYS, how=st.sampled_from(["once", "at once", "every period"]))
    def charge(self, pick: int, amount: int, day: date, how: str) -> None:
        """A lease is charged for something, once or every period."""
        lease_id = self.account(pick).lease.lease_id
        change, command = ChangeLease(self.store), self.life.command("lease.charge")
        charge_id, money = ChargeId(f"chg-{command.command_id}"), self.life.money(amount)
        added: OneOffCharge | RecurringCharge = (
            RecurringCharge(charge_id, ChargeKind.WATER, (Rate(day, money),), starts_on=day)
            if how == "every period"
            else OneOffCharge(charge_id, ChargeKind.REPAIR, money, day)
        )
        self.attempt(f"charge {how}", lambda: change.charge(command, lease_id, added, at_once=how == "at once"))

    @rule(pick=PICKS, day=DAYS)
    def stop_charge(self, pick: int, day: date) -> None:
        """A charge stops: from a day on, or before it is billed."""
        lease = self.account(pick).lease
        charges: list[OneOffCharge | RecurringCharge] = [*lease.one_off_charges, *lease.charges]
        it, command = charges[pick // 3 % len(charges)], self.life.command("lease.stop_charge")
        stop = ChangeLease(self.store).stop_charge
        from_day = None if isinstance(it, OneOffCharge) else day
        self.attempt("stop charge", lambda: stop(command, lease.lease_id, it.charge_id, from_day))
