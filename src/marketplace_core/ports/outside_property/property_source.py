"""The port that reads properties and their units from a system outside."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from marketplace_core.domain.outside_property.pages import SourcePage, Told
from marketplace_core.domain.outside_property.records import OutsideProperty


class PropertySource(Protocol):
    """PartnerUnavailable where it does not answer, PartnerDrift where it is not as it was: nothing is half told."""

    @abstractmethod
    def properties(self, since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideProperty]:
        """At most ``limit`` that changed at ``since`` or later (None: all), in the order of change; "" begins.

        What changes meanwhile comes later, or again; each is told once at least. Deleted ones where the system tells.
        """

    @abstractmethod
    def property_ids(self, cursor: str, limit: int) -> SourcePage[Told]:
        """Every property that stands there, by pages."""
