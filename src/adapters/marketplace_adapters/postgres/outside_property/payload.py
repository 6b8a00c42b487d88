"""The canonical payload of a page's facts, written straight from their fields: what ``sealed_payload`` gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from json.encoder import encode_basestring
from typing import Final, NamedTuple

from marketplace_core.domain.codec import canonical, seal
from marketplace_core.domain.facts import ExternalLinked, Fact, UnitRecorded
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.party import UnitKind
from marketplace_core.errors import InvalidInput

_FLAT: Final = UnitKind.FLAT.value


UnitTexts = tuple[str, str, str, str, str, str]
"""A unit told: its outside id, our property, its kind, number, floor and block."""


class ToldRow(NamedTuple):
    """A unit of ours to be written as it is told: its place among the texts, its row, its id and code as compared."""

    place: int
    row: str
    unit_id: str
    code: str
    archived_on: date | None


def payload_of(facts: Iterable[Fact], texts: Iterable[str] = ()) -> str:
    """The facts as canonical JSON, then those that are texts already: keys sorted, defaults left out.

    None of them may have a personal part.
    """
    return f"[{','.join([*map(_text, facts), *texts])}]"


def told_facts(portfolio_id: PortfolioId, texts: Sequence[UnitTexts], written: Iterable[ToldRow]) -> Iterator[str]:
    """The fact of each unit that is written as it is told, without making the unit."""
    for it in written:
        yield _recorded(portfolio_id, it.unit_id, it.code, texts[it.place][1:])


def _text(fact: Fact) -> str:
    if isinstance(fact, UnitRecorded):
        it = fact.unit
        archived = f'"archived_on":"{it.archived_on.isoformat()}",' if it.archived_on is not None else ""
        told = (it.property_id, it.kind.value, it.number, it.floor, it.block)
        return _recorded(it.portfolio_id, it.unit_id, it.code, told, archived)
    if isinstance(fact, ExternalLinked):
        quoted = encode_basestring
        return (
            f'{{"body":{{"external_id":{quoted(fact.external_id)},"kind":{quoted(fact.kind)},'
            f'"our_id":{quoted(fact.our_id)},"portfolio_id":{quoted(fact.portfolio_id)},'
            f'"system":{quoted(fact.system)}}},"fact":"ExternalLinked"}}'
        )
    if fact.personal:
        raise InvalidInput(f"a {type(fact).__name__} has personal parts: it is sealed, not written as it is")
    return canonical(seal(fact, "").public)


def _recorded(portfolio_id: str, unit_id: str, code: str, told: Sequence[str], archived: str = "") -> str:
    """The fact of a unit; ``told`` are its property, kind, number, floor and block."""
    property_id, kind, number, floor, block = told
    quoted = encode_basestring
    return (
        f'{{"body":{{"unit":{{{archived}{_field("block", block)}"code":{quoted(code)},{_field("floor", floor)}'
        f"{_field('kind', '' if kind == _FLAT else kind)}{_field('number', number)}"
        f'"portfolio_id":{quoted(portfolio_id)},"property_id":{quoted(property_id)},"unit_id":{quoted(unit_id)}}}}},'
        '"fact":"UnitRecorded"}'
    )


def _field(name: str, text: str) -> str:
    return f'"{name}":{encode_basestring(text)},' if text else ""
