"""Steps: what is still to be done in an outside engine's books, one remote call each."""

from __future__ import annotations

from datetime import date

from attrs import frozen

from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.outside_engine.records import AccountKey


@frozen
class OpenAccount:
    """Open the lease's account: bills by the zone's days, never charges a card by itself, and bills nothing yet."""

    marker: str
    key: AccountKey
    name: str
    currency: Currency
    zone: str
    billing_day: int


@frozen
class ResumeBilling:
    """Bill the account from now on, for all its terms are said: what begins or ended in the past is billed right."""

    marker: str
    on: date


@frozen
class Subscribe:
    """Bill a recurring charge from a day on at a price."""

    marker: str
    subscription_key: str
    starts_on: date
    price: Money
    billing_day: int


@frozen
class ChangePrice:
    """Another price of a subscription from a day on."""

    marker: str
    subscription_id: str
    since: date
    price: Money


@frozen
class DropPrice:
    """Forget the changes of price that are to come: another was agreed."""

    marker: str
    subscription_id: str


@frozen
class EndSubscription:
    """Bill a subscription up to but without a day."""

    marker: str
    subscription_id: str
    ends_on: date


@frozen
class ReopenSubscription:
    """Forget an end that is to come: the lease goes on."""

    marker: str
    subscription_id: str


@frozen
class Charge:
    """Ask the account for an amount: at once by an invoice of its own, or (``rides``) on the next recurring one."""

    marker: str
    amount: Money
    on: date
    words: str
    rides: bool = False


@frozen
class GiveCredit:
    """Give the account credit."""

    marker: str
    amount: Money
    on: date
    words: str


@frozen
class RecordPayment:
    """Record that money received here paid part of one invoice there; ``payment_key`` lets it happen once."""

    marker: str
    payment_key: str
    their_invoice_id: str
    amount: Money
    paid_at: date


@frozen
class TakeBackPayment:
    """Take a whole payment back: as a chargeback where its provider did, else as a refund."""

    marker: str
    their_payment_id: str
    amount: Money
    is_chargeback: bool


@frozen
class VoidInvoice:
    """Let an invoice there count no more."""

    marker: str
    their_invoice_id: str


Step = (
    OpenAccount
    | ResumeBilling
    | Subscribe
    | ChangePrice
    | DropPrice
    | EndSubscription
    | ReopenSubscription
    | Charge
    | GiveCredit
    | RecordPayment
    | TakeBackPayment
    | VoidInvoice
)
"""One remote call. ``marker`` derives from what it is about, so that it is the same however often it is planned."""

WITHOUT_KEY = (Charge, GiveCredit)
"""Steps that the engine would do twice: they are looked for by marker, and sent again only after a quiet period."""
