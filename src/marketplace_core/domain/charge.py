"""Charges: what a lease is billed for, at which rate from which day."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final

from attrs import field, frozen

from marketplace_core.domain.days import add_months
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.money import Money, round_half_up
from marketplace_core.errors import InvalidInput


class ChargeKind(StrEnum):
    """What is charged for; each kind is an income account of its own, but for deposits and refunds asked for again."""

    RENT = "rent"
    SERVICE_CHARGE = "service_charge"
    WATER = "water"
    ELECTRICITY = "electricity"
    GARBAGE = "garbage"
    PARKING = "parking"
    REPAIR = "repair"
    LATE_FEE = "late_fee"
    DEPOSIT = "deposit"
    OPENING = "opening"
    REFUND = "refund"
    OTHER = "other"


BY_RULE: Final = frozenset([ChargeKind.DEPOSIT, ChargeKind.LATE_FEE, ChargeKind.OPENING, ChargeKind.REFUND])
"""Kinds that follow from a rule, on invoices of their own: a deposit on any other would be paid and never held."""


def _chargeable(_instance: object, _attribute: object, kind: ChargeKind) -> None:
    if kind in BY_RULE:
        raise InvalidInput(f"{kind} is charged by a rule; name another kind")


@frozen(order=True)
class Rate:
    """The amount of a whole billing period from a day on."""

    effective_from: date
    amount: Money


def _ordered(_instance: object, _attribute: object, rates: tuple[Rate, ...]) -> None:
    if not rates:
        raise InvalidInput("a recurring charge needs a rate")
    for earlier, later in pairwise(rates):
        if later.effective_from <= earlier.effective_from:
            raise InvalidInput(
                f"rates must be in order of their days: {later.effective_from} comes after {earlier.effective_from}"
            )
        if later.amount.currency != earlier.amount.currency:
            raise InvalidInput("the rates of one charge must be of one currency")
    for rate in rates:
        if rate.amount.amount_minor < 0:
            raise InvalidInput("a rate must not be negative; give a discount as a credit note")


@frozen
class RecurringCharge:
    """Billed every period from ``starts_on`` (None: the lease's start) up to but without ``ends_on``.

    ``kind`` is none of ``BY_RULE``.
    """

    charge_id: ChargeId
    kind: ChargeKind = field(validator=_chargeable)
    rates: tuple[Rate, ...] = field(validator=_ordered)
    description: str = ""
    starts_on: date | None = None
    ends_on: date | None = None

    def with_rate(self, rate: Rate) -> RecurringCharge:
        """The same charge with another amount from a day on, up to the next rate that was agreed before."""
        kept = [known for known in self.rates if known.effective_from != rate.effective_from]
        rates = tuple(sorted([*kept, rate], key=lambda it: it.effective_from))
        return RecurringCharge(self.charge_id, self.kind, rates, self.description, self.starts_on, self.ends_on)


@frozen
class OneOffCharge:
    """Billed once: on the first invoice that begins on or after its day, or by itself where none follows.

    ``kind`` is none of ``BY_RULE``.
    """

    charge_id: ChargeId
    kind: ChargeKind = field(validator=_chargeable)
    amount: Money
    charged_on: date
    description: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse nothing or less."""
        if not self.amount.is_positive:
            raise InvalidInput(
                f"charge {self.charge_id}: the amount must be above zero; give money back as a credit note"
            )


@frozen
class Escalation:
    """Rent rises by basis points every so many months, first on a day; each step is rounded HALF_UP."""

    basis_points: int
    every_months: int
    first_on: date

    def __attrs_post_init__(self) -> None:
        """Refuse steps of no time, and cuts of everything."""
        if self.every_months < 1:
            raise InvalidInput(f"escalation every {self.every_months} months: must be 1 or more")
        if self.basis_points <= -10_000:  # noqa: PLR2004 - minus one hundred percent
            raise InvalidInput(f"escalation of {self.basis_points} basis points leaves no rent")

    def rates(self, first: Rate, until: date) -> tuple[Rate, ...]:
        """The first rate and each risen one that starts before ``until``."""
        found = [first]
        step = 0
        while (day := add_months(self.first_on, step * self.every_months)) < until:
            if day > first.effective_from:
                minor = round_half_up(found[-1].amount.amount_minor * (10_000 + self.basis_points), 10_000)
                found.append(Rate(day, Money(minor, first.amount.currency)))
            step += 1
        return tuple(found)
