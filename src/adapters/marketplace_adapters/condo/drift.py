"""Condo's schema beside what we need of it: what is gone, of another type, or new where we must know every member."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Final

from attrs import frozen

from marketplace_adapters.condo.answers import Fields
from marketplace_adapters.condo.operations import Operation, Stream
from marketplace_adapters.condo.shape import NEEDED, Needed

_TYPE_REF: Final = "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }"
_INPUT: Final = f"name defaultValue type {{ {_TYPE_REF} }}"
_SHAPE: Final = (
    f"fragment Shape on __Type {{ name fields(includeDeprecated: true) {{ name args {{ {_INPUT} }}"
    f" type {{ {_TYPE_REF} }} }} inputFields {{ {_INPUT} }} enumValues(includeDeprecated: true) {{ name }} }}"
)
NAMES: Final = tuple(sorted({name for types in NEEDED.values() for name in types}))
SHAPE: Final = Operation(
    "Shape",
    "query Shape { "
    + " ".join(f't{number}: __type(name: "{name}") {{ ...Shape }}' for number, name in enumerate(NAMES))
    + " } "
    + _SHAPE,
)
_DIGITS: Final = 12


@frozen
class _Given:
    """An argument or a field of an input: it must be sent where its type ends in ! and it has no default."""

    kind: str
    is_required: bool


@frozen
class _Type:
    fields: Mapping[str, str]
    arguments: Mapping[str, Mapping[str, _Given]]
    inputs: Mapping[str, _Given] | None
    members: frozenset[str]


def drift_of(told: Fields) -> dict[Stream, str]:
    """What is not as it was, by stream; "" where all is. ``told`` are the types that SHAPE asks for."""
    types = {name: _type_of(told.part_or_none(f"t{number}")) for number, name in enumerate(NAMES)}
    found = {stream: "; ".join(_compared(needed, types)) for stream, needed in NEEDED.items()}
    if not found[Stream.PUSH_BACK]:
        found[Stream.PUSH_BACK] = found[Stream.TICKETS]
    return found


def digest_of(told: Fields) -> str:
    """A few signs that are others when what we use of the schema is another: Condo tells no version."""
    types = {name: _type_of(told.part_or_none(f"t{number}")) for number, name in enumerate(NAMES)}
    used = sorted(
        f"{name}.{it}: {_shown(types[name], it)}"
        for needed in NEEDED.values()
        for name, need in needed.items()
        for it in (*need.fields, *need.members)
    )
    return hashlib.sha256("\n".join(dict.fromkeys(used)).encode()).hexdigest()[:_DIGITS]


def _shown(found: _Type | None, name: str) -> str:
    if found is None:
        return ""
    given = found.inputs.get(name) if found.inputs is not None else None
    return given.kind if given else found.fields.get(name, str(name in found.members))


def _compared(needed: Mapping[str, Needed], types: Mapping[str, _Type | None]) -> Iterator[str]:
    for name, need in needed.items():
        found = types[name]
        if found is None:
            yield f"the type {name} is gone"
        elif need.members:
            yield from _members(need, found)
        elif found.inputs is not None:
            yield from _sent(name, need.fields, found.inputs)
        else:
            yield from _read(need, found)


def _members(need: Needed, found: _Type) -> Iterator[str]:
    if need.is_closed:
        yield from (f"{need.name} has a new member {it}" for it in sorted(found.members - need.members))
    else:
        yield from (f"{need.name} has no member {it}" for it in sorted(need.members - found.members))


def _read(need: Needed, found: _Type) -> Iterator[str]:
    for name, kind in need.fields.items():
        where, now = f"{need.name}.{name}", found.fields.get(name)
        if now is None:
            yield f"{where} is gone"
        elif not _holds(kind, now):
            yield f"{where} is {now}, and was {kind}"
        if now is not None and name in need.arguments:
            yield from _sent(where, need.arguments[name], found.arguments.get(name, {}))


def _sent(where: str, need: Mapping[str, str], found: Mapping[str, _Given]) -> Iterator[str]:
    for name, kind in need.items():
        now = found.get(name)
        if now is None:
            yield f"{where} takes no {name} any more"
        elif _bare(now.kind) != _bare(kind):
            yield f"{where} takes {name} as {now.kind}, and took {kind}"
    yield from (f"{where} wants {name}" for name, it in found.items() if it.is_required and name not in need)


def _holds(need: str, now: str) -> bool:
    """True where what is read as ``need`` can be read as ``now``: that, or with more that is never null."""
    if need.endswith("!"):
        return now.endswith("!") and _holds(need[:-1], now[:-1])
    now = now.removesuffix("!")
    if need.startswith("["):
        return now.startswith("[") and _holds(need[1:-1], now[1:-1])
    return need == now


def _bare(kind: str) -> str:
    return kind.replace("!", "")


def _type_of(told: Fields | None) -> _Type | None:
    if told is None:
        return None
    fields = told.rows_or_none("fields")
    return _Type(
        {it.text("name"): _kind_of(it.part("type")) for it in fields},
        {it.text("name"): _given_of(it.rows("args")) for it in fields},
        _given_of(told.rows("inputFields")) if told.rows_or_none("inputFields") else None,
        frozenset(it.text("name") for it in told.rows_or_none("enumValues")),
    )


def _given_of(rows: list[Fields]) -> dict[str, _Given]:
    kinds = ((it, _kind_of(it.part("type"))) for it in rows)
    return {it.text("name"): _Given(kind, kind.endswith("!") and it.words("defaultValue") == "") for it, kind in kinds}


def _kind_of(told: Fields) -> str:
    """A type as the schema's language writes it."""
    match told.text("kind"):
        case "NON_NULL":
            return _kind_of(told.part("ofType")) + "!"
        case "LIST":
            return f"[{_kind_of(told.part('ofType'))}]"
        case _:
            return told.text("name")
