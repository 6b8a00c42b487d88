"""What planning, ingesting and comparing are told besides both books: links, the day, and what was sent before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from attrs import Factory, frozen

from marketplace_core.domain.identifiers import CollectionAccountId, CreditNoteId, InvoiceId, PaymentId
from marketplace_core.domain.money import Currency, Money

MADE_THERE: Final = CollectionAccountId("billing")
"""Where payments that were made in the engine are received, unless the settings name another account."""


def in_currency(account_id: CollectionAccountId, currency: Currency) -> CollectionAccountId:
    """The account of payments made there in a currency, where the account itself is in another one."""
    return CollectionAccountId(f"{account_id}-{currency.code.lower()}")


class LinkKind(StrEnum):
    """What of theirs a link names."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    PAYMENT = "payment"


@frozen
class Link:
    """An id of theirs that stands for one of ours.

    Where one invoice there became several papers here, the first is linked by its bare id, each further one by the id,
    a slash and what tells it apart.
    """

    kind: LinkKind
    external_id: str
    our_id: str


@frozen
class Links:
    """The links of a lease, by external id; what we sent by ourselves may be linked too."""

    invoices: Mapping[str, InvoiceId] = Factory(dict[str, InvoiceId])
    notes: Mapping[str, CreditNoteId] = Factory(dict[str, CreditNoteId])
    payments: Mapping[str, PaymentId] = Factory(dict[str, PaymentId])


@frozen
class Sent:
    """What the intents of a lease say: ``done`` are the markers of those known done, ``unsettled`` of those sent.

    ``unsettled`` gives the amounts, since what was sent once is sent again with the same amount. Without the markers
    of payments that we took back ourselves, ``plan`` takes what was taken back there by hand for ours, and pays again.
    ``refused`` are the markers of what the engine did not take: it is planned again as it was, nothing waits for it.
    """

    done: frozenset[str] = frozenset()
    unsettled: Mapping[str, Money] = Factory(dict[str, Money])
    refused: frozenset[str] = frozenset()


@frozen
class PlanSetting:
    """``today`` in the portfolio's zone; prices are planned up to ``horizon``; ``name`` is shown there.

    ``collection_account_id`` is where payments that were made there are said to be received.
    """

    today: date
    horizon: date
    zone: str
    name: str = ""
    collection_account_id: CollectionAccountId = MADE_THERE
