"""Tell a system outside what was changed here: written down with the change, looked for before it is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from attrs import evolve, frozen

from marketplace_core.domain.identifiers import PortfolioId, TicketId, derive_id
from marketplace_core.domain.maintenance.comments import settle_comment
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.ingestion import CLOCKS_DIFFER, settle_push
from marketplace_core.domain.maintenance.intents import PushIntent, PushKind, PushState
from marketplace_core.domain.maintenance.planning import replace_intent
from marketplace_core.domain.maintenance.ticket import ChangeKind, OutsideCopy, Side, TicketChange
from marketplace_core.domain.outside_property.tickets import OutsideTicket
from marketplace_core.errors import (
    ConcurrentChange,
    ConfigurationError,
    InvalidInput,
    NotFound,
    PartnerUnavailable,
    RuleViolation,
)
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.outside_property.ticket_sink import TicketSink
from marketplace_core.ports.outside_property.ticket_source import TicketSource
from marketplace_core.ports.tickets import Tickets
from marketplace_core.services.maintenance.taking import TakeTicket

T = TypeVar("T")
_UNREAD_IN_A_ROW: Final = 3
"""So many tickets that are not to be read one after another: it is the system, not they."""


class Pushed(StrEnum):
    """What came of an intent; ``STOOD``: nothing had to be sent, ``WAITING``: nobody knows, or another is at it."""

    DONE = "done"
    STOOD = "stood"
    WAITING = "waiting"
    REFUSED = "refused"


@frozen
class PushTickets:
    """Sends each open intent once, however many workers there are, and whatever is lost on the way.

    The ticket is read first and merged, so that what stands there is skipped, a lost reply is found, and an edit there
    is weighed against ours. ``quiet`` is how long a request that seemed lost may still be applied: longer than
    ``timeout``, in which the sink's write has been sent and answered, or never is. Meanwhile nothing else is sent of
    that ticket.
    """

    source: TicketSource
    sink: TicketSink
    take: TakeTicket
    tickets: Tickets
    clock: Clock
    timeout: timedelta = timedelta(seconds=30)
    quiet: timedelta = timedelta(seconds=120)
    page: int = 100

    def __attrs_post_init__(self) -> None:
        """Refuse a quiet period in which a request may still be on its way."""
        if self.quiet <= self.timeout:
            raise ConfigurationError(
                f"the quiet period of {self.quiet} must be longer than the time-out {self.timeout}"
            )

    def __call__(self, portfolio_id: PortfolioId, limit: int = 100) -> Mapping[str, int]:
        """What came of the oldest open intents, by the words of `Pushed`.

        ``PartnerUnavailable`` where the system is not to be read; what is sent by then is kept. A ticket that alone is
        not to be read stops no other: it is raised at the end.
        """
        counts: Counter[str] = Counter()
        ids = dict.fromkeys(it.ticket_id for it in self.tickets.open_pushes(portfolio_id, limit))
        trouble: PartnerUnavailable | None = None
        in_a_row = 0
        for ticket_id in ids:
            try:
                counts.update(it.value for it in self.one(portfolio_id, ticket_id))
                in_a_row = 0
            except PartnerUnavailable as problem:
                trouble, in_a_row = problem, in_a_row + 1
                if in_a_row == _UNREAD_IN_A_ROW:
                    break
        if trouble is not None:
            raise trouble
        return dict(counts)

    def one(self, portfolio_id: PortfolioId, ticket_id: TicketId) -> tuple[Pushed, ...]:
        """What came of the open intents of one ticket."""
        before = self.tickets.ticket_file(portfolio_id, ticket_id)
        copy = before.ticket.outside
        if copy is None or copy.system != self.take.system:
            return ()
        meant = [it.intent_id for it in before.intents if it.is_open]
        found = self.source.ticket(copy.external_id)
        if found is None:
            words = f"it is deleted in {copy.system}, or shown to us no more"
            return tuple(self._refuse(before, it, words) for it in meant)
        file = self.take(portfolio_id, found).file or before
        told = [Pushed.STOOD for it in meant if (now := file.intent(it)) is not None and not now.is_open]
        waiting = file.open_intents(PushKind.STATUS)
        if waiting:
            told.append(self._send_status(file, waiting[-1], found))
        told += [self._send_comment(file, it, copy) for it in file.open_intents(PushKind.COMMENT)]
        return tuple(told)

    def _send_status(self, file: TicketFile, intent: PushIntent, found: OutsideTicket) -> Pushed:
        try:
            sent_file = self._claim(file, intent, found.version)
        except ConcurrentChange:
            return Pushed.WAITING
        ticket = sent_file.ticket
        status = ticket.status

        def send() -> OutsideTicket:
            return self.sink.set_status(
                found.external_id, status, reason=ticket.status_reason, deferred_until=ticket.deferred_until
            )

        answer = self._told(sent_file, intent.intent_id, found.external_id, send)
        if isinstance(answer, Pushed):
            return answer
        seen = self.take.seen(ticket.portfolio_id, answer)
        self._change(file, lambda it: settle_push(it, intent.intent_id, seen, found.version))
        return Pushed.DONE

    def _send_comment(self, file: TicketFile, intent: PushIntent, copy: OutsideCopy) -> Pushed:
        if intent.sent_at is not None:
            if self.clock.now() < intent.sent_at + self.quiet:
                return Pushed.WAITING
            file = self._look_for_comments(file, copy, intent.sent_at)
            found = file.intent(intent.intent_id)
            if found is None or not found.is_open:
                return Pushed.STOOD
        comment = file.comment(intent.comment_id)
        if comment is None or not comment.text:
            return self._refuse(file, intent.intent_id, "what it said was erased")
        try:
            sent_file = self._claim(file, intent, copy.version)
        except ConcurrentChange:
            return Pushed.WAITING
        text = comment.text
        known_as = copy.external_id
        answer = self._told(sent_file, intent.intent_id, known_as, lambda: (self.sink.add_comment(known_as, text),))
        if isinstance(answer, Pushed):
            return answer
        (external_id,) = answer
        self._change(file, lambda it: settle_comment(it, intent.intent_id, external_id, self.clock.now()))
        return Pushed.DONE

    def _claim(self, file: TicketFile, intent: PushIntent, version: int) -> TicketFile:
        """Write down that the intent is sent now, unless something of the ticket is, or it changed meanwhile."""
        now = self.clock.now()

        def change(it: TicketFile | None) -> TicketFile | None:
            if it is None or it.ticket.outside is None:
                return it
            if it.intent(intent.intent_id) != intent or (
                intent.kind is PushKind.STATUS
                and (it.ticket.outside.version != version or it.open_intents(PushKind.STATUS)[-1] != intent)
            ):
                raise ConcurrentChange(f"ticket {it.ticket.number} changed meanwhile: look at it again")
            if any(_is_on_its_way(one, now, self.quiet) for one in it.intents):
                raise ConcurrentChange(f"something of ticket {it.ticket.number} is on its way: wait for it")
            older = it.with_intents(lambda one: _superseded(one, intent, now))
            return replace_intent(older, intent.sent(now))

        return self._kept(file, change)

    def _told(self, file: TicketFile, intent_id: str, external_id: str, send: Callable[[], T]) -> T | Pushed:
        """The system's answer, or what came of it where there is none.

        What is denied to us (to write a comment, say) is refused as what breaks a rule is: all else waits behind it.

        Nothing is sent that could still be on its way when the quiet period, for which others wait, is over.
        """
        intent = file.intent(intent_id)
        if intent is None or intent.sent_at is None or self.clock.now() + self.timeout >= intent.sent_at + self.quiet:
            return Pushed.WAITING
        try:
            return send()
        except PartnerUnavailable as problem:
            words = str(problem)
            self._change(file, lambda it: _noted(it, intent_id, words))
            return Pushed.WAITING
        except (RuleViolation, NotFound, InvalidInput) as problem:
            return self._refuse(file, intent_id, str(problem))
        except ConfigurationError as problem:
            # Not known any more: that is of every ticket, and raised here. Else it is this that is not allowed to us.
            self.source.ticket(external_id)
            return self._refuse(file, intent_id, str(problem))

    def _look_for_comments(self, file: TicketFile, copy: OutsideCopy, since: datetime) -> TicketFile:
        """The file after every comment to it since a little before then was taken: ours may be among them."""
        cursor: str | None = ""
        while cursor is not None:
            found = self.source.comments(since - CLOCKS_DIFFER, cursor, self.page)
            for it in found.rows:
                if it.ticket_id == copy.external_id:
                    self.take.comment(file.ticket.portfolio_id, it)
            cursor = found.next_cursor
        return self.tickets.ticket_file(file.ticket.portfolio_id, file.ticket.ticket_id)

    def _refuse(self, file: TicketFile, intent_id: str, words: str) -> Pushed:
        now = self.clock.now()
        self._change(file, lambda it: _refused(it, intent_id, words, self.take.system, now))
        return Pushed.REFUSED

    def _change(self, file: TicketFile, change: Callable[[TicketFile], TicketFile]) -> TicketFile:
        return self._kept(file, lambda it: it and change(it))

    def _kept(self, file: TicketFile, change: Callable[[TicketFile | None], TicketFile | None]) -> TicketFile:
        return self.tickets.change_ticket(file.ticket.portfolio_id, file.ticket.ticket_id, change)


def _is_on_its_way(intent: PushIntent, now: datetime, quiet: timedelta) -> bool:
    return intent.state is PushState.SENT and intent.sent_at is not None and now < intent.sent_at + quiet


def _superseded(one: PushIntent, by: PushIntent, now: datetime) -> PushIntent:
    """An older intent, given up where a later one of its kind is told instead; comments stand each for itself."""
    if one.is_open and one.kind is by.kind is PushKind.STATUS and one.intent_id != by.intent_id:
        return one.settled(PushState.SUPERSEDED, now, "it did not arrive, and a later change is told instead")
    return one


def _noted(file: TicketFile, intent_id: str, words: str) -> TicketFile:
    return file.with_intents(lambda it: evolve(it, words=words) if it.intent_id == intent_id and it.is_open else it)


def _refused(file: TicketFile, intent_id: str, words: str, system: str, now: datetime) -> TicketFile:
    """The file with the refusal told in its history too."""
    intent = file.intent(intent_id)
    if intent is None or not intent.is_open:
        return file
    line = TicketChange(
        derive_id("tch", intent_id, "refused", str(intent.attempts)),
        ChangeKind.PUSH,
        Side.THEIRS,
        system,
        now,
        now,
        after=str(intent.status or ChangeKind.COMMENT),
        note=f"{system} refused it: {words}",
    )
    return replace_intent(file, intent.settled(PushState.REFUSED, now, words)).noting(line)
