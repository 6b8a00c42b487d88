"""The ids of ticket statuses, by their type: names are localised, and an organization may have statuses of its own."""

from __future__ import annotations

from threading import Lock
from typing import Final

from marketplace_adapters.condo.enumerations import STATUS_TYPES
from marketplace_adapters.condo.operations import STATUSES
from marketplace_adapters.condo.reading import Reading
from marketplace_adapters.condo.server import MOST_ROWS
from marketplace_core.domain.maintenance.status import TicketStatus
from marketplace_core.errors import ConfigurationError

_KEPT_SECONDS: Final = 3600.0


class Statuses:
    """Looks the ids up when first asked, and keeps them for an hour; threads may share it."""

    def __init__(self, reading: Reading) -> None:
        """Nothing is known yet."""
        self._reading = reading
        self._lock = Lock()
        self._by_type: dict[str, str] = {}
        self._known_until = float("-inf")

    def id_of(self, status: TicketStatus) -> str:
        """The id of our organization's status of that type, else of the one that all share."""
        with self._lock:
            now = self._reading.session.client.time.monotonic()
            if now >= self._known_until:
                self._by_type = self._looked_up()
                self._known_until = now + _KEPT_SECONDS
            found = self._by_type.get(STATUS_TYPES[status])
        if found is None:
            raise ConfigurationError(
                f"Condo has no ticket status of type {STATUS_TYPES[status]} for our organization: make one there"
            )
        return found

    def _looked_up(self) -> dict[str, str]:
        ours = self._reading.server.organization_id
        where = {"OR": [{"organization": {"id": ours}}, {"organization_is_null": True}]}
        own, shared = dict[str, str](), dict[str, str]()
        for row in self._reading.rows(STATUSES, where, MOST_ROWS):
            of = row.part_or_none("organization")
            (own if of and of.text("id") == ours else shared).setdefault(row.words("type"), row.text("id"))
        return shared | own
