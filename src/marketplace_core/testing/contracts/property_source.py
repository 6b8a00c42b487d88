"""What every source of properties must do."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Final

import pytest
from typing_extensions import override

from marketplace_core.domain.outside_property.records import OutsideProperty, OutsideUnit
from marketplace_core.domain.party import UnitKind
from marketplace_core.testing.contracts.outside_hands import PropertyPlace
from marketplace_core.testing.contracts.outside_pages import MORNING, OutsideSweepContract, Stream

_UNITS: Final = (
    OutsideUnit(UnitKind.FLAT, "1", "1", "A"),
    OutsideUnit(UnitKind.FLAT, "2", "1", "A"),
    OutsideUnit(UnitKind.COMMERCIAL, "G1", "1", "A"),
    OutsideUnit(UnitKind.PARKING, "1", "-1", "P"),
)


class PropertySourceContract(OutsideSweepContract[OutsideProperty]):
    """Needs a fixture ``property_place``: an empty one for each test."""

    @pytest.fixture
    def property_place(self) -> PropertyPlace:
        """Override me."""
        raise NotImplementedError("give a fixture `property_place` that returns a fresh, empty place")

    @override
    @pytest.fixture
    def stream(self, property_place: PropertyPlace) -> Stream[OutsideProperty]:
        """Properties as rows."""
        hand, numbers = property_place.hand, count(1)
        return Stream(
            property_place.source.properties,
            lambda it: it.external_id,
            lambda it: it.is_deleted,
            hand.move_to,
            lambda: hand.add_property(f"House {next(numbers)}", "Ngong Road", _UNITS[:1]),
            lambda it: hand.rename_property(it, f"House {next(numbers)}"),
            hand.delete_property,
            property_place.source.property_ids,
            property_place.tells_deleted,
        )

    def test_a_property_comes_whole(self, property_place: PropertyPlace) -> None:
        """Name, address, every unit with its kind, floor and block; labels are unique among those of a kind."""
        made = property_place.hand.add_property("Jamhuri Court", "Ngong Road 12, Nairobi", _UNITS)
        (told,) = property_place.source.properties(None, "", 10).rows
        assert (told.external_id, told.name, told.address) == (made, "Jamhuri Court", "Ngong Road 12, Nairobi")
        assert sorted(told.units, key=lambda it: (it.kind, it.label)) == sorted(
            _UNITS, key=lambda it: (it.kind, it.label)
        )
        assert (told.updated_at, told.is_deleted, told.findings) == (MORNING, False, ())

    def test_a_map_may_be_missing(self, property_place: PropertyPlace) -> None:
        """A house that nobody drew has no units."""
        property_place.hand.add_property("Plot", "Ngong Road 14")
        (told,) = property_place.source.properties(None, "", 10).rows
        assert told.units == ()

    def test_a_new_map_takes_the_place_of_the_old(self, property_place: PropertyPlace) -> None:
        """Units that are not drawn are gone, and the property has changed."""
        hand = property_place.hand
        made = hand.add_property("Jamhuri Court", "Ngong Road 12", _UNITS)
        hand.move_to(MORNING + timedelta(hours=1))
        hand.draw(made, [OutsideUnit(UnitKind.FLAT, "12", "1", "A")])
        (told,) = property_place.source.properties(MORNING + timedelta(minutes=1), "", 10).rows
        assert told.units == (OutsideUnit(UnitKind.FLAT, "12", "1", "A"),)
        assert told.updated_at == MORNING + timedelta(hours=1)

    def test_a_rename_keeps_the_id(self, property_place: PropertyPlace) -> None:
        """Name and address are told as they are now."""
        made = property_place.hand.add_property("Jamhuri Court", "Ngong Road 12", _UNITS)
        property_place.hand.rename_property(made, "Uhuru Court", "Ngong Road 12B")
        (told,) = property_place.source.properties(None, "", 10).rows
        assert (told.external_id, told.name, told.address) == (made, "Uhuru Court", "Ngong Road 12B")
        assert len(told.units) == len(_UNITS)
