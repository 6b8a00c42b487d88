"""What every source of occupancies must do."""

from __future__ import annotations

from itertools import count

import pytest
from typing_extensions import override

from marketplace_core.domain.outside_property.records import OccupantRole, OutsideOccupancy
from marketplace_core.domain.party import UnitKind
from marketplace_core.testing.contracts.outside_hands import OccupancyPlace
from marketplace_core.testing.contracts.outside_pages import MORNING, OutsideSweepContract, Stream


class OccupancySourceContract(OutsideSweepContract[OutsideOccupancy]):
    """Needs a fixture ``occupancy_place``: an empty one for each test."""

    @pytest.fixture
    def occupancy_place(self) -> OccupancyPlace:
        """Override me."""
        raise NotImplementedError("give a fixture `occupancy_place` that returns a fresh, empty place")

    @override
    @pytest.fixture
    def stream(self, occupancy_place: OccupancyPlace) -> Stream[OutsideOccupancy]:
        """Occupancies as rows, all in one house."""
        hand, numbers = occupancy_place.hand, count(1)
        house = hand.add_property("Jamhuri Court", "Ngong Road 12")

        def add() -> str:
            number = next(numbers)
            phone = f"+2547{number:08d}"
            return hand.add_occupancy(house, UnitKind.FLAT, "1", "Amina", phone, OccupantRole.RESIDENT)

        return Stream(
            occupancy_place.source.occupancies,
            lambda it: it.external_id,
            lambda it: it.is_deleted,
            hand.move_to,
            add,
            lambda it: hand.rename_occupancy(it, f"Amina {next(numbers)}"),
            hand.delete_occupancy,
            occupancy_place.source.occupancy_ids,
            occupancy_place.tells_deleted,
        )

    @pytest.mark.parametrize("role", OccupantRole)
    def test_an_occupancy_comes_whole(self, occupancy_place: OccupancyPlace, role: OccupantRole) -> None:
        """Who, what they are to the unit, and which unit that is."""
        hand = occupancy_place.hand
        house = hand.add_property("Jamhuri Court", "Ngong Road 12")
        made = hand.add_occupancy(house, UnitKind.COMMERCIAL, "G1", "Amina Otieno", "+254712345678", role)
        (told,) = occupancy_place.source.occupancies(None, "", 10).rows
        assert (told.external_id, told.property_id) == (made, house)
        assert (told.unit_kind, told.unit_label, told.role) == (UnitKind.COMMERCIAL, "G1", role)
        assert (told.name, told.phone, told.updated_at) == ("Amina Otieno", "+254712345678", MORNING)

    def test_who_moves_keeps_the_id(self, occupancy_place: OccupancyPlace) -> None:
        """The same occupancy stands in another unit."""
        hand = occupancy_place.hand
        house = hand.add_property("Jamhuri Court", "Ngong Road 12")
        other = hand.add_property("Uhuru Court", "Ngong Road 14")
        made = hand.add_occupancy(house, UnitKind.FLAT, "1", "Amina", "+254712345678", OccupantRole.RESIDENT)
        hand.move_occupancy(made, other, UnitKind.APARTMENT, "7")
        (told,) = occupancy_place.source.occupancies(None, "", 10).rows
        assert (told.external_id, told.property_id, told.unit_kind) == (made, other, UnitKind.APARTMENT)
        assert told.unit_label == "7"

    def test_who_lives_in_a_deleted_house_is_still_told(self, occupancy_place: OccupancyPlace) -> None:
        """Without it where deleted rows are not seen."""
        hand = occupancy_place.hand
        house = hand.add_property("Jamhuri Court", "Ngong Road 12")
        hand.add_occupancy(house, UnitKind.FLAT, "1", "Amina", "+254712345678", OccupantRole.RESIDENT)
        hand.delete_property(house)
        (told,) = occupancy_place.source.occupancies(None, "", 10).rows
        assert told.property_id == (house if occupancy_place.tells_deleted else "")

    def test_nobody_is_shown_by_accident(self, occupancy_place: OccupancyPlace) -> None:
        """A record's own words do not say who it is about."""
        hand = occupancy_place.hand
        house = hand.add_property("Jamhuri Court", "Ngong Road 12")
        hand.add_occupancy(house, UnitKind.FLAT, "1", "Amina", "+254712345678", OccupantRole.RESIDENT)
        (told,) = occupancy_place.source.occupancies(None, "", 10).rows
        assert "Amina" not in repr(told)
        assert "712345678" not in repr(told)
