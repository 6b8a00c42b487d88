"""Everything that both books say something of, one matter after another, and what each of them says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from attrs import frozen

from marketplace_core.domain.outside_engine.agreement import DifferenceKind
from marketplace_core.domain.outside_engine.own_papers import (
    awaits_theirs,
    name_of,
    own_credits,
    own_invoices,
    own_payment_credits,
    source_name,
)
from marketplace_core.domain.outside_engine.records import TheirPayment, TheirPaymentState
from marketplace_core.domain.outside_engine.sight import Placed, Sight

ASKED = ("charge", "use", "end", "not-given", "more")
"""Kinds of markers whose items ask for money; those of every other kind give credit."""


@frozen
class Matter:
    """What both books say of one thing, in minor units that are owed (below zero: given).

    ``repeated`` are items there of one marker beyond its first. ``can_be_repaired``: by a charge or credit there.
    """

    kind: DifferenceKind
    subject: str
    ours: int
    theirs: int
    words: str
    can_be_repaired: bool = True
    repeated: tuple[Placed, ...] = ()

    @property
    def differs(self) -> bool:
        """True where it is not the same."""
        return self.ours != self.theirs


class Reading:
    """Sums what stands there by subject, and remembers which items it has seen."""

    def __init__(self, sight: Sight) -> None:
        """Nothing is seen yet."""
        self.sight = sight
        self.seen: set[str] = set()

    def owed(self, subject: str, *kinds: str) -> int:
        """What items of those kinds and of repairs come to, in minor units that are owed."""
        minor = 0
        for kind in (*kinds, "more", "less"):
            for placed in self.sight.placed(kind, subject):
                self.seen.add(placed.item.item_id)
                if placed.stands:
                    minor += placed.minor if kind in ASKED else -placed.minor
        return minor

    def repeated(self, subject: str, *kinds: str) -> tuple[Placed, ...]:
        """Items that count beyond the first of their marker."""
        standing = [it for kind in kinds for it in self.sight.placed(kind, subject) if it.stands]
        counted: Counter[str] = Counter()
        found: list[Placed] = []
        for placed in standing:
            counted[placed.item.marker] += 1
            if counted[placed.item.marker] > 1:
                found.append(placed)
        return tuple(found)


def own_matters(reading: Reading) -> Iterator[Matter]:
    """Our invoices, credits, payments and refunds, each beside what stands there by our own doing."""
    yield from _invoices(reading)
    for credit in own_credits(reading.sight):
        ours = 0 if credit.ended_on is not None else -credit.amount.amount_minor
        theirs = reading.owed(credit.credit_id, "credit", "end")
        words, kind = source_name(reading.sight, credit), DifferenceKind.CREDIT_MISSING_THERE
        repeated = reading.repeated(credit.credit_id, "credit", "end")
        yield Matter(kind, credit.credit_id, ours, theirs, words, repeated=repeated)
    for use in reading.sight.account.uses:
        ours = 0 if use.ended_on is not None else use.amount.amount_minor
        theirs = reading.owed(use.use_id, "use", "use-end")
        words = f"{use.kind.replace('_', ' ').capitalize()} of {use.value_date}"
        repeated = reading.repeated(use.use_id, "use", "use-end")
        yield Matter(DifferenceKind.INVOICE_MISSING_THERE, use.use_id, ours, theirs, words, repeated=repeated)
    yield from _payments(reading)
    yield from _unknown_payments(reading)


def payments_made_there(reading: Reading) -> Iterator[Matter]:
    """Each payment made there beside what it is credited with on this lease."""
    sight = reading.sight
    for payment in sight.made_there:
        if payment.state is TheirPaymentState.FAILED:
            continue
        payment_id = sight.their_payment_id(payment)
        credits_ = (it for it in sight.account.credits if it.source_id == payment_id and it.ended_on is None)
        ours = -sum(it.amount.amount_minor for it in credits_)
        theirs = reading.owed(payment.payment_id) - _kept(payment)
        words = f"Payment {payment.key or payment.payment_id} that was made there"
        kind = DifferenceKind.PAYMENT_AMOUNT if ours else DifferenceKind.PAYMENT_MISSING_HERE
        if payment.state is TheirPaymentState.UNSETTLED:
            yield _unsettled(payment)
        yield Matter(kind, payment.payment_id, ours, theirs, words, can_be_repaired=False)


def _invoices(reading: Reading) -> Iterator[Matter]:
    sight = reading.sight
    for invoice in own_invoices(sight):
        is_void = sight.account.is_void(invoice.invoice_id)
        ours = 0 if is_void else invoice.amount.amount_minor
        theirs = reading.owed(invoice.invoice_id, "charge", "void-credit")
        kind = DifferenceKind.INVOICE_AMOUNT
        if not theirs:
            kind = DifferenceKind.INVOICE_MISSING_THERE
        elif is_void:
            kind = DifferenceKind.INVOICE_VOID
        waits = not is_void and awaits_theirs(sight, invoice)
        words = f"Invoice {name_of(invoice)}"
        if waits:
            words += ", of a period that the engine is to bill by itself"
        repeated = reading.repeated(invoice.invoice_id, "charge", "void-credit")
        yield Matter(kind, invoice.invoice_id, ours, theirs, words, not waits, repeated)


def _payments(reading: Reading) -> Iterator[Matter]:
    sight = reading.sight
    for credit in own_payment_credits(sight):
        slices = sight.slices.get(credit.credit_id, ())
        ours = 0 if credit.ended_on is not None else -credit.amount.amount_minor
        theirs = reading.owed(credit.credit_id, "rest", "end") - sum(map(_kept, slices))
        kind = DifferenceKind.PAYMENT_AMOUNT if theirs else DifferenceKind.PAYMENT_MISSING_THERE
        words = f"Payment {credit.order_key} of {credit.value_date}"
        unsettled = [it for it in slices if it.state is TheirPaymentState.UNSETTLED]
        for payment in unsettled:
            yield _unsettled(payment)
        repeated = reading.repeated(credit.credit_id, "rest", "end")
        yield Matter(kind, credit.credit_id, ours, theirs, words, not unsettled, repeated)


def _unknown_payments(reading: Reading) -> Iterator[Matter]:
    """Payments there of credits that this lease does not have."""
    known = {it.credit_id for it in reading.sight.account.credits}
    for credit_id, payments in reading.sight.slices.items():
        for payment in payments if credit_id not in known else ():
            theirs = reading.owed(payment.payment_id) - _kept(payment)
            words = f"Payment {payment.key}, which nobody recorded here"
            yield Matter(DifferenceKind.PAYMENT_MISSING_HERE, payment.payment_id, 0, theirs, words)


def _unsettled(payment: TheirPayment) -> Matter:
    words = f"Payment {payment.key or payment.payment_id} is neither paid nor unpaid there"
    minor = payment.paid.amount_minor
    return Matter(DifferenceKind.PAYMENT_UNSETTLED, payment.payment_id, 0, -minor, words, can_be_repaired=False)


def _kept(payment: TheirPayment) -> int:
    return payment.kept.amount_minor if payment.state is TheirPaymentState.SETTLED else 0


def differing(matters: Iterable[Matter]) -> Iterator[Matter]:
    """Those that are not the same on both sides."""
    return (it for it in matters if it.differs)
