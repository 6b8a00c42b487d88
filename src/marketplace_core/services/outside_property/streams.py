"""Runs the streams of a system outside one after another: one that stands still does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from enum import StrEnum

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.outside_property.progress import SyncRun
from marketplace_core.errors import ConcurrentChange, ConfigurationError, InvalidInput, PartnerDrift, PartnerUnavailable

RunStreams = Callable[[Command], tuple[SyncRun, ...]]
"""Runs some streams to their end; raises what stops them."""


class StreamOutcome(StrEnum):
    """``CUT_OFF``: it goes on at its page when it is run again. ``DEGRADED``: what is there is no longer as it was.

    ``DENIED``: we may not read that there, though something else.
    """

    DONE = "done"
    BUSY = "busy"
    CUT_OFF = "cut off"
    DEGRADED = "degraded"
    DENIED = "denied"


@frozen
class StreamSynced:
    """What came of one stream, or of several that are run as one."""

    name: str
    outcome: StreamOutcome
    counts: Mapping[str, int]
    trouble: str = ""

    @property
    def is_done(self) -> bool:
        """True where it came to its end, and well."""
        return self.outcome is StreamOutcome.DONE


@frozen
class SyncEveryStream:
    """Runs streams by name in their order: properties first, since the others name them."""

    streams: Mapping[str, RunStreams]

    def __call__(self, command: Command, only: Collection[str] = ()) -> tuple[StreamSynced, ...]:
        """What came of each; ``only`` are the names that are meant, none for all.

        ``ConfigurationError`` where that is what came of every one: nobody knows us there.
        """
        unknown = sorted(set(only) - self.streams.keys())
        if unknown:
            raise InvalidInput(f"there is no stream {', '.join(unknown)}: there is {', '.join(self.streams)}")
        denials: list[ConfigurationError] = []
        meant = (name for name in self.streams if not only or name in only)
        found = tuple(it for name in meant for it in self._one(command, name, denials))
        if denials and all(it.outcome is StreamOutcome.DENIED for it in found):
            raise denials[0]
        return found

    def _one(self, command: Command, name: str, denials: list[ConfigurationError]) -> Iterator[StreamSynced]:
        try:
            runs = self.streams[name](command)
        except ConcurrentChange as problem:
            yield StreamSynced(name, StreamOutcome.BUSY, {}, str(problem))
        except PartnerDrift as problem:
            yield StreamSynced(name, StreamOutcome.DEGRADED, {}, str(problem))
        except PartnerUnavailable as problem:
            yield StreamSynced(name, StreamOutcome.CUT_OFF, {}, str(problem))
        except ConfigurationError as problem:
            denials.append(problem)
            yield StreamSynced(name, StreamOutcome.DENIED, {}, str(problem))
        else:
            yield from (_synced(it) for it in runs)


def require_none_cut_off(found: Sequence[StreamSynced]) -> None:
    """Raise ``PartnerUnavailable`` where a stream was cut off, so that whoever asked tries again."""
    cut_off = [it for it in found if it.outcome is StreamOutcome.CUT_OFF]
    if cut_off:
        raise PartnerUnavailable("; ".join(f"{it.name}: {it.trouble}" for it in cut_off))


def told_of_job(portfolio_id: PortfolioId, found: Sequence[StreamSynced]) -> dict[str, object]:
    """What a job says of its streams: what was not unchanged, and which are degraded or denied to us."""
    return {
        "portfolio": portfolio_id,
        "counts": {it.name: {name: n for name, n in it.counts.items() if name != "unchanged"} for it in found},
        "degraded": [it.name for it in found if it.outcome is StreamOutcome.DEGRADED],
        "denied": [it.name for it in found if it.outcome is StreamOutcome.DENIED],
    }


def _synced(run: SyncRun) -> StreamSynced:
    outcome = StreamOutcome.DEGRADED if run.is_degraded else StreamOutcome.DONE
    return StreamSynced(run.stream.name, outcome, dict(run.counts), run.trouble)
