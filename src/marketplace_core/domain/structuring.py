"""Plain JSON → frozen values: one function for each class, written and compiled when it is first asked for.

A class has a fixed list of fields of fixed types, so its function needs no look at types for each value: it reads
each key once, checks texts and numbers where they stand, and makes the value with all checks of its constructor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from types import NoneType
from typing import Any, Final, NewType, NoReturn, cast, get_args, get_origin, get_type_hints

from attrs import NOTHING, Attribute, Factory, field, fields, frozen, has

from marketplace_core.domain.construction import statements
from marketplace_core.errors import InvalidInput, MarketplaceError

Reader = Callable[[Any], Any]
"""A plain value → the value of a type."""

_CHECKED_IN_PLACE: Final = (str, int, bool)


@frozen
class Parts:
    """A type written as an object of just these keys, or ``listed`` as a list in their order.

    ``make`` takes the plain values in that order and refuses what does not fit. What it made is kept and given again
    for the same parts, up to so many values, so it must be frozen. ``numbers`` are the parts that are whole numbers:
    1.0 and true equal 1 in Python, so what is of another type never finds what was kept, and goes to ``make``.
    """

    make: Callable[..., Any]
    keys: tuple[str, ...]
    kept_at_most: int
    numbers: tuple[str, ...] = ()
    listed: bool = False
    kept: Callable[..., Any] = field(
        init=False, default=Factory(lambda parts: lru_cache(parts.kept_at_most)(parts.make), takes_self=True)
    )

    def statements(self, name: str, names: dict[str, Any]) -> list[str]:
        """Statements that put the value of the type in the stead of the plain one of that name, called in place."""
        made, kept = f"make_{name}", f"kept_{name}"
        names |= {made: self.make, kept: self.kept, "not_just": _not_just}
        parts = [f"{name}_{key}" for key in self.keys]
        if self.listed:
            lines = [f"{', '.join(parts)} = {name}"]
        else:
            lines = [f"if len({name}) != {len(parts)}:", f"    raise not_just({self.keys!r}, {name})"]
            lines += [f"{part} = {name}[{key!r}]" for part, key in zip(parts, self.keys, strict=True)]
        exact = " and ".join(f"type({name}_{key}) is int" for key in self.numbers)
        called = f"({kept} if {exact} else {made})" if exact else kept
        return [*lines, f"{name} = {called}({', '.join(parts)})"]


class Readers:
    """The reader of each type: of the leaves given, and of what is made of them.

    Made of them are attrs classes (none that holds its own kind), enumerations by value, options of one type, tuples
    of one type and any length, and new types; texts, whole numbers and booleans are read as they are.
    """

    def __init__(self, leaves: Mapping[type, Reader | Parts]) -> None:
        """Start with how the types given are read."""
        self._known: dict[Any, Reader] = {}
        self._parts: dict[Any, Parts] = {}
        for kind, leaf in leaves.items():
            if isinstance(leaf, Parts):
                self._parts[kind] = leaf
            else:
                self._known[kind] = leaf

    def parts_of(self, hint: Any) -> Parts | None:  # noqa: ANN401 - a type of any form
        """The parts of a type that is given by its parts, else None."""
        return self._parts.get(hint)

    def of(self, hint: Any) -> Reader:  # noqa: ANN401 - a type of any form
        """The reader of a type; the same one each time."""
        known = self._known.get(hint)
        if known is None:
            known = self._known[hint] = self._made(hint)
        return known

    def _made(self, hint: Any) -> Reader:  # noqa: ANN401 - a type of any form
        if isinstance(hint, NewType):
            return self.of(hint.__supertype__)
        if isinstance(hint, type):
            if hint in _CHECKED_IN_PLACE:
                return _checked(hint)
            if issubclass(hint, Enum):
                return {member.value: member for member in hint}.__getitem__
            kind = cast("type[Any]", hint)
            parts = self.parts_of(kind)
            if parts is not None:
                return _parts_reader(kind, parts)
            if has(kind):
                return _ClassText(self, kind).compiled()
        optional = _optional(hint)
        if optional is not None:
            inner = self.of(optional)
            return lambda value: None if value is None else inner(value)
        item = _item(hint)
        if item is None:
            raise TypeError(f"no value of type {hint} can be read from plain JSON")
        return _tuple_reader(self.of(item))


def _bare(hint: Any) -> Any:  # noqa: ANN401 - a type of any form
    while isinstance(hint, NewType):
        hint = hint.__supertype__
    return hint


def _optional(hint: Any) -> Any:  # noqa: ANN401 - a type of any form
    """The type of which this is an option, None where it is none."""
    parts = get_args(hint)
    if len(parts) == 2 and NoneType in parts:  # noqa: PLR2004 - it or None
        return parts[0] if parts[1] is NoneType else parts[1]
    return None


def _item(hint: Any) -> Any:  # noqa: ANN401 - a type of any form
    """The type of a tuple's items where it is a tuple of any length, else None."""
    parts = get_args(hint)
    return parts[0] if get_origin(hint) is tuple and parts[1:] == (...,) else None


def _checked(kind: type) -> Reader:
    def read(value: Any) -> Any:  # noqa: ANN401 - plain JSON before it is known
        return value if type(value) is kind else _refuse(kind.__name__, value)

    return read


def _tuple_reader(inner: Reader) -> Reader:
    def read(value: Any) -> Any:  # noqa: ANN401 - plain JSON before it is known
        return tuple([inner(item) for item in _items(value)])

    return read


