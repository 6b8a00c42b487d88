"""What a report tells the books: a payment that is new, one that is known, or something that contradicts it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Container, Sequence
from typing import Protocol

from attrs import define, field, frozen

from marketplace_core.domain.codec import canonical, digest, to_plain
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import PaymentContradicted, PaymentReceived, PaymentReportedAgain
from marketplace_core.domain.identifiers import PaymentId, ReportId
from marketplace_core.domain.money import Money
from marketplace_core.domain.payment import Payment, PaymentReport, ReportSource

InboxFact = PaymentReceived | PaymentReportedAgain | PaymentContradicted
Contradicted = tuple[PaymentId, ReportSource, Money]
"""What names a contradiction: each source and amount of a payment is recorded once."""


class Contradictions(Protocol):
    """The contradictions that are recorded: a set of them, or a table by what names them."""

    @abstractmethod
    def __contains__(self, key: Contradicted, /) -> bool:
        """True where it is recorded."""


@frozen
class Contradiction:
    """A report that was refused since its transaction is known otherwise; recorded with the reason."""

    report: PaymentReport
    reason: str


@frozen
class InboxOutcome:
    """What came of the reports: ``received`` new payments, ``told_again`` by another source, ``repeated`` reports.

    ``held`` are payments of a shared account that no evidence gives to a book; a person says whose they are.
    """

    received: int
    received_minor: int
    told_again: int
    repeated: int
    contradictions: tuple[Contradiction, ...] = ()
    held: int = 0

    def plus(self, other: InboxOutcome) -> InboxOutcome:
        """Both together."""
        return InboxOutcome(
            self.received + other.received,
            self.received_minor + other.received_minor,
            self.told_again + other.told_again,
            self.repeated + other.repeated,
            (*self.contradictions, *other.contradictions),
            self.held + other.held,
        )


@define
class InboxTally:
    """Counts what reports tell, one after another."""

    received: int = 0
    received_minor: int = 0
    told_again: int = 0
    repeated: int = 0
    contradictions: list[Contradiction] = field(factory=list[Contradiction])

    def add(self, other: InboxTally) -> None:
        """Count what another tally has counted."""
        self.received += other.received
        self.received_minor += other.received_minor
        self.told_again += other.told_again
        self.repeated += other.repeated
        self.contradictions.extend(other.contradictions)

    def outcome(self) -> InboxOutcome:
        """What was counted."""
        contradictions = tuple(self.contradictions)
        return InboxOutcome(self.received, self.received_minor, self.told_again, self.repeated, contradictions)


def fact_told(
    report: PaymentReport,
    command: Command,
    known: Payment | None,
    reports: Container[ReportId],
    contradicted: Contradictions,
    tally: InboxTally,
) -> InboxFact | None:
    """The fact that a report makes in the command's portfolio, if any; counted in ``tally``.

    ``known`` is the payment of the report's transaction, whichever portfolio of a shared account has it; ``reports``
    and ``contradicted`` are what the command's own portfolio has heard of it before.
    """
    own = command.portfolio_id
    if known is None:
        tally.received += 1
        tally.received_minor += report.amount.amount_minor
        return PaymentReceived(Payment.first_told(report, command.recorded_at, own), report)
    is_ours = known.portfolio_id == own
    reason = known.contradicts(report)
    if reason is not None:
        tally.contradictions.append(Contradiction(report, reason))
        if not is_ours or (known.payment_id, report.source, report.amount) in contradicted:
            return None
        return PaymentContradicted(own, known.payment_id, report.amount, report, reason)
    if not is_ours or report.report_id in reports:
        tally.repeated += 1
        return None
    tally.told_again += 1
    return PaymentReportedAgain(own, known.payment_id, report)


def command_of(command: Command, facts: Sequence[InboxFact]) -> Command:
    """The command that adds these facts, named by what they add: each report is added once, so the name comes once."""
    return command.part(digest(canonical([to_plain(fact.report) for fact in facts])))
