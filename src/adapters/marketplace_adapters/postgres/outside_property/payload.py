"""The canonical payload of a page's facts, written straight from their fields: what ``sealed_payload`` gives."""

from __future__ import annotations

from collections.abc import Iterable
from json.encoder import encode_basestring

from marketplace_core.domain.codec import canonical, seal
from marketplace_core.domain.facts import ExternalLinked, Fact, UnitRecorded
from marketplace_core.domain.party import Unit, UnitKind
from marketplace_core.errors import InvalidInput


def payload_of(facts: Iterable[Fact]) -> str:
    """The facts as canonical JSON: keys sorted, defaults left out. None of them may have a personal part."""
    return f"[{','.join(map(_text, facts))}]"


def _text(fact: Fact) -> str:
    if isinstance(fact, UnitRecorded):
        return f'{{"body":{{"unit":{_unit(fact.unit)}}},"fact":"UnitRecorded"}}'
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


def _unit(it: Unit) -> str:
    quoted = encode_basestring
    archived = f'"archived_on":"{it.archived_on.isoformat()}",' if it.archived_on is not None else ""
    block = f'"block":{quoted(it.block)},' if it.block else ""
    floor = f'"floor":{quoted(it.floor)},' if it.floor else ""
    kind = f'"kind":"{it.kind.value}",' if it.kind is not UnitKind.FLAT else ""
    number = f'"number":{quoted(it.number)},' if it.number else ""
    return (
        f'{{{archived}{block}"code":{quoted(it.code)},{floor}{kind}{number}"portfolio_id":{quoted(it.portfolio_id)},'
        f'"property_id":{quoted(it.property_id)},"unit_id":{quoted(it.unit_id)}}}'
    )
