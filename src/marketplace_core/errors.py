"""Every error this package raises on purpose, as one tree.

MarketplaceError
├── InvalidInput            what came from outside cannot be understood
│   ├── InvalidAmount
│   ├── InvalidReference
│   ├── InvalidRow          with file, line and column
│   ├── ImportRefused       every row that cannot be taken, together
│   └── KeyReused           an idempotency key, with another request than before
├── RuleViolation           understood, but a rule of the domain refuses it
│   ├── CurrencyMismatch
│   ├── PortfolioMismatch
│   ├── LeaseOverlap
│   ├── IllegalTransition
│   ├── OverAllocation
│   ├── DepositExceeded
│   ├── DuplicateInvoice
│   └── TransactionConflict
├── NotAuthenticated        nobody knows yet who asks
├── TooManyAttempts         wait, then try again
├── NotPermitted
│   └── SecondPersonRequired
├── NotFound
├── Conflict                somebody else was first
│   ├── AlreadyExists
│   ├── ConcurrentChange
│   └── StillRunning        the first request of an idempotency key
├── Unavailable             try again later
│   ├── StoreUnavailable
│   ├── StorageFull
│   └── PartnerUnavailable
│       └── PartnerDrift    it answers, but is not as it was
├── ConfigurationError
│   ├── AdapterMissing
│   └── AdapterClash
└── IntegrityBroken         the books do not agree with themselves
    ├── LawBroken
    ├── ChainBroken
    └── CertificateInvalid

Messages say what is wrong, where, and what to do. Adapters translate their
vendors' errors into these with ``raise … from``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_SHOWN = 20


class MarketplaceError(Exception):
    """Anything this package refuses or cannot do; catch this to catch all of it."""


class InvalidInput(MarketplaceError, ValueError):
    """A value from outside cannot be understood."""


class InvalidAmount(InvalidInput):
    """A text or number is not an exact amount of the currency."""


class InvalidReference(InvalidInput):
    """A text is not a payment reference with a right check character."""


class InvalidRow(InvalidInput):
    """One row of a file cannot be taken.

    Attributes: ``file`` (name as given), ``line`` (1-based, as an editor counts),
    ``column`` (header name, or None for the whole row), ``reason``.
    """

    def __init__(self, *, file: str, line: int, column: str | None, reason: str) -> None:
        """Keep the place beside the reason, and put both in the message."""
        self.file = file
        self.line = line
        self.column = column
        self.reason = reason
        where = f"{file}, line {line}" + (f", column {column!r}" if column else "")
        super().__init__(f"{where}: {reason}")


class ImportRefused(InvalidInput):
    """A file or folder cannot be taken as a whole; nothing was written.

    Attributes: ``problems`` (each with its file, line, column and reason, the first ones where there are many),
    ``count`` (of all).
    """

    def __init__(self, problems: Sequence[InvalidRow], count: int | None = None) -> None:
        """Put the first problems in the message, and the count of the rest."""
        self.problems = tuple(problems)
        self.count = len(self.problems) if count is None else count
        shown = [str(problem) for problem in self.problems[:_SHOWN]]
        more = [f"… and {self.count - len(shown)} more"] if self.count > len(shown) else []
        super().__init__("\n".join([f"{self.count} rows cannot be taken; nothing was written:", *shown, *more]))


class KeyReused(InvalidInput):
    """An idempotency key came again with another request; give each request a key of its own."""


class RuleViolation(MarketplaceError):
    """A rule of the domain refuses the request; nothing was stored."""


class CurrencyMismatch(RuleViolation):
    """Amounts of two currencies met."""


class PortfolioMismatch(RuleViolation):
    """Facts of two portfolios met."""


class LeaseOverlap(RuleViolation):
    """A unit would have two active leases over one day."""


class IllegalTransition(RuleViolation):
    """The thing is not in a state from which this step leads on."""


class OverAllocation(RuleViolation):
    """More would be allocated than the invoice is open for, or than the payment holds."""


class DepositExceeded(RuleViolation):
    """More would leave a deposit than is held."""


class DuplicateInvoice(RuleViolation):
    """A lease would have two non-void invoices of one period, kind and subject."""


class TransactionConflict(RuleViolation):
    """A transaction id came again with another amount, currency or day."""


class NotAuthenticated(MarketplaceError):
    """Who asks is not known: there are no credentials, or they do not hold."""


class TooManyAttempts(MarketplaceError):
    """Asked too often in a span of time.

    Attributes: ``retry_after_seconds``.
    """

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        """Keep how long to wait beside the message."""
        self.retry_after_seconds = retry_after_seconds
        super().__init__(message)


class NotPermitted(MarketplaceError):
    """The actor's role does not allow the action on that object."""


class SecondPersonRequired(NotPermitted):
    """The amount is above the limit that one person may decide alone."""


class NotFound(MarketplaceError, LookupError):
    """No such thing in this portfolio, or not visible to the actor."""


class Conflict(MarketplaceError):
    """Somebody else was first; look again and decide again."""


class AlreadyExists(Conflict):
    """The id is taken by a different thing."""


class ConcurrentChange(Conflict):
    """What the decision was based on has changed."""


class StillRunning(Conflict):
    """The first request with this idempotency key is not answered yet; try again."""


class Unavailable(MarketplaceError):
    """Something needed does not answer; nothing was half done, try again."""


class StoreUnavailable(Unavailable):
    """The database does not answer or went away."""


class StorageFull(StoreUnavailable):
    """The disk of the database or of the data folder is full."""


class PartnerUnavailable(Unavailable):
    """An outside system does not answer as it should."""


class PartnerDrift(PartnerUnavailable):
    """An outside system answers, but not with the fields or values that are read there: nothing of it is taken."""


class ConfigurationError(MarketplaceError):
    """A setting is missing or wrong."""


class AdapterMissing(ConfigurationError):
    """No adapter of that name is installed; the message names the extra that has it."""


class AdapterClash(ConfigurationError):
    """Two installed packages offer an adapter of one name."""


class IntegrityBroken(MarketplaceError):
    """The books do not agree with themselves."""


class LawBroken(IntegrityBroken):
    """An invariant of the books does not hold."""


class ChainBroken(IntegrityBroken):
    """A link of the event log does not follow from the one before it."""


class CertificateInvalid(IntegrityBroken):
    """A certificate does not prove its match."""


REFUSALS: Final = (InvalidInput, RuleViolation, NotPermitted, NotFound, Conflict)
"""What refuses one thing for a reason of its own: of many that are done together the others go on."""
