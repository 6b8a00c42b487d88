"""Each thing of the books as a state row, built from its domain value, so that every store gives the same bytes.

Kinds and keys: ``allocation``, ``collection_account``, ``credit``, ``credit_note``, ``deposit_entry``, ``invoice``,
``lease``, ``match``, ``payment``, ``portfolio``, ``posting``, ``property``, ``receipt``, ``unit`` and ``use`` by
their own id; ``link`` by system/kind/external id; ``proposal`` (the last one of a payment, also when the payment
waits no more) by payment id; ``void`` by invoice id. Personal fields and the texts of certificates are left out:
what is erased changes no row. Superseded allocations, ended credits and undone matches are in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from marketplace_core.domain.codec import canonical, to_plain
from marketplace_core.domain.credit import Allocation, Credit, CreditUse
from marketplace_core.domain.deposit import DepositEntry
from marketplace_core.domain.facts import InvoiceVoided
from marketplace_core.domain.invoice import CreditNote, Invoice
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.ledger import Posting
from marketplace_core.domain.matching import Match, Proposal
from marketplace_core.domain.party import Portfolio, Property, Unit
from marketplace_core.domain.payment import CollectionAccount, Payment, Receipt
from marketplace_core.domain.state import StateRow, state_row

KINDS: Final = (
    "allocation",
    "collection_account",
    "credit",
    "credit_note",
    "deposit_entry",
    "invoice",
    "lease",
    "link",
    "match",
    "payment",
    "portfolio",
    "posting",
    "property",
    "proposal",
    "receipt",
    "unit",
    "use",
    "void",
)
"""Every kind of row, in the order in which ``BooksState.state`` gives them."""

StateValue = (
    Allocation
    | CollectionAccount
    | Credit
    | CreditNote
    | CreditUse
    | DepositEntry
    | Invoice
    | InvoiceVoided
    | Lease
    | Match
    | Payment
    | Portfolio
    | Posting
    | Property
    | Proposal
    | Receipt
    | Unit
)
"""What makes a row; a link makes one by ``link_row``."""

_WITHOUT_CERTIFICATE: Final = ("certificate",)
_WITHOUT_PAYER: Final = ("payer", "reference_text")

_SHAPES: Final[dict[type[Any], tuple[str, Callable[[Any], str], tuple[str, ...]]]] = {
    Allocation: ("allocation", lambda it: it.allocation_id, ()),
    CollectionAccount: ("collection_account", lambda it: it.collection_account_id, ()),
    Credit: ("credit", lambda it: it.credit_id, ()),
    CreditNote: ("credit_note", lambda it: it.credit_note_id, ()),
    CreditUse: ("use", lambda it: it.use_id, ()),
    DepositEntry: ("deposit_entry", lambda it: it.entry_id, ()),
    Invoice: ("invoice", lambda it: it.invoice_id, ()),
    Lease: ("lease", lambda it: it.lease_id, ()),
    Match: ("match", lambda it: it.match_id, _WITHOUT_CERTIFICATE),
    Payment: ("payment", lambda it: it.payment_id, _WITHOUT_PAYER),
    Portfolio: ("portfolio", lambda it: it.portfolio_id, ()),
    Posting: ("posting", lambda it: it.posting_id, ()),
    Property: ("property", lambda it: it.property_id, ()),
    Proposal: ("proposal", lambda it: it.payment_id, _WITHOUT_CERTIFICATE),
    Receipt: ("receipt", lambda it: it.receipt_id, ()),
    Unit: ("unit", lambda it: it.unit_id, ()),
}


def row_of(value: StateValue) -> StateRow:
    """The state row of a domain value."""
    if isinstance(value, InvoiceVoided):
        return _void_row(value)
    kind, key, without = _SHAPES[type(value)]
    return state_row(kind, key(value), value, without)


def link_row(system: str, kind: str, external_id: str, our_id: str) -> StateRow:
    """The state row of an outside system's id and the one of ours that it stands for."""
    return StateRow("link", f"{system}/{kind}/{external_id}", canonical(our_id))


def _void_row(void: InvoiceVoided) -> StateRow:
    """The void alone: the invoice has a row of its own."""
    plain = to_plain(void)
    plain["invoice"] = void.invoice.invoice_id
    return StateRow("void", void.invoice.invoice_id, canonical(plain))
