"""Jobs: work that must be done once it is due, however often a machine dies; and what is done when it fails."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from attrs import field, frozen

from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import CommandId, PortfolioId, derive_id
from marketplace_core.errors import ConcurrentChange, InvalidInput, MarketplaceError, TooManyAttempts, Unavailable

JobId = NewType("JobId", str)
WorkerId = NewType("WorkerId", str)

MOST_TRIES: Final = 8
"""So often a job is tried before a person must look at it."""

_FIRST_DELAY: Final = timedelta(seconds=2)
_MOST_DOUBLINGS: Final = 16
_LONGEST_DELAY: Final = timedelta(minutes=5)
_LONGEST_WORDS: Final = 500


_PASSING: Final = (Unavailable, TooManyAttempts, ConcurrentChange)


class JobState(StrEnum):
    """Where a job stands; ``DEAD`` waits for a person, who has it run again or discards it."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    DISCARDED = "discarded"


@frozen
class Failure:
    """Why a job failed: the kind of the error, and words without personal data or secrets."""

    kind: str
    words: str


DIED: Final = Failure("WorkerDied", "the worker that had the job went silent: its log may say why")
"""What is noted of a job whose worker died; after its last try it is dead."""


@frozen
class JobRequest:
    """Work asked for: the same ``key`` waits once. ``portfolio_id`` None is work of the installation.

    Jobs of one ``line`` run one after another: by default all that write to a portfolio's book are one line.
    """

    kind: str
    key: str
    due_at: datetime = field(converter=require_instant)
    portfolio_id: PortfolioId | None = None
    arguments: Mapping[str, str] = field(factory=dict[str, str])
    line: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse work without a name or key."""
        if not self.kind or not self.key:
            raise InvalidInput("a job needs a kind and a key")
        if not self.line:
            of_book = f"book/{self.portfolio_id}" if self.portfolio_id else f"kind/{self.kind}"
            object.__setattr__(self, "line", of_book)


@frozen
class Job:
    """A request that was taken; ``attempts`` counts every begin, ``forgiven`` those before it was last replayed."""

    job_id: JobId
    request: JobRequest
    state: JobState
    attempts: int
    forgiven: int = 0
    last_error: Failure | None = None

    @property
    def tries(self) -> int:
        """How often it was tried since it was enqueued or replayed."""
        return self.attempts - self.forgiven

    @property
    def command_id(self) -> CommandId:
        """The id of the command that the job is: the same for whichever worker runs it, how often it may be."""
        told = self.request
        return CommandId(derive_id("cmd", told.kind, told.portfolio_id or "", told.key, told.due_at.isoformat()))


@frozen
class Attempt:
    """One worker's hold on a job: only who holds it may say how it ended."""

    job: Job
    worker_id: WorkerId
    number: int


@frozen
class JobCounts:
    """The queue in numbers; ``oldest_due`` is when the longest waiting job was to run, None where none is due."""

    waiting: int
    running: int
    dead: int
    oldest_due: datetime | None = None


def failure_of(error: BaseException) -> Failure:
    """What may be kept of an error: the words of ours, which hold no personal data; of any other only its kind."""
    if isinstance(error, MarketplaceError):
        return Failure(type(error).__name__, str(error)[:_LONGEST_WORDS])
    return Failure(type(error).__name__, "an error that nobody foresaw; the worker's log has its place")


def is_lasting(error: BaseException) -> bool:
    """True where the same job would fail again: what was asked for is wrong, not the moment."""
    return isinstance(error, MarketplaceError) and not isinstance(error, _PASSING)


def retry_delay(tries: int, chance: float) -> timedelta:
    """How long to wait before the next try: twice as long each time up to five minutes, ``chance`` of 0 to 1 of it.

    Half of the wait is certain, the other half is spread by chance, so that jobs that failed together come apart.
    """
    doublings = min(max(tries - 1, 0), _MOST_DOUBLINGS)
    full: timedelta = min(_FIRST_DELAY * (1 << doublings), _LONGEST_DELAY)
    return full / 2 + full / 2 * chance