def _items(value: Any) -> Sequence[Any]:  # noqa: ANN401 - plain JSON before it is known
    return cast("Sequence[Any]", value) if type(value) is list or type(value) is tuple else _refuse("list", value)


def _refuse(wanted: str, value: object) -> NoReturn:
    raise InvalidInput(f"{str(value)[:60]!r} is of type {type(value).__name__} where {wanted} is needed")


def _not_just(keys: tuple[str, ...], value: object) -> InvalidInput:
    return InvalidInput(f"an object of {' and '.join(keys)} is needed, and nothing more, not {str(value)[:60]!r}")


def _compiled(name: str, body: Sequence[str], names: dict[str, Any]) -> Reader:
    """The function of statements that return the value of ``body``; what is none is refused by ``refused``."""
    names |= {"refuse": _refuse, "MarketplaceError": MarketplaceError}
    text = "\n        ".join(["def read(body):\n    try:", *body])
    text += "\n    except MarketplaceError:\n        raise"
    text += "\n    except (AttributeError, KeyError, TypeError, ValueError) as error:"
    text += "\n        raise refused(body, error) from error\n"
    # The text is made of the class's own field names and of nothing that was read: attrs makes its own this way.
    exec(compile(text, f"<reader of {name}>", "exec"), names)  # noqa: S102
    reader: Reader = names["read"]
    return reader


def _parts_reader(kind: type, parts: Parts) -> Reader:
    def refused(body: object, error: Exception) -> InvalidInput:
        return InvalidInput(f"{str(body)[:60]!r} is no {kind.__name__}: {type(error).__name__}: {error}")

    names: dict[str, Any] = {"refused": refused}
    return _compiled(kind.__name__, [*parts.statements("body", names), "return body"], names)


class _ClassText:
    """The text of one class's reader, with the names that it speaks of."""

    def __init__(self, readers: Readers, kind: type) -> None:
        self._readers, self._kind = readers, kind
        self._hints = get_type_hints(kind)
        self._names: dict[str, Any] = {
            "no_object": self._no_object,
            "refused": self._refused,
            "unknown": self._unknown,
        }
        self._lines: list[str] = []
        self._needed = 0

    def compiled(self) -> Reader:
        """Compile the class's reader."""
        given = [one for one in fields(self._kind) if one.init]
        values = {one.name: self._field(place, one) for place, one in enumerate(given)}
        body = ["if type(body) is not dict:", "    raise no_object(body)", f"present = {self._needed}", *self._lines]
        body += ["if len(body) != present:", "    raise unknown(body)", *statements(self._kind, values, self._names)]
        return _compiled(self._kind.__name__, body, self._names)

    def _field(self, place: int, one: Attribute[Any]) -> str:
        """Read a field into a name of its own, and tell the name."""
        name = f"v{place}"
        if one.default is NOTHING:
            self._needed += 1
            self._lines += [f"{name} = body[{one.alias!r}]", *self._converted(name, self._hints[one.name])]
        else:
            default = f"default{place}"
            self._names[default], text = _default(one, default)
            converted = self._converted(name, self._hints[one.name])
            self._lines += [f"if {one.alias!r} in body:", "    present += 1", f"    {name} = body[{one.alias!r}]"]
            self._lines += [*(f"    {line}" for line in converted), "else:", f"    {name} = {text}"]
        return name

    def _converted(self, name: str, hint: Any) -> list[str]:  # noqa: ANN401 - a type of any form
        """Statements that check a plain value in place or put the value of its type in its stead."""
        optional = _optional(hint)
        if optional is not None:
            inner = self._converted(name, optional)
            return [f"if {name} is not None:", *(f"    {line}" for line in inner)]
        kind = _bare(hint)
        if kind in _CHECKED_IN_PLACE:
            return [f"if type({name}) is not {kind.__name__}:", f"    refuse({kind.__name__!r}, {name})"]
        parts = self._readers.parts_of(kind)
        if parts is not None:
            return parts.statements(name, self._names)
        item = _item(hint)
        reader = f"read_{name}"
        self._names[reader] = self._readers.of(hint if item is None else item)
        if item is None:
            return [f"{name} = {reader}({name})"]
        check = f"if type({name}) is not list and type({name}) is not tuple:"
        return [check, f"    refuse('list', {name})", f"{name} = tuple([{reader}(item) for item in {name}])"]

    def _unknown(self, body: dict[str, Any]) -> InvalidInput:
        names = sorted(body.keys() - {one.alias for one in fields(self._kind)})
        return InvalidInput(f"a {self._kind.__name__} has no {', '.join(map(str, names))[:200]}")

    def _no_object(self, body: object) -> InvalidInput:
        return InvalidInput(f"a {self._kind.__name__} is an object with keys, not {str(body)[:60]!r}")

    def _refused(self, body: dict[str, Any], error: Exception) -> InvalidInput:
        name = self._kind.__name__
        missing = isinstance(error, KeyError) and error.args[0] not in body
        said = f"{error} is missing or no value of its field" if missing else f"{type(error).__name__}: {error}"
        return InvalidInput(f"this is no {name}: {said[:200]}")


def _default(one: Attribute[Any], name: str) -> tuple[Any, str]:
    """What a missing field becomes, and the expression that gives it."""
    default: Any = one.default
    if not isinstance(default, Factory):  # type: ignore[arg-type] # a class, typed as a function
        return default, name
    if default.takes_self:
        raise TypeError(f"the default of {one.name} is made of the value itself, which a reader cannot give")
    return default.factory, f"{name}()"
