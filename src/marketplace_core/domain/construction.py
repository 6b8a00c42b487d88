"""The statements that make a value of an attrs class of its fields, as a reader's text has them.

A frozen class stores each field through a call of ``object.__setattr__``, which takes more time than all else that
its constructor does. A reader stores them straight, in an object of a subclass that is like the class in all but
that, and then gives the object the class itself: nobody else sees it before. Validators and ``__attrs_post_init__``
run as the constructor runs them. A class whose constructor does more than that is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import NOTHING, Factory, fields


def statements(kind: type[Any], values: Mapping[str, str], names: dict[str, Any]) -> list[str]:
    """Statements that return the value of ``kind``; ``values`` has the expression of each field that is given.

    What they speak of is added to ``names``.
    """
    names["kind"] = kind
    if not _stored_straight(kind):
        given = [one for one in fields(kind) if one.init]
        parts = [f"{one.alias}={values[one.name]}" if one.kw_only else values[one.name] for one in given]
        return [f"return kind({', '.join(parts)})"]
    names |= {"store": object.__setattr__, "open_kind": _open(kind)}
    lines = ["made = open_kind()", *(f"made.{name} = {value}" for name, value in values.items())]
    lines += ["made.__class__ = kind"]
    for place, one in enumerate(fields(kind)):
        if not one.init and one.default is not NOTHING:
            lines.append(f"store(made, {one.name!r}, {_own_default(one.default, f'own{place}', names)})")
    for place, one in enumerate(fields(kind)):
        if one.validator is not None:
            names |= {f"check{place}": one.validator, f"field{place}": one}
            lines.append(f"check{place}(made, field{place}, made.{one.name})")
    if hasattr(kind, "__attrs_post_init__"):
        lines.append("made.__attrs_post_init__()")
    return [*lines, "return made"]


def _stored_straight(kind: type[Any]) -> bool:
    """True where the constructor is attrs's own, and stores the fields in slots, validates and ends."""
    own = vars(kind)
    return (
        "__attrs_attrs__" in own
        and "__slots__" in own
        and not any("__new__" in vars(one) for one in kind.__mro__[:-1])
        and not any(hasattr(kind, name) for name in ("__attrs_init__", "__attrs_pre_init__", "_attrs_cached_hash"))
        and all(one.converter is None for one in fields(kind))
    )


def _open(kind: type[Any]) -> type[Any]:
    """The class with the same slots, empty at first, and nothing that keeps them from being written."""
    plain = {name: getattr(object, name) for name in ("__init__", "__setattr__", "__delattr__")}
    return type(kind.__name__, (kind,), {"__slots__": (), **plain})


def _own_default(default: Any, name: str, names: dict[str, Any]) -> str:  # noqa: ANN401 - of any field
    """The expression of what the class itself puts into a field that is never given."""
    if not isinstance(default, Factory):  # type: ignore[arg-type] # a class, typed as a function
        names[name] = default
        return name
    names[name] = default.factory
    return f"{name}(made)" if default.takes_self else f"{name}()"
