"""Plain JSON → frozen values: one function for each class, written and compiled when it is first asked for.

A class has a fixed list of fields of fixed types, so its function needs no look at types for each value: it reads
each key once, checks texts and numbers where they stand, and calls the class, whose constructor checks the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from types import NoneType
from typing import Any, Final, NewType, NoReturn, cast, get_args, get_origin, get_type_hints

from attrs import NOTHING, Attribute, Factory, fields, has

from marketplace_core.errors import InvalidInput, MarketplaceError

Reader = Callable[[Any], Any]
"""A plain value → the value of a type."""

_CHECKED_IN_PLACE: Final = (str, int, bool)
_ABSENT: Final = object()


class Readers:
    """The reader of each type: of the leaves given, and of what is made of them.

    Made of them are attrs classes (none that holds its own kind), enumerations by value, options of one type, tuples
    of one type and any length, and new types; texts, whole numbers and booleans are read as they are.
    """

    def __init__(self, leaves: Mapping[type, Reader]) -> None:
        """Start with the readers of the types given."""
        self._known: dict[Any, Reader] = dict(leaves)

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


class _ClassText:
    """The text of one class's reader, with the names that it speaks of."""

    def __init__(self, readers: Readers, kind: type) -> None:
        self._readers, self._kind = readers, kind
        self._hints = get_type_hints(kind)
        self._names: dict[str, Any] = {
            "kind": kind,
            "absent": _ABSENT,
            "refuse": _refuse,
            "refused": self._refused,
            "unknown": self._unknown,
            "MarketplaceError": MarketplaceError,
        }
        self._lines: list[str] = []
        self._needed = 0

    def compiled(self) -> Reader:
        """Compile the class's reader."""
        given = [one for one in fields(self._kind) if one.init]
        calls = [self._field(place, one) for place, one in enumerate(given)]
        body = [f"present = {self._needed}", "get = body.get", *self._lines, "if len(body) != present:"]
        body += ["    raise unknown(body)", f"return kind({', '.join(calls)})"]
        text = "\n        ".join(["def read(body):\n    try:", *body])
        text += "\n    except MarketplaceError:\n        raise"
        text += "\n    except (AttributeError, KeyError, TypeError, ValueError) as error:"
        text += "\n        raise refused(body, error) from error\n"
        # The text is made of the class's own field names and of nothing that was read: attrs makes its own this way.
        exec(compile(text, f"<reader of {self._kind.__name__}>", "exec"), self._names)  # noqa: S102
        reader: Reader = self._names["read"]
        return reader

    def _field(self, place: int, one: Attribute[Any]) -> str:
        """Read a field into a name of its own; how the class is called with it."""
        name = f"v{place}"
        if one.default is NOTHING:
            self._needed += 1
            self._lines += [f"{name} = body[{one.alias!r}]", *self._converted(name, self._hints[one.name])]
        else:
            default = f"default{place}"
            self._names[default], text = _default(one, default)
            self._lines += [f"{name} = get({one.alias!r}, absent)", f"if {name} is absent:", f"    {name} = {text}"]
            converted = self._converted(name, self._hints[one.name])
            self._lines += ["else:", "    present += 1", *(f"    {line}" for line in converted)]
        return f"{one.alias}={name}" if one.kw_only else name

    def _converted(self, name: str, hint: Any) -> list[str]:  # noqa: ANN401 - a type of any form
        """Statements that check a plain value in place or put the value of its type in its stead."""
        optional = _optional(hint)
        if optional is not None:
            inner = self._converted(name, optional)
            return [f"if {name} is not None:", *(f"    {line}" for line in inner)]
        kind = _bare(hint)
        if kind in _CHECKED_IN_PLACE:
            return [f"if type({name}) is not {kind.__name__}:", f"    refuse({kind.__name__!r}, {name})"]
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

    def _refused(self, body: object, error: Exception) -> InvalidInput:
        name = self._kind.__name__
        if not isinstance(body, dict):
            return InvalidInput(f"a {name} is an object with keys, not {str(body)[:60]!r}")
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
