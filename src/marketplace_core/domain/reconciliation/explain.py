"""A certificate in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.reconciliation.certificate import Certificate, Outcome, Reason, Rival, Side, WhyLost
from marketplace_core.domain.reconciliation.evidence import Evidence, EvidenceKind

_OUTCOMES: Final = {
    Outcome.APPLIED: "applied",
    Outcome.PROPOSED: "needs a person",
    Outcome.UNMATCHED: "unmatched",
}
_REASONS: Final = {
    Reason.RULE: "by the first rule that matches",
    Reason.CONTRADICTION: "there is evidence for another lease too",
    Reason.TIE: "the same evidence speaks for several leases, and no set of invoices tells them apart",
    Reason.SEVERAL_SETS: "more than one set of invoices explains the amount",
    Reason.PAST_BOUND: "there are too many open invoices to search every set",
    Reason.FOREIGN_REFERENCE: "it names a reference with a right check character that belongs to nobody here",
    Reason.OTHER_CURRENCY: "the lease is in another currency than the payment",
    Reason.NO_EVIDENCE: "nothing says whose money it is",
}
_KINDS: Final = {
    EvidenceKind.REFERENCE: "reference {seen!r} is the lease's {known!r}",
    EvidenceKind.INVOICE_NUMBER: "invoice number {seen!r} is {known!r}",
    EvidenceKind.UNIT_CODE: "unit code {seen!r} is {known!r}",
    EvidenceKind.PHONE: "phone {seen!r} against {known!r}",
    EvidenceKind.ALIAS: "{seen!r} was learned from match {known}",
    EvidenceKind.NAME: "name {seen!r} against {known!r}",
    EvidenceKind.NEAR_REFERENCE: "{seen!r} is one edit from the reference {known!r}",
    EvidenceKind.AMOUNT: "amount {seen} is made up with {known}",
    EvidenceKind.DUE: "paid on {seen}, near the due date {known}",
}
_LOST: Final = {
    WhyLost.WEAKER: "weaker evidence",
    WhyLost.NOT_IN_SET: "its invoices do not explain the amount",
    WhyLost.NOT_SHOWN: "the same evidence, beyond those shown",
    WhyLost.OTHER_CURRENCY: "another currency",
}


def explain(certificate: Certificate, names: Mapping[str, str] | None = None) -> list[str]:
    """Lines for a person: what was decided and why, the evidence, the sums, the rivals, how far was searched.

    ``names`` says what people call a lease, an invoice or the payment, by id; what is not in it is called by its id.
    """
    return _Teller({} if names is None else names).lines(certificate)


@frozen
class _Teller:
    """Tells a certificate, with names for ids."""

    names: Mapping[str, str]

    def lines(self, certificate: Certificate) -> list[str]:
        payment = self._called(certificate.payment_id)
        lines = [f"Payment {payment}: {_OUTCOMES[certificate.outcome]}, {_REASONS[certificate.reason]}."]
        for number, side in enumerate(certificate.sides, start=1):
            lines.extend(self._side(side, f"Side {number}" if len(certificate.sides) > 1 else "Answer"))
        lines.extend(self._rival(rival) for rival in certificate.rivals)
        if certificate.rivals_beyond:
            lines.append(f"  and {certificate.rivals_beyond} more leases with weaker evidence")
        if certificate.search is not None:
            search = certificate.search
            seen = "every set was seen" if search.complete else "not every set was seen"
            lines.append(
                f"Search: {search.invoices} open invoices, {seen} "
                f"(limits: {search.invoices_most} invoices, {search.states_most} partial sums)."
            )
        lines.append(f"As of {certificate.as_of}; rules {certificate.rule_set_hash}, input {certificate.input_hash}.")
        return lines

    def _called(self, own_id: str) -> str:
        return self.names.get(own_id, own_id)

    def _side(self, side: Side, title: str) -> list[str]:
        percent = f"{side.confidence_basis_points // 100}.{side.confidence_basis_points % 100:02d}%"
        lines = [f"{title}: rule {side.rule.name} version {side.rule.version}, right in {percent} of such matches."]
        for part in side.slices:
            lines.append(f"  {part.amount} to lease {self._called(part.lease_id)}")
            lines.extend(
                f"    of it {amount} for invoice {self._called(invoice)}, as named" for invoice, amount in part.pins
            )
        lines.extend(f"  {self._evidence(piece)}" for piece in side.evidence)
        sums = side.arithmetic
        for line in sums.lines:
            off = f", {line.written_off} written off" if line.written_off else ""
            name = self._called(line.invoice_id)
            lines.append(f"  invoice {name}: {line.open_amount} open, {line.takes} paid{off}")
        left = f"{sums.unapplied} − {sums.taken} = {sums.credit_left} left as credit"
        return [*lines, f"  {left}"]

    def _evidence(self, piece: Evidence) -> str:
        lease = self._called(piece.lease_id)
        if piece.is_erased:
            return f"lease {lease}: {piece.kind} ({piece.grade}), texts erased"
        seen, known = piece.seen, piece.known
        if piece.kind is EvidenceKind.AMOUNT:
            seen = _amount(seen)
            known = ", ".join(self._called(invoice) for invoice in known.split("+"))
        elif piece.kind is EvidenceKind.INVOICE_NUMBER:
            known = self._called(known)
        return f"lease {lease}: {_KINDS[piece.kind].format(seen=seen, known=known)} ({piece.grade})"

    def _rival(self, rival: Rival) -> str:
        lease = self._called(rival.lease_id)
        return f"  not lease {lease}: {rival.kind} ({rival.grade}), {_LOST[rival.why]}"


def _amount(text: str) -> str:
    """The amount that stands in evidence as minor units and a code, as people write it."""
    minor, _, code = text.partition(" ")
    return str(Money(int(minor), Currency.of(code)))
