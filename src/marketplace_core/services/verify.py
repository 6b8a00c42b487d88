"""Prove that the live books agree with themselves, with their event log and with the certificates of matches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Final

from attrs import frozen

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.reconciliation import DEFAULT_RULES, RuleSet
from marketplace_core.domain.state import Difference, StateRow, differences
from marketplace_core.errors import MarketplaceError
from marketplace_core.ports.event_log import BooksState, EventLog
from marketplace_core.services.certificate_audit import CertificateAudit
from marketplace_core.services.replay import Replayed, replay
from marketplace_core.services.row_laws import Finding, RowLaws

DIFFERENCES_MOST: Final = 100
"""How many differing rows a report lists; the rest is counted as one finding."""


@frozen
class VerificationReport:
    """What a verification looked at and what it found; no finding, no fault.

    ``certificates`` counts those of matches. ``rules_unknown`` counts certificates by rule sets that were not given:
    of these only the digest and the slices were checked. ``evidence_erased`` counts personal parts that were erased:
    they prove nothing any more, and break nothing.
    """

    portfolio_id: PortfolioId
    events: int
    head_hash: str
    rows: int
    certificates: int
    evidence_erased: int
    differences: tuple[Difference, ...]
    findings: tuple[Finding, ...]
    rules_unknown: int = 0

    @property
    def ok(self) -> bool:
        """True where everything holds."""
        return not self.differences and not self.findings


def verify_books(
    log: EventLog,
    live: BooksState,
    portfolio_id: PortfolioId,
    *,
    rules: Iterable[RuleSet] = (DEFAULT_RULES,),
    progress: Callable[[int], None] | None = None,
) -> VerificationReport:
    """Check the chain, replay it and compare row by row, check the laws on the live rows, and every certificate.

    The live rows are read once, as streams, those of evidence too; the replayed books are in memory. ``rules`` are
    the rule sets by which payments were matched: each certificate is checked again on the replayed books of the
    moment it was made.
    """
    certificates = CertificateAudit(rules)
    findings: list[Finding] = []
    replayed: Replayed | None = None
    try:
        replayed = replay(log, portfolio_id, watch=certificates.watch, progress=progress)
    except MarketplaceError as error:
        findings.append(Finding("the log replays", f"portfolio {portfolio_id}", str(error)))
        findings.extend(certificates.misfits)
    else:
        findings.extend(certificates.findings(log, portfolio_id))
    laws, counted = RowLaws(), 0
    rows = laws.passing(live.state(portfolio_id))
    differing: list[Difference] = []
    if replayed is None:
        counted = sum(1 for _ in rows)
    else:
        passing = _Counted(rows)
        told = laws.passing_evidence(live.evidence_state(portfolio_id))
        evidence = differences(told, replayed.books.evidence_state(portfolio_id))
        found = chain(differences(passing, replayed.books.state(portfolio_id)), evidence)
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
        (*findings, *laws.findings()),
        certificates.rules_unknown,
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
