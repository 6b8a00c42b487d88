"""Prove that the live books agree with themselves, with their event log and with the certificates of matches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final

from attrs import frozen

from marketplace_core.domain.event_log import Event
from marketplace_core.domain.facts import Fact, MatchApplied
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.matching import Match
from marketplace_core.domain.reconciliation import Outcome, certificate_digest, certificate_from_plain
from marketplace_core.domain.state import Difference, StateRow, differences
from marketplace_core.errors import CertificateInvalid, MarketplaceError
from marketplace_core.ports.event_log import BooksState, EventLog
from marketplace_core.services.memory_books import MemoryBooks
from marketplace_core.services.replay import Replayed, replay
from marketplace_core.services.row_laws import Finding, RowLaws

DIFFERENCES_MOST: Final = 100
"""How many differing rows a report lists; the rest is counted as one finding."""


@frozen
class VerificationReport:
    """What a verification looked at and what it found; no finding, no fault.

    ``evidence_erased`` counts personal parts that were erased: they prove nothing any more, and break nothing.
    """

    portfolio_id: PortfolioId
    events: int
    head_hash: str
    rows: int
    certificates: int
    evidence_erased: int
    differences: tuple[Difference, ...]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """True where everything holds."""
        return not self.differences and not self.findings


def verify_books(
    log: EventLog,
    live: BooksState,
    portfolio_id: PortfolioId,
    *,
    progress: Callable[[int], None] | None = None,
) -> VerificationReport:
    """Check the chain, replay it and compare row by row, check the laws on the live rows, and every certificate.

    The live rows are read once, as a stream; the replayed books are in memory.
    """
    certificates = _Certificates()
    findings: list[Finding] = []
    replayed: Replayed | None = None
    try:
        replayed = replay(log, portfolio_id, watch=certificates.watch, progress=progress)
    except MarketplaceError as error:
        findings.append(Finding("the log replays", f"portfolio {portfolio_id}", str(error)))
    laws, counted = RowLaws(), 0
    rows = laws.passing(live.state(portfolio_id))
    differing: list[Difference] = []
    if replayed is None:
        counted = sum(1 for _ in rows)
    else:
        passing = _Counted(rows)
        found = differences(passing, replayed.books.state(portfolio_id))
        differing = list(islice(found, DIFFERENCES_MOST))
        beyond = sum(1 for _ in found)
        if beyond:
            findings.append(Finding("live rows are the log's", f"portfolio {portfolio_id}", f"{beyond} more differ"))
        counted = passing.count
    return VerificationReport(
        portfolio_id,
        0 if replayed is None else replayed.events,
        "" if replayed is None else replayed.head_hash,
        counted,
        certificates.checked,
        0 if replayed is None else replayed.erased,
        tuple(differing),
        (*findings, *certificates.findings, *laws.findings()),
    )


class _Counted:
    """Counts what passes."""

    def __init__(self, rows: Iterator[StateRow]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[StateRow]:
        for row in self._rows:
            self.count += 1
            yield row


class _Certificates:
    """Checks the certificate of each match while the log is replayed."""

    def __init__(self) -> None:
        self.checked = 0
        self.findings: list[Finding] = []

    def watch(self, _: MemoryBooks, __: Event, facts: Sequence[Fact]) -> None:
        """Check the certificates of a link's matches."""
        for fact in facts:
            if isinstance(fact, MatchApplied) and fact.match.certificate:
                self.checked += 1
                try:
                    require_fits(fact.match)
                except CertificateInvalid as error:
                    self.findings.append(Finding("certificates fit", f"match {fact.match.match_id}", str(error)))


def require_fits(match: Match) -> None:
    """Refuse a certificate that is not the one digested in the chain, or that proves another match than this one.

    What a rule applied must have the slices of its certificate; a person may have chosen otherwise. Whether its
    claims held on the books of its day is checked before it is applied (``reconciliation.verify``).
    """
    try:
        plain = json.loads(match.certificate)
    except ValueError as error:
        raise CertificateInvalid(f"match {match.match_id}: its certificate is no JSON") from error
    certificate = certificate_from_plain(plain)
    if certificate_digest(certificate) != match.certificate_digest:
        raise CertificateInvalid(f"match {match.match_id}: its certificate does not fit its digest; it was altered")
    if certificate.payment_id != match.payment_id:
        raise CertificateInvalid(f"match {match.match_id}: its certificate is of payment {certificate.payment_id}")
    if not match.decided_by.startswith("rule:"):
        return
    proven = sorted((part.lease_id, part.amount.amount_minor) for part in certificate.slices)
    given = sorted((part.lease_id, part.amount.amount_minor) for part in match.slices)
    if certificate.outcome is not Outcome.APPLIED or proven != given:
        raise CertificateInvalid(f"match {match.match_id}: its certificate proves {proven}, {given} was applied")
