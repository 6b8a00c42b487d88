"""Checking a certificate again, without the code that decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from weakref import ref

from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.reconciliation.books import Books
from marketplace_core.domain.reconciliation.certificate import Certificate, Outcome, Reason, Rival, Side, WhyLost
from marketplace_core.domain.reconciliation.claims import Claims, gather
from marketplace_core.domain.reconciliation.deciding.sets import find_sets
from marketplace_core.domain.reconciliation.evidence import ERASED, Evidence, EvidenceKind, in_order
from marketplace_core.domain.reconciliation.inputs import ReconciliationInput, UnappliedPayment
from marketplace_core.domain.reconciliation.limits import (
    INVOICES_MOST,
    RIVALS_MOST,
    SETS_MOST,
    SIDES_MOST,
    STATES_MOST,
)
from marketplace_core.domain.reconciliation.recheck import (
    check_amount,
    check_arithmetic,
    check_slices,
    check_texts,
    count_sets,
    set_pool,
)
from marketplace_core.domain.reconciliation.rules import Action, Rule
from marketplace_core.errors import CertificateInvalid

_ABOUT_MONEY = (EvidenceKind.AMOUNT, EvidenceKind.DUE)
_BY_SETS = (Reason.RULE, Reason.SEVERAL_SETS, Reason.CONTRADICTION, Reason.FOREIGN_REFERENCE)


class Verification(StrEnum):
    """What a check found that did not fail.

    ``holds``: every claim was checked. ``evidence_erased``: the names, phones and learned texts were taken out, and
    everything else holds.
    """

    HOLDS = "holds"
    EVIDENCE_ERASED = "evidence_erased"


class Verifier:
    """Checks certificates against one portfolio's view; its look-up tables are built once."""

    def __init__(self, given: ReconciliationInput) -> None:
        """Take the view on which the certificates were made."""
        self._given = given
        self._books = Books(given)
        self._payments = {payment.payment_id: payment for payment in given.payments}
        self._rules = {(rule.name, rule.version): (place, rule) for place, rule in enumerate(given.rules.rules)}

    def verify(self, certificate: Certificate) -> Verification:
        """``CertificateInvalid`` at the first claim that does not hold."""
        payment = self._payments.get(certificate.payment_id)
        if payment is None:
            raise CertificateInvalid(f"payment {certificate.payment_id} is not among the payments given")
        _Check(certificate, payment, self._books, self._rules).run()
        return Verification.EVIDENCE_ERASED if certificate.is_erased else Verification.HOLDS


_recent: list[tuple[ref[ReconciliationInput], Verifier]] = []


def verify(certificate: Certificate, given: ReconciliationInput) -> Verification:
    """Whether a certificate's claims hold on the view it was made on; else ``CertificateInvalid``.

    The last view's tables are kept, so that one check after the other on the same object stays cheap.
    """
    for kept, verifier in _recent:
        if kept() is given:
            return verifier.verify(certificate)
    verifier = Verifier(given)
    _recent[:] = [(ref(given), verifier)]
    return verifier.verify(certificate)


