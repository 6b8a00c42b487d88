"""Tickets are given a status or a comment there. There is no compare-and-set: each is read first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from typing_extensions import override

from marketplace_adapters.condo.operations import ADD_COMMENT, UPDATE_TICKET, Stream
from marketplace_adapters.condo.paging import text_of
from marketplace_adapters.condo.reading import Reading
from marketplace_adapters.condo.statuses import Statuses
from marketplace_adapters.condo.tickets import CondoTickets, ticket_of
from marketplace_core.domain.maintenance.status import TicketStatus
from marketplace_core.domain.outside_property.tickets import OutsideTicket
from marketplace_core.errors import InvalidInput, NotFound, PartnerUnavailable, RuleViolation
from marketplace_core.ports.outside_property.ticket_sink import TicketSink

LONGEST_DEFERRAL: Final = timedelta(days=365)


class CondoSink(TicketSink):
    """Writes to tickets of our organization, once each time it is asked to, and never what stands there already.

    What is read before, the schema among it, may take long: then nothing is written, and it says so. Else a write would
    be on its way after the time for which others wait before they write the same.
    """

    def __init__(self, reading: Reading) -> None:
        """Write as whom it reads."""
        self._reading, self._session = reading, reading.session
        self._tickets = CondoTickets(reading)
        self._statuses = Statuses(reading)

    @override
    def set_status(
        self, external_id: str, status: TicketStatus, *, reason: str = "", deferred_until: datetime | None = None
    ) -> OutsideTicket:
        until = self._checked(deferred_until) if status is TicketStatus.ON_HOLD else None
        sent_until = self._sent_until()
        with self._reading.gate.passing(Stream.PUSH_BACK):
            stands = self._standing(external_id)
            if stands.status is status and (until is None or _is_same(until, stands.deferred_until)):
                return stands
            data: dict[str, object] = {
                "dv": 1,
                "sender": self._reading.server.sender,
                "status": {"connect": {"id": self._statuses.id_of(status)}},
                "statusReason": reason or None,
            }
            if until is not None:
                data["deferredUntil"] = text_of(until)
            told = self._session.ask(UPDATE_TICKET, {"id": external_id, "data": data}, sent_until)
            written = ticket_of(told.part("obj"))
        if written.status is not status:
            raise PartnerUnavailable(
                f"Condo was asked to give ticket {external_id} the status {status}, and gave it {written.status}"
            )
        return written

    @override
    def add_comment(self, external_id: str, text: str) -> str:
        if not text.strip():
            raise InvalidInput("a comment needs words")
        sent_until = self._sent_until()
        with self._reading.gate.passing(Stream.PUSH_BACK):
            self._standing(external_id)
            return self._commented(external_id, text, sent_until)

    def _sent_until(self) -> float:
        server = self._reading.server
        return self._session.client.time.monotonic() + server.longest_write_seconds - server.timeout_seconds

    def _commented(self, external_id: str, text: str, sent_until: float) -> str:
        data = {
            "dv": 1,
            "sender": self._reading.server.sender,
            "type": "organization",
            "ticket": {"connect": {"id": external_id}},
            "user": {"connect": {"id": self._session.user_id()}},
            "content": text,
        }
        return self._session.ask(ADD_COMMENT, {"data": data}, sent_until).part("obj").text("id")

    def _standing(self, external_id: str) -> OutsideTicket:
        found = self._tickets.ticket(external_id)
        if found is None:
            raise NotFound(f"Condo has no ticket {external_id} of our organization, or it was deleted there")
        return found

    def _checked(self, deferred_until: datetime | None) -> datetime:
        now = datetime.fromtimestamp(self._session.client.time.now(), UTC)
        if deferred_until is None or not now < deferred_until <= now + LONGEST_DEFERRAL:
            raise RuleViolation(
                "a ticket on hold needs an instant to come, at most 365 days away, until which it waits"
            )
        return deferred_until


def _is_same(asked: datetime, stands: datetime | None) -> bool:
    """To the millisecond, which is what Condo keeps."""
    return stands is not None and text_of(asked) == text_of(stands)
