"""A property manager's system outside as a whole: what an adapter of one gives for a portfolio."""

from __future__ import annotations

from attrs import frozen

from marketplace_core.ports.outside_property.occupancy_source import OccupancySource
from marketplace_core.ports.outside_property.property_care import PropertyCare
from marketplace_core.ports.outside_property.property_source import PropertySource
from marketplace_core.ports.outside_property.ticket_sink import TicketSink
from marketplace_core.ports.outside_property.ticket_source import TicketSource


@frozen
class PropertySystem:
    """One portfolio's place in it: read, written to and looked after. Several threads may use each part at once."""

    properties: PropertySource
    occupancies: OccupancySource
    tickets: TicketSource
    sink: TicketSink
    care: PropertyCare
