"""The port that brings what a system outside tells of properties and units into the books."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from datetime import date
from typing import Protocol

from marketplace_core.domain.command import Command
from marketplace_core.domain.outside_property.changes import Brought
from marketplace_core.domain.outside_property.records import OutsideProperty


class PropertyBooks(Protocol):
    """Writes what differs, by the rules of ``domain.outside_property.bringing``; nothing is ever deleted.

    A page is one transaction and at most one link of the event log, whose command is a part of the given one: the
    same page again writes nothing. A dry run gives the same changes and writes nothing. Changes are told one by one
    where ``named``, else only counted, which lets a store make no value of each. ``NotFound`` for an unknown portfolio.
    """

    @abstractmethod
    def bring_properties(
        self,
        command: Command,
        system: str,
        properties: Sequence[OutsideProperty],
        seen_on: date,
        *,
        dry_run: bool = False,
        named: bool = True,
    ) -> Brought:
        """Bring a page of properties, each whole: units that are not told of it are archived with the day."""

    @abstractmethod
    def archive_properties(
        self,
        command: Command,
        system: str,
        external_ids: Collection[str],
        seen_on: date,
        *,
        dry_run: bool = False,
        named: bool = True,
    ) -> Brought:
        """Archive properties that are no longer there, with all their units; who is not linked or is archived stays."""