class _Check:
    """One certificate's check."""

    def __init__(
        self,
        certificate: Certificate,
        payment: UnappliedPayment,
        books: Books,
        rules: dict[tuple[str, int], tuple[int, Rule]],
    ) -> None:
        self._certificate = certificate
        self._payment = payment
        self._books = books
        self._rules = rules
        self._claims: Claims = gather(payment, books)

    def _require(self, holds: bool, claim: str) -> None:  # noqa: FBT001 - reads as a sentence
        if not holds:
            raise CertificateInvalid(f"certificate of payment {self._payment.payment_id}: {claim}")

    def run(self) -> None:
        self._header()
        if self._certificate.outcome is Outcome.UNMATCHED:
            self._require(self._certificate.reason is Reason.NO_EVIDENCE, "unmatched is for want of evidence only")
            self._require(self._certificate.search is None, "an unmatched payment states no search")
            self._nothing_matches(len(self._books.rules.rules))
        else:
            rule = self._deciding_rule()
            for side in self._certificate.sides:
                self._side(side)
            self._outcome(rule)
        self._rivals()
        self._hashes()

    def _header(self) -> None:
        certificate, given = self._certificate, self._books.given
        self._require(certificate.portfolio_id == given.portfolio_id, "it is of another portfolio")
        self._require(certificate.as_of == given.as_of, f"it is as of {certificate.as_of}, the books of {given.as_of}")
        self._require(certificate.rule_set_hash == self._books.digests.rules_hash, "it was made by other rules")

    def _deciding_rule(self) -> Rule:
        """The first side's rule: it is there, it matched, and no earlier one does."""
        place, rule = self._rule(self._certificate.sides[0])
        if self._certificate.reason is not Reason.OTHER_CURRENCY:
            self._nothing_matches(place)
        return rule

    def _rule(self, side: Side) -> tuple[int, Rule]:
        found = self._rules.get((side.rule.name, side.rule.version))
        if found is None:
            raise CertificateInvalid(f"rule {side.rule.name!r} version {side.rule.version} is not in the rule set")
        self._require(
            side.confidence_basis_points == found[1].confidence_basis_points,
            f"rule {side.rule.name} has another confidence",
        )
        return found

    def _meeting(self, rule: Rule) -> list[LeaseId]:
        """The leases of the payment's currency whose evidence meets the rule's criteria of who paid."""
        wanted = [criterion for criterion in rule.criteria if criterion.kind not in _ABOUT_MONEY]
        return [
            lease_id
            for lease_id, pieces in self._claims.by_lease.items()
            if wanted
            and self._books.leases[lease_id].currency == self._payment.unapplied.currency
            and all(any(_meets(piece, criterion.kind, criterion.grades) for piece in pieces) for criterion in wanted)
        ]

    def _nothing_matches(self, places: int) -> None:
        """No rule before that place matches."""
        for rule in self._books.rules.rules[:places]:
            if not rule.criteria:
                continue
            needs_amount = any(criterion.kind is EvidenceKind.AMOUNT for criterion in rule.criteria)
            leases = self._meeting(rule)
            asks_who = any(criterion.kind not in _ABOUT_MONEY for criterion in rule.criteria)
            if asks_who and not leases:
                continue
            self._require(needs_amount, f"rule {rule.name} comes first and matches lease {leases[0] if leases else ''}")
            pool = set_pool(rule, self._payment, leases, self._claims, self._books)
            self._require(not pool.is_explained(self._payment), f"rule {rule.name} comes first and explains the amount")

    def _side(self, side: Side) -> None:
        payment = self._payment
        _, rule = self._rule(side)
        leases = [part.lease_id for part in side.slices]
        if self._certificate.reason is Reason.OTHER_CURRENCY:
            self._require(not side.slices and not side.explained_by, "nothing can be applied in another currency")
            leases = sorted({piece.lease_id for piece in side.evidence})
            self._require(len(leases) == 1, "the evidence is for one lease")
        self._require(all(lease_id in self._books.leases for lease_id in leases), "a lease is not in the portfolio")
        known = [piece for lease_id in leases for piece in self._claims.by_lease.get(lease_id, ())]
        self._evidence(side, known)
        if self._certificate.reason is not Reason.OTHER_CURRENCY:
            for lease_id in leases:
                asks_who = any(criterion.kind not in _ABOUT_MONEY for criterion in rule.criteria)
                met = not asks_who or lease_id in self._meeting(rule)
                self._require(met, f"lease {lease_id} does not meet rule {rule.name}")
            check_slices(side, payment, self._books)
        check_arithmetic(side, payment, rule, self._books)

    def _evidence(self, side: Side, known: list[Evidence]) -> None:
        """What is claimed is all that the books hold, each text compares as said, and nothing more is claimed."""
        own = tuple(piece for piece in side.evidence if piece.kind not in _ABOUT_MONEY)
        amount = tuple(piece for piece in side.evidence if piece.kind in _ABOUT_MONEY)
        expected = tuple(known)
        if self._certificate.is_erased:
            expected = tuple(piece.redacted() for piece in expected)
        self._require(
            in_order((*expected, *amount)) == side.evidence and len(own) == len(expected),
            "the evidence is not what the books hold",
        )
        for piece in own:
            if not piece.is_erased:
                check_texts(piece, self._payment, self._books)
        check_amount(side, self._payment, self._books)

    def _outcome(self, rule: Rule) -> None:
        """The outcome and the reason follow from the rule and the sides."""
        certificate, reason = self._certificate, self._certificate.reason
        first = certificate.sides[0]
        applies = certificate.outcome is Outcome.APPLIED
        self._require(
            applies == (reason is Reason.RULE and rule.action is Action.APPLY), "the rule's action is another"
        )
        self._require(reason is not Reason.NO_EVIDENCE, "there is evidence")
        if reason is Reason.OTHER_CURRENCY:
            self._require(len(certificate.sides) == 1 and certificate.search is None, "one side, and nothing searched")
            self._nothing_matches(len(self._books.rules.rules))
            return
        leases = self._meeting(rule)
        self._searched(rule, leases)
        against = self._against(rule, first) if rule.action is Action.APPLY else []
        foreign = self._claims.foreign and all(piece.kind is not EvidenceKind.REFERENCE for piece in first.evidence)
        if reason is Reason.RULE and rule.action is Action.APPLY:
            self._require(not against, f"lease {against[0] if against else ''} has evidence against it")
            self._require(not foreign, "a reference of nobody here is named")
        if reason is Reason.CONTRADICTION:
            self._require(bool(against), "no other lease has evidence against it")
            self._other_sides(against)
        elif reason is Reason.FOREIGN_REFERENCE:
            self._require(
                bool(foreign) and not against and len(certificate.sides) == 1, "no foreign reference is named"
            )

    def _searched(self, rule: Rule, leases: list[LeaseId]) -> None:
        """The search is stated as it was, and the sets are all that there are."""
        certificate, reason = self._certificate, self._certificate.reason
        needs_amount = any(criterion.kind is EvidenceKind.AMOUNT for criterion in rule.criteria)
        search = certificate.search
        if not needs_amount and len(leases) == 1:
            self._require(search is None, "one lease is proven: nothing was searched")
            self._require(certificate.sides[0].lease_ids == (leases[0],), "the proven lease is another")
            self._require(
                reason in (Reason.RULE, Reason.CONTRADICTION, Reason.FOREIGN_REFERENCE), "one lease is proven"
            )
            self._require(not certificate.sides[0].explained_by, "one lease is proven: no set was needed")
            self._require(reason is not Reason.RULE or len(certificate.sides) == 1, "one lease is proven")
            return
        if search is None:
            raise CertificateInvalid(f"certificate of payment {self._payment.payment_id}: the search is not stated")
        pool = set_pool(rule, self._payment, leases, self._claims, self._books)
        limits = (search.invoices, search.invoices_most, search.states_most)
        self._require(limits == (len(pool.invoices), INVOICES_MOST, STATES_MOST), "the search bound is another")
        complete = pool.by_lookup is None and find_sets(pool.invoices, 1, 0).bound.complete
        if complete:
            complete = find_sets(pool.invoices, pool.least, pool.most).bound.complete
        self._require(search.complete == complete, "whether the search was complete is another")
        if reason in (Reason.TIE, Reason.PAST_BOUND):
            self._require((reason is Reason.TIE) == complete, "tie and bound are mixed up")
            self._require(not pool.is_explained(self._payment), "a set of invoices tells the leases apart")
            shown = [side.lease_ids for side in certificate.sides]
            self._require(shown == [(one,) for one in leases[:SIDES_MOST]], "the leases that tie are others")
            self._require(all(not side.explained_by for side in certificate.sides), "no set was found")
            return
        self._sets(pool.expected(self._payment), reason)
        if pool.by_lookup is None:
            distinct = count_sets(pool.invoices, pool.least, pool.most, SETS_MOST)
            self._require(distinct >= len(pool.expected(self._payment)), "the sets are not distinct")
            alone = reason is not Reason.SEVERAL_SETS and not pool.touches and not pool.asks_due
            self._require(not alone or distinct == 1, "the set is not the only one")

    def _sets(self, expected: Sequence[tuple[str, ...]], reason: Reason) -> None:
        sides = self._certificate.sides if reason is Reason.SEVERAL_SETS else self._certificate.sides[:1]
        claimed = [tuple(sorted(side.explained_by)) for side in sides]
        self._require(reason in _BY_SETS and sorted(claimed) == sorted(expected), "the sets are others")
        self._require(claimed == list(expected), "the sets stand in another order")
        self._require((len(expected) > 1) == (reason is Reason.SEVERAL_SETS), "the number of sets is another")
        self._require(reason is not Reason.RULE or len(self._certificate.sides) == 1, "one set, one side")

    def _against(self, rule: Rule, side: Side) -> list[LeaseId]:
        """The other leases with evidence that stops the rule and that the side's leases do not share."""
        own = [piece for lease_id in side.lease_ids for piece in self._claims.by_lease.get(lease_id, ())]
        return [
            lease_id
            for lease_id, pieces in self._claims.by_lease.items()
            if lease_id not in side.lease_ids
            and any(
                _meets(piece, criterion.kind, criterion.grades)
                and not any(mine.kind is piece.kind and mine.seen == piece.seen for mine in own)
                for piece in pieces
                for criterion in rule.contradicted_by
            )
        ]

    def _other_sides(self, against: list[LeaseId]) -> None:
        """Those against it are shown, each whole, by the first rule that it meets alone."""
        expected: list[tuple[tuple[LeaseId, ...], str]] = []
        for lease_id in against[: SIDES_MOST - 1]:
            alone = next((rule.name for rule in self._books.rules.rules if self._meets_alone(rule, lease_id)), None)
            if alone is not None:
                expected.append(((lease_id,), alone))
        shown = [(side.lease_ids, side.rule.name) for side in self._certificate.sides[1:]]
        self._require(shown == expected, "the sides against it are others")
        self._require(all(not side.explained_by for side in self._certificate.sides[1:]), "they explain no amount")

    def _meets_alone(self, rule: Rule, lease_id: LeaseId) -> bool:
        return all(
            criterion.kind is not EvidenceKind.AMOUNT for criterion in rule.criteria
        ) and lease_id in self._meeting(rule)

    def _rivals(self) -> None:
        """Every other lease with evidence is named or counted, strongest first, with why it lost."""
        certificate = self._certificate
        named = {piece.lease_id for side in certificate.sides for piece in side.evidence}
        named |= {lease_id for side in certificate.sides for lease_id in side.lease_ids}
        lost = [lease_id for lease_id in self._claims.by_lease if lease_id not in named]
        lost.sort(key=lambda lease_id: (self._claims.by_lease[lease_id][0].strength, lease_id))
        self._require(certificate.rivals_beyond == max(0, len(lost) - RIVALS_MOST), "the count of rivals is another")
        expected = tuple(self._rival(lease_id) for lease_id in lost[:RIVALS_MOST])
        self._require(certificate.rivals == expected, "the rivals, or why they lost, are others")

    def _rival(self, lease_id: LeaseId) -> Rival:
        best = self._claims.by_lease[lease_id][0]
        why = WhyLost.WEAKER
        if self._books.leases[lease_id].currency != self._payment.unapplied.currency:
            why = WhyLost.OTHER_CURRENCY
        elif self._certificate.sides and lease_id in self._meeting(self._rule(self._certificate.sides[0])[1]):
            by_tie = self._certificate.reason in (Reason.TIE, Reason.PAST_BOUND)
            why = WhyLost.NOT_SHOWN if by_tie else WhyLost.NOT_IN_SET
        return Rival(lease_id, best.kind, best.grade, why)

    def _hashes(self) -> None:
        certificate = self._certificate
        leases = [piece.lease_id for side in certificate.sides for piece in side.evidence]
        leases += [lease_id for side in certificate.sides for lease_id in side.lease_ids]
        leases += [rival.lease_id for rival in certificate.rivals]
        public, personal = self._books.digests.of(self._payment, leases)
        self._require(certificate.input_hash == public, "the payment or the books were others")
        if certificate.personal_hash != ERASED:
            self._require(certificate.personal_hash == personal, "a name, phone or text was another")


def _meets(piece: Evidence, kind: EvidenceKind, grades: Iterable[str]) -> bool:
    wanted = tuple(grades)
    return piece.kind is kind and (not wanted or piece.grade in wanted)
