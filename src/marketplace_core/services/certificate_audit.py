"""Check each certificate of a log again, claim by claim, on the books as they stood when it was made."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from attrs import evolve, frozen

from marketplace_core.domain.event_log import Event
from marketplace_core.domain.facts import Fact, MatchApplied, MatchProposed
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.matching import Match, Proposal
from marketplace_core.domain.reconciliation import (
    Certificate,
    Outcome,
    RuleSet,
    Verifier,
    certificate_digest,
    certificate_from_plain,
    rule_set_hash,
)
from marketplace_core.errors import CertificateInvalid, MarketplaceError
from marketplace_core.ports.event_log import EventLog
from marketplace_core.services.memory_books import MemoryBooks
from marketplace_core.services.reconciliation_view import ReconciliationView
from marketplace_core.services.replay import replay
from marketplace_core.services.row_laws import Finding

_LINKS_MOST: Final = 50
_SLACK: Final = timedelta(hours=1)
"""How much earlier the command of a write that came between a view and its link may have begun."""


@frozen
class _Failed:
    """A certificate that holds neither on its pass's view nor on the books before its link."""

    subject: str
    certificate: Certificate
    why: str
    may_precede: frozenset[int]


class CertificateAudit:
    """Watches a replay: one view of the books for each pass of a reconcile, however many certificates it made.

    A certificate must hold on the view of its pass, which is that of the books before the pass's first link. Where
    another command wrote between the view and that link, ``findings`` looks at the books before these writes too.
    """

    def __init__(self, rules: Iterable[RuleSet]) -> None:
        """Take the rule sets by which certificates may have been made; those of others are only counted."""
        self._rules = {rule_set_hash(one): one for one in rules}
        self._views: dict[tuple[date, str], tuple[int, Verifier]] = {}
        self._seen: set[tuple[str, str]] = set()
        self._links: deque[tuple[int, datetime]] = deque(maxlen=_LINKS_MOST)
        self._failed: list[_Failed] = []
        self._misfits: list[Finding] = []
        self._erased = False
        self.checked = 0
        self.rules_unknown = 0

    def watch(self, books: MemoryBooks, event: Event, facts: Sequence[Fact]) -> None:
        """Check the certificates of a link against the books before it."""
        certified = [it for it in map(_certified, facts) if it is not None and it.certificate]
        for it in certified:
            subject = f"match {it.match_id}" if isinstance(it, Match) else f"proposal of payment {it.payment_id}"
            try:
                certificate = require_fits(it)
            except CertificateInvalid as error:
                self._misfits.append(Finding("certificates fit", subject, str(error)))
            else:
                self._check(books, event, subject, certificate, it.certificate_digest)
            self.checked += isinstance(it, Match)
        self._erased = self._erased or any(_is_emptied(fact) for fact in facts)
        self._links.append((event.sequence, event.recorded_at))

    def _check(self, books: MemoryBooks, event: Event, subject: str, certificate: Certificate, digest: str) -> None:
        seen = (certificate.payment_id, digest)
        if seen in self._seen:
            return  # a proposal that a person accepted or rejected keeps the certificate it was made with
        self._seen.add(seen)
        rules = self._rules.get(certificate.rule_set_hash)
        if rules is None:
            self.rules_unknown += 1
            return
        why = self._broken(books, event.sequence, certificate, rules)
        if why:
            since = event.recorded_at - _SLACK
            written = (sequence for sequence, at in self._links if at >= since and at != event.recorded_at)
            may_precede = frozenset(written) - {1}  # before the first link there are no books
            self._failed.append(_Failed(subject, certificate, why, may_precede))

    def _broken(self, books: MemoryBooks, sequence: int, certificate: Certificate, rules: RuleSet) -> str:
        """Empty where the certificate holds on the kept view of its pass or on the books as they are."""
        key = (certificate.as_of, certificate.rule_set_hash)
        kept = self._views.get(key)
        if kept is not None:
            why = _claim_broken(kept[1], certificate, erased=self._erased)
            if not why or kept[0] == sequence:
                return why
        verifier = _verifier(books, certificate, rules)
        why = _claim_broken(verifier, certificate, erased=self._erased)
        if kept is None or not why:
            self._views[key] = (sequence, verifier)
        return why

    @property
    def misfits(self) -> tuple[Finding, ...]:
        """What of the certificates seen so far does not fit its digest or what it stands at."""
        return tuple(self._misfits)

    def findings(self, log: EventLog, portfolio_id: PortfolioId) -> tuple[Finding, ...]:
        """What does not hold in a log that replays; it is replayed again only where a write between may explain it."""
        failed = self._failed
        if any(it.may_precede for it in failed):
            failed = self._second_look(log, portfolio_id)
        return (*self._misfits, *(Finding("certificates hold", it.subject, it.why) for it in failed))

    def _second_look(self, log: EventLog, portfolio_id: PortfolioId) -> list[_Failed]:
        open_ = list(self._failed)

        def watch(books: MemoryBooks, event: Event, _: Sequence[Fact]) -> None:
            views: dict[tuple[date, str], Verifier] = {}
            for it in [one for one in open_ if event.sequence in one.may_precede]:
                key = (it.certificate.as_of, it.certificate.rule_set_hash)
                if key not in views:
                    views[key] = _verifier(books, it.certificate, self._rules[it.certificate.rule_set_hash])
                if not _claim_broken(views[key], it.certificate, erased=self._erased):
                    open_.remove(it)

        replay(log, portfolio_id, watch=watch)
        return open_


