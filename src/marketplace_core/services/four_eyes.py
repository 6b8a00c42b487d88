"""Four eyes: below a limit an act is done at once; above it, it is kept until a second person confirms it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from attrs import evolve, frozen

from marketplace_core.domain.access import Actor
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.pending_acts import WAITS_FOR, ActKind, ActState, PendingAct, WantedAct
from marketplace_core.errors import (
    IllegalTransition,
    InvalidAmount,
    InvalidInput,
    MarketplaceError,
    NotFound,
    NotPermitted,
)
from marketplace_core.ports.books import Recorded
from marketplace_core.ports.pending_acts import PendingActs
from marketplace_core.services.corrections import CorrectAccount, ReversePayment
from marketplace_core.services.gate import Gate


@frozen
class Asked:
    """What came of asking: what was written, or the act that waits for a second person."""

    recorded: Recorded | None = None
    pending: PendingAct | None = None


@frozen
class FourEyes:
    """Does refunds, write-offs and reversals; who asks for one or confirms it must be allowed it on its target."""

    gate: Gate
    acts: PendingActs
    correct: CorrectAccount
    reverse: ReversePayment
    limit_of: Callable[[Currency], Money]
    waits_for: timedelta = WAITS_FOR

    def ask(self, actor: Actor, command: Command, wanted: WantedAct, *, dry_run: bool = False) -> Asked:
        """Do an act up to the limit; above it keep it, once a command, where the books would let it be done now.

        The command is the actor's, and its reason is why.
        """
        if command.actor != actor.name:
            raise InvalidInput(f"command {command.command_id} is of {command.actor}, not of {actor.name}")
        self._require_allowed(actor, command.portfolio_id, wanted)
        command = evolve(command, kind=wanted.kind)
        if wanted.amount <= self.limit_of(wanted.amount.currency):
            return Asked(self._do(command, wanted, dry_run=dry_run))
        act = PendingAct.asked(command, wanted, self.waits_for)
        try:
            kept = self.acts.act(act.portfolio_id, act.act_id)
        except NotFound:
            self._do(command, wanted, dry_run=True)
            return Asked(pending=act if dry_run else self.acts.ask(act))
        kept.require_same(act)
        return Asked(pending=kept)

    def waiting(self, actor: Actor, portfolio_id: PortfolioId, now: datetime) -> tuple[PendingAct, ...]:
        """The acts that wait and that the actor may do, or asked for; the first asked for first."""
        return tuple(
            it
            for it in self.acts.acts(portfolio_id)
            if it.state_at(now) is ActState.WAITING and (it.asked_by == actor.name or self._is_allowed(actor, it))
        )

    def confirm(self, actor: Actor, portfolio_id: PortfolioId, act_id: str, at: datetime) -> Recorded:
        """Confirm an act and do it, in the name of who asked; confirmed already, it is only done where it was not.

        Where it cannot be done now, it waits on and the error comes out.
        """
        act = self._seen(actor, portfolio_id, act_id)
        self._require_allowed(actor, portfolio_id, act.wanted)
        if act.state is not ActState.CONFIRMED:
            act = self.acts.decide(portfolio_id, act_id, lambda it: _confirmed(it, actor.name, at))
        try:
            done = self._do(act.command(), act.wanted)
        except MarketplaceError:
            self.acts.decide(portfolio_id, act_id, lambda it: it.reopened() if it == act else it)
            if not self._is_done(act):
                raise
            done = self._do(act.command(), act.wanted)
        # Who was refused may have opened it again after somebody else had it done, or did so at this moment.
        if self.acts.act(portfolio_id, act_id).state is not ActState.CONFIRMED:
            self.acts.decide(portfolio_id, act_id, lambda it: it if it.state is ActState.CONFIRMED else act)
        return done

    def _is_done(self, act: PendingAct) -> bool:
        """True where the books have what was confirmed."""
        try:
            return self._do(act.command(), act.wanted, dry_run=True).repeated
        except MarketplaceError:
            return False

    def refuse(self, actor: Actor, portfolio_id: PortfolioId, act_id: str, at: datetime, reason: str) -> PendingAct:
        """Refuse an act, or take back what one asked for oneself."""
        act = self._seen(actor, portfolio_id, act_id)
        if act.asked_by != actor.name:
            self._require_allowed(actor, portfolio_id, act.wanted)
        return self.acts.decide(portfolio_id, act_id, lambda it: it.refused(actor.name, at, reason))

    def _seen(self, actor: Actor, portfolio_id: PortfolioId, act_id: str) -> PendingAct:
        """The act, in the same words not found where there is none or the actor may not know of it."""
        try:
            act = self.acts.act(portfolio_id, act_id)
            if act.asked_by != actor.name:
                self._require_allowed(actor, portfolio_id, act.wanted)
        except NotFound as error:
            raise NotFound(f"there is no act {act_id}, or it is not visible to you") from error
        return act

    def _is_allowed(self, actor: Actor, act: PendingAct) -> bool:
        try:
            self._require_allowed(actor, act.portfolio_id, act.wanted)
        except (NotFound, NotPermitted):
            return False
        return True

    def _require_allowed(self, actor: Actor, portfolio_id: PortfolioId, wanted: WantedAct) -> None:
        """Through the gate; a reversal is of the whole payment, so that nobody makes it smaller to stay below."""
        if wanted.payment_id is not None:
            payment = self.gate.payment(actor, wanted.action, portfolio_id, wanted.payment_id)
            if payment.amount != wanted.amount:
                raise InvalidAmount(f"payment {wanted.payment_id} is {payment.amount}: all of it is reversed, or none")
        if wanted.lease_id is not None:
            self.gate.lease(actor, wanted.action, portfolio_id, wanted.lease_id)

    def _do(self, command: Command, wanted: WantedAct, *, dry_run: bool = False) -> Recorded:
        lease_id, amount, on = wanted.lease_id, wanted.amount, wanted.on
        if wanted.kind is ActKind.REVERSE_PAYMENT and wanted.payment_id is not None:
            return self.reverse(command, wanted.payment_id, on, dry_run=dry_run)
        if lease_id is None:
            raise InvalidInput(f"{wanted.kind}: name the lease")
        if wanted.credit_id is not None:
            return self.correct.refund(command, lease_id, wanted.credit_id, amount, on, dry_run=dry_run)
        if wanted.invoice_id is not None:
            return self.correct.write_off(command, lease_id, wanted.invoice_id, amount, on, dry_run=dry_run)
        if wanted.kind is ActKind.REFUND_LEASE:
            return self.correct.refund_lease(command, lease_id, amount, on, dry_run=dry_run)
        return self.correct.refund_deposit(command, lease_id, amount, on, dry_run=dry_run)


def _confirmed(act: PendingAct, by: str, at: datetime) -> PendingAct:
    """Confirmed, by whoever was first; who asked is never the second."""
    if act.state is ActState.CONFIRMED:
        if by.casefold() == act.asked_by.casefold():
            raise IllegalTransition(f"act {act.act_id} was confirmed by {act.decided_by} already")
        return act
    return act.confirmed(by, at)
