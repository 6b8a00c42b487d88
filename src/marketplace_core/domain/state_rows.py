"""Each thing of the books as a state row, built from its domain value, so that every store gives the same bytes.

Kinds and keys: ``allocation``, ``collection_account``, ``credit``, ``credit_note``, ``deposit_entry``, ``invoice``,
``lease``, ``match``, ``payment``, ``portfolio``, ``posting``, ``property``, ``receipt``, ``reversal``, ``unit``
and ``use`` by their own id; ``link`` by system/kind/external id; ``proposal`` (the last one of a payment, also when
the payment waits no more) by payment id; ``void`` by invoice id. Personal fields and the texts of certificates are
left out: what is erased changes no row. Superseded allocations, ended credits and undone matches are in it.

What was left out, and what else people and payers were said to be, makes rows of its own, the rows of evidence:
``alias`` by lease/kind/text, ``contradiction`` by payment/source/amount/currency, ``match`` (its certificate),
``payment`` (payer and text), ``person``, ``proposal`` (its certificate), and ``report`` by payment/place among its
reports.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from marketplace_core.domain.codec import canonical, to_plain
from marketplace_core.domain.credit import Allocation, Credit, CreditUse
from marketplace_core.domain.deposit import DepositEntry
from marketplace_core.domain.facts import InvoiceVoided
from marketplace_core.domain.invoice import CreditNote, Invoice
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.ledger import Posting
from marketplace_core.domain.matching import Match, Proposal
from marketplace_core.domain.money import Money
from marketplace_core.domain.party import Person, Portfolio, Property, Unit
from marketplace_core.domain.payment import CollectionAccount, PayerAlias, Payment, PaymentReport, Receipt
from marketplace_core.domain.reversal import AwaitedReversal
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
    "reversal",
    "unit",
    "use",
    "void",
)
"""Every kind of row, in the order in which ``BooksState.state`` gives them."""

EVIDENCE_KINDS: Final = ("alias", "contradiction", "match", "payment", "person", "proposal", "report")
"""Every kind of row of evidence, in the order in which ``BooksState.evidence_state`` gives them."""

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
    | AwaitedReversal
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
    AwaitedReversal: ("reversal", lambda it: it.reversal_id, ()),
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


def alias_row(alias: PayerAlias) -> StateRow:
    """The row of evidence of a learned alias."""
    return state_row("alias", f"{alias.lease_id}/{alias.kind}/{alias.text}", alias)


def contradiction_row(payment_id: str, source: str, told: Money, reason: str, paid_at: datetime) -> StateRow:
    """The row of evidence of a refused report."""
    key = f"{payment_id}/{source}/{told.amount_minor}/{told.currency.code}"
    return StateRow("contradiction", key, canonical(to_plain({"reason": reason, "paid_at": paid_at})))


def certificate_row(given: Match | Proposal) -> StateRow:
    """The row of evidence of the certificate of a match or of a proposal."""
    if isinstance(given, Match):
        return StateRow("match", given.match_id, canonical(given.certificate))
    return StateRow("proposal", given.payment_id, canonical(given.certificate))


def payer_row(payment: Payment) -> StateRow:
    """The row of evidence of what a payment says of who paid and what for."""
    told = [payment.payer.name, payment.payer.phone, payment.reference_text]
    return StateRow("payment", payment.payment_id, canonical(told))


def person_row(person: Person) -> StateRow:
    """The row of evidence of a person."""
    return state_row("person", person.person_id, person)


def report_row(payment_id: str, position: int, report_id: str, report: PaymentReport) -> StateRow:
    """The row of evidence of a payment's n-th report, the first one at 0; the ids are those it is kept under."""
    return StateRow("report", f"{payment_id}/{position}", canonical([report_id, to_plain(report)]))
