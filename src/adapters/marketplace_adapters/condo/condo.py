"""Condo, whole: its ports, and how it is."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock

from attrs import evolve
from typing_extensions import override

from marketplace_adapters.condo.client import Client, Time, Transport
from marketplace_adapters.condo.gate import Gate
from marketplace_adapters.condo.looking import CondoState, look
from marketplace_adapters.condo.occupancies import CondoOccupancies
from marketplace_adapters.condo.operations import Stream
from marketplace_adapters.condo.properties import CondoProperties
from marketplace_adapters.condo.reading import Reading
from marketplace_adapters.condo.server import CondoServer
from marketplace_adapters.condo.session import Session
from marketplace_adapters.condo.sink import CondoSink
from marketplace_adapters.condo.tickets import CondoTickets
from marketplace_core.errors import ConfigurationError
from marketplace_core.ports.outside_property.occupancy_source import OccupancySource
from marketplace_core.ports.outside_property.property_source import PropertySource
from marketplace_core.ports.outside_property.ticket_sink import TicketSink
from marketplace_core.ports.outside_property.ticket_source import TicketSource


class Condo:
    """One organization of a Condo; threads may share it. Nothing is called before the first use.

    The schema is looked at before the first row is read, and again every ``check_every_seconds``: a stream whose
    fields are not as they were raises PartnerDrift, the others go on.
    """

    properties: PropertySource
    occupancies: OccupancySource
    tickets: TicketSource
    sink: TicketSink

    def __init__(
        self,
        server: CondoServer,
        transport: Transport | None = None,
        clocks: Time | None = None,
        *,
        beside: Condo | None = None,
    ) -> None:
        """Reach that server; tests give a transport and clocks of their own.

        ``beside`` is another organization's, of the same account: both have one token, and count its points together.
        A sign-in costs points that all strangers of an address share, enough for twenty an hour.
        """
        self._server = server
        self._session = Session(Client(server, transport, clocks)) if beside is None else beside.shared_with(server)
        self._client = self._session.client
        self._lock = Lock()
        self._state = CondoState()
        self._gate = Gate(self._looked, server.check_every_seconds, self._client.time.monotonic)
        reading = Reading(self._session, self._gate, server)
        self.properties = CondoProperties(reading)
        self.occupancies = CondoOccupancies(reading)
        self.tickets = CondoTickets(reading)
        self.sink = CondoSink(reading)

    @override
    def __repr__(self) -> str:
        """Where it is, and nothing secret."""
        return f"Condo({self._server.url!r})"

    def shared_with(self, server: CondoServer) -> Session:
        """Its session, for another organization of the same account."""
        if evolve(server, organization_id=self._server.organization_id, roles=self._server.roles) != self._server:
            raise ConfigurationError("another organization's account is another one: it has a session of its own")
        return self._session

    def check(self) -> CondoState:
        """Look now: who we are there, which streams stand still and why, what points are left.

        Raises PartnerUnavailable where it does not answer, ConfigurationError where it does not know us.
        """
        self._gate.look_again()
        return self.last_state

    @property
    def last_state(self) -> CondoState:
        """What the last look saw, what was met since, and the points as told last; nothing is called."""
        with self._lock:
            seen = self._state
        return evolve(seen, drift=self._gate.drift, points=self._session.points.told)

    def close(self) -> None:
        """End its connections."""
        self._client.close()

    def _looked(self) -> Mapping[Stream, str]:
        state = look(self._session, self._server.organization_id)
        with self._lock:
            self._state = state
        return state.drift