def _certified(fact: Fact) -> Match | Proposal | None:
    if isinstance(fact, MatchApplied):
        return fact.match
    return fact.proposal if isinstance(fact, MatchProposed) else None


def _is_emptied(fact: Fact) -> bool:
    """True where the personal part of a fact that every such fact has is gone."""
    return any(not _value(fact, name) for name in fact.personal if name in ("person.name", "alias.text"))


def _value(fact: Fact, path: str) -> object:
    found: object = fact
    for name in path.split("."):
        found = getattr(found, name)
    return found


def _verifier(books: MemoryBooks, certificate: Certificate, rules: RuleSet) -> Verifier:
    view = ReconciliationView(books, books, books, books)
    return Verifier(view(certificate.portfolio_id, certificate.as_of, rules))


def _claim_broken(verifier: Verifier, certificate: Certificate, *, erased: bool) -> str:
    """What does not hold, empty where all does; once people are erased, rivals beyond those named may be gone."""
    why = ""
    for one in _as_far_as_known(certificate) if erased else [certificate]:
        try:
            verifier.verify(one)
        except MarketplaceError as error:
            why = why or str(error)
        else:
            return ""
    return why


def _as_far_as_known(certificate: Certificate) -> Iterator[Certificate]:
    yield certificate
    for fewer in range(certificate.rivals_beyond):
        yield evolve(certificate, rivals_beyond=fewer)


def require_fits(it: Match | Proposal) -> Certificate:
    """Refuse a certificate that is not the one digested in the chain, or that proves something else than it stands at.

    What a rule applied must have the slices of its certificate; a person may have chosen otherwise.
    """
    what = f"match {it.match_id}" if isinstance(it, Match) else f"proposal of payment {it.payment_id}"
    try:
        plain = json.loads(it.certificate)
    except ValueError as error:
        raise CertificateInvalid(f"{what}: its certificate is no JSON") from error
    certificate = certificate_from_plain(plain)
    if certificate_digest(certificate) != it.certificate_digest:
        raise CertificateInvalid(f"{what}: its certificate does not fit its digest; it was altered")
    if (certificate.portfolio_id, certificate.payment_id) != (it.portfolio_id, it.payment_id):
        raise CertificateInvalid(
            f"{what}: its certificate is of payment {certificate.payment_id} in portfolio {certificate.portfolio_id}"
        )
    if isinstance(it, Match) and it.decided_by.startswith("rule:"):
        proven = sorted((part.lease_id, part.amount.amount_minor) for part in certificate.slices)
        given = sorted((part.lease_id, part.amount.amount_minor) for part in it.slices)
        if certificate.outcome is not Outcome.APPLIED or proven != given:
            raise CertificateInvalid(f"{what}: its certificate proves {proven}, {given} was applied")
    return certificate
