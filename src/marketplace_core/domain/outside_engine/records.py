"""What stands in an outside engine's books, in our own words; ids of theirs are plain texts."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from attrs import frozen

from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import ChargeId, LeaseId, PortfolioId
from marketplace_core.domain.money import Money
from marketplace_core.errors import InvalidInput

_KEY_PARTS = 2
_SUBSCRIPTION_KEY_PARTS = 3


@frozen
class AccountKey:
    """One lease's account there: ``portfolio/lease``, since ids hold no slash."""

    portfolio_id: PortfolioId
    lease_id: LeaseId

    def __str__(self) -> str:
        """As the engine keeps it."""
        return f"{self.portfolio_id}/{self.lease_id}"

    def subscription(self, charge_id: ChargeId, turn: int = 0) -> str:
        """The key of the subscription that bills a recurring charge; ``turn`` counts those begun again after an end."""
        return f"{self}/{charge_id}" + (f"~{turn}" if turn else "")

    @staticmethod
    def parse(text: str) -> AccountKey:
        """The key that a text says; ``InvalidInput`` for an account that is none of ours."""
        parts = text.split("/")
        if len(parts) != _KEY_PARTS or not all(parts):
            raise InvalidInput(f"account {text[:80]!r} in the billing engine is no lease of ours")
        return AccountKey(PortfolioId(parts[0]), LeaseId(parts[1]))


def charge_of_subscription(key: str) -> ChargeId | None:
    """The charge that a subscription's key names, begun again or not; None for one that is none of ours."""
    parts = key.split("/")
    return ChargeId(parts[2].split("~")[0]) if len(parts) == _SUBSCRIPTION_KEY_PARTS else None


@frozen
class TheirAccount:
    """An account there: ``balance`` is what is owed less ``credit``; ``key`` is its external key, ours or not.

    ``is_paused``: nothing of it is billed by itself until all its terms are said; pages of accounts do not tell it.
    """

    account_id: str
    key: str
    balance: Money
    credit: Money
    is_paused: bool = False


@frozen
class TheirPrice:
    """A price of a subscription from a day on, up to the next one."""

    since: date
    amount: Money


@frozen
class TheirSubscription:
    """A recurring charge there: billed from ``starts_on`` up to but without ``ends_on`` (None: open).

    ``prices`` in order of their days, those to come with them. ``billed_until``: the day up to which it is invoiced.
    """

    subscription_id: str
    key: str
    starts_on: date
    prices: tuple[TheirPrice, ...]
    ends_on: date | None = None
    billed_until: date | None = None
    billing_day: int = 1


class ItemKind(StrEnum):
    """Why an item stands on an invoice there."""

    RECURRING = "recurring"
    CHARGE = "charge"
    REPAIR = "repair"
    """Takes part of a recurring item back, which ``linked_item_id`` names: a price changed or a subscription ended."""
    ADJUSTMENT = "adjustment"
    """Takes part of any item back by hand."""
    CREDIT_GIVEN = "credit_given"
    """Credit that somebody gave the account."""
    CREDIT_MOVED = "credit_moved"
    """Credit that an invoice used (below zero) or made (above zero): it moves between invoices, the net stays."""


@frozen
class TheirItem:
    """One line of an invoice there; ``amount`` is signed, ``marker`` is ours, where it has one."""

    item_id: str
    kind: ItemKind
    amount: Money
    span: DateSpan | None = None
    subscription_key: str = ""
    description: str = ""
    marker: str = ""
    linked_item_id: str = ""


class TheirInvoiceStatus(StrEnum):
    """Whether it counts: a draft waits for the next run, a void one counts no more."""

    DRAFT = "draft"
    COMMITTED = "committed"
    VOID = "void"


@frozen
class TheirInvoice:
    """An invoice there; ``amount`` is what it asks for, ``balance`` what of it is open."""

    invoice_id: str
    account_id: str
    number: str
    status: TheirInvoiceStatus
    issued_on: date
    amount: Money
    balance: Money
    items: tuple[TheirItem, ...] = ()


class TheirPaymentState(StrEnum):
    """Whether the money moved; ``UNSETTLED`` is neither paid nor unpaid."""

    SETTLED = "settled"
    UNSETTLED = "unsettled"
    FAILED = "failed"


@frozen
class TheirPayment:
    """A payment there, of one invoice; ``kept`` is what was paid less what was refunded or charged back."""

    payment_id: str
    account_id: str
    key: str
    state: TheirPaymentState
    paid: Money
    kept: Money
    paid_at: datetime
    invoice_id: str = ""


@frozen
class TheirBooks:
    """Everything of one account there, read together."""

    account: TheirAccount
    subscriptions: tuple[TheirSubscription, ...] = ()
    invoices: tuple[TheirInvoice, ...] = ()
    payments: tuple[TheirPayment, ...] = ()
