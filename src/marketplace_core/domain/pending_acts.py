"""Acts that wait for a second person: asked by one, confirmed or refused by another, or too late."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from attrs import evolve, field, frozen

from marketplace_core.domain.access import Action
from marketplace_core.domain.command import Command
from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import (
    CommandId,
    CreditId,
    InvoiceId,
    LeaseId,
    PaymentId,
    PortfolioId,
    derive_id,
)
from marketplace_core.domain.money import Money
from marketplace_core.errors import AlreadyExists, IllegalTransition, InvalidInput, NotPermitted, SecondPersonRequired

WAITS_FOR: Final = timedelta(days=7)
"""How long an act waits for a second person."""


class ActKind(StrEnum):
    """What four eyes must see above the limit."""

    REFUND = "refund"
    REFUND_LEASE = "refund_lease"
    REFUND_DEPOSIT = "refund_deposit"
    WRITE_OFF = "write_off"
    REVERSE_PAYMENT = "reverse_payment"


ACTIONS: Final = {
    ActKind.REFUND: Action.REFUND,
    ActKind.REFUND_LEASE: Action.REFUND,
    ActKind.REFUND_DEPOSIT: Action.REFUND,
    ActKind.WRITE_OFF: Action.WRITE_OFF,
    ActKind.REVERSE_PAYMENT: Action.REVERSE,
}
"""What whoever asks for an act or confirms it must be allowed."""
_TARGETS: Final = {
    ActKind.REFUND: {"lease_id", "credit_id"},
    ActKind.REFUND_LEASE: {"lease_id"},
    ActKind.REFUND_DEPOSIT: {"lease_id"},
    ActKind.WRITE_OFF: {"lease_id", "invoice_id"},
    ActKind.REVERSE_PAYMENT: {"payment_id"},
}


class ActState(StrEnum):
    """Where an act is in its life; one that waits too long has ``expired``."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    EXPIRED = "expired"


@frozen
class WantedAct:
    """What is to be done: so much money, on a day, to what the kind asks for (a refund of credit: lease and credit)."""

    kind: ActKind
    amount: Money
    on: date
    lease_id: LeaseId | None = None
    credit_id: CreditId | None = None
    invoice_id: InvoiceId | None = None
    payment_id: PaymentId | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse an act without its target, or with one that it has not; and nothing or less."""
        ids = {
            "lease_id": self.lease_id,
            "credit_id": self.credit_id,
            "invoice_id": self.invoice_id,
            "payment_id": self.payment_id,
        }
        named = {name for name, value in ids.items() if value is not None}
        if named != _TARGETS[self.kind]:
            raise InvalidInput(f"{self.kind}: name {' and '.join(sorted(_TARGETS[self.kind]))}, and nothing else")
        if not self.amount.is_positive:
            raise InvalidInput(f"{self.kind}: the amount must be above zero, not {self.amount}")

    @property
    def action(self) -> Action:
        """What it takes to be allowed it."""
        return ACTIONS[self.kind]


@frozen
class PendingAct:
    """An act that one person asked for. ``decided_by`` and what follows are of who confirmed or refused it."""

    act_id: str
    portfolio_id: PortfolioId
    wanted: WantedAct
    reason: str
    asked_by: str
    asked_at: datetime = field(converter=require_instant)
    expires_at: datetime = field(converter=require_instant)
    state: ActState = ActState.WAITING
    decided_by: str = ""
    decided_at: datetime | None = None
    decision_reason: str = ""

    @staticmethod
    def asked(command: Command, wanted: WantedAct, waits_for: timedelta = WAITS_FOR) -> PendingAct:
        """The act that a command asks for; the same command gives the same one."""
        if not command.reason.strip():
            raise InvalidInput(f"{wanted.kind}: say why")
        act_id = derive_id("act", command.portfolio_id, command.command_id)
        at = command.recorded_at
        return PendingAct(act_id, command.portfolio_id, wanted, command.reason, command.actor, at, at + waits_for)

    def state_at(self, now: datetime) -> ActState:
        """Where it is at an instant."""
        is_late = self.state is ActState.WAITING and now >= self.expires_at
        return ActState.EXPIRED if is_late else self.state

    def require_same(self, other: PendingAct) -> None:
        """Refuse another act under this one's id."""
        if (self.wanted, self.asked_by, self.reason) != (other.wanted, other.asked_by, other.reason):
            raise AlreadyExists(f"act {self.act_id} was asked for otherwise: give the other one an id of its own")

    def confirmed(self, by: str, at: datetime) -> PendingAct:
        """Confirmed by a second person."""
        self._require_waiting(at)
        if by.startswith("service:") or by == "system":
            raise NotPermitted(f"act {self.act_id}: a second pair of eyes is a person's, not that of {by}")
        if by.casefold() == self.asked_by.casefold():
            raise SecondPersonRequired(f"act {self.act_id} was asked for by {self.asked_by}: another one confirms it")
        return evolve(self, state=ActState.CONFIRMED, decided_by=by, decided_at=at)

    def refused(self, by: str, at: datetime, reason: str) -> PendingAct:
        """Refused by anybody who could confirm it, or taken back by who asked."""
        self._require_waiting(at)
        if not reason.strip():
            raise InvalidInput(f"act {self.act_id}: say why it is refused")
        return evolve(self, state=ActState.REFUSED, decided_by=by, decided_at=at, decision_reason=reason)

    def reopened(self) -> PendingAct:
        """Waiting again, where the books refused what was confirmed."""
        return evolve(self, state=ActState.WAITING, decided_by="", decided_at=None)

    def command(self) -> Command:
        """The command that does it once confirmed: of who asked, with who confirmed in its reason; always the same."""
        if self.state is not ActState.CONFIRMED or self.decided_at is None:
            raise IllegalTransition(f"act {self.act_id} is {self.state}, not confirmed")
        return Command(
            CommandId(derive_id("cmd", self.portfolio_id, self.act_id)),
            self.portfolio_id,
            self.wanted.kind,
            self.asked_by,
            self.decided_at,
            f"{self.reason} (confirmed by {self.decided_by})",
        )

    def _require_waiting(self, at: datetime) -> None:
        state = self.state_at(at)
        if state is not ActState.WAITING:
            raise IllegalTransition(f"act {self.act_id} is {state}: ask for it again where it is still wanted")
