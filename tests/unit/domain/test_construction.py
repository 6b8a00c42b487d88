"""What a reader makes is what the class's own constructor makes, with all its checks."""

from __future__ import annotations

from typing import Any, Self

import pytest
from attrs import Attribute, Factory, define, field, frozen
from attrs.exceptions import FrozenInstanceError

from marketplace_core.domain.construction import statements
from marketplace_core.domain.structuring import Readers
from marketplace_core.errors import InvalidInput


def _both(it: _Checked) -> str:
    return f"{it.first}{it.second}"


def _not_negative(_instance: object, attribute: Attribute[int], value: int) -> None:
    if value < 0:
        raise InvalidInput(f"{attribute.name} {value} is negative")


@frozen
class _Base:
    first: int = field(validator=_not_negative)


@frozen
class _Checked(_Base):
    second: str = field(default="none", alias="other")
    both: str = field(init=False, default=Factory(_both, takes_self=True))
    seen: list[str] = field(init=False, factory=list)
    sort: str = field(init=False, default="checked")

    def __attrs_post_init__(self) -> None:
        """Refuse zero, and show that a finished value was looked at."""
        assert type(self) is _Checked
        if not self.first:
            raise InvalidInput(f"{self.both}: zero")
        self.seen.append(self.both)


@frozen(kw_only=True, order=True)
class _Named:
    first: int
    second: str = "none"


@frozen
class _Converted:
    first: int = field(converter=abs)


@frozen(slots=False)
class _WithDict:
    first: int


@frozen(unsafe_hash=True, cache_hash=True)
class _Hashed:
    first: int


@frozen
class _WithOwnConstructor:
    first: int

    def __init__(self, first: int) -> None:
        self.__attrs_init__(2 * first)  # type: ignore[attr-defined] # attrs adds it


@frozen
class _Prepared:
    first: int

    def __attrs_pre_init__(self) -> None:
        """Show that it was called."""
        _Prepared.called = True  # type: ignore[attr-defined] # of this test only


@frozen
class _Counted:
    first: int
    place: int = field(init=False)

    def __new__(cls, *_: object, **__: object) -> Self:
        made = super().__new__(cls)
        object.__setattr__(made, "place", 7)
        return made


class _Plain(_Base):
    """A subclass that attrs does not know."""

    __slots__ = ("extra",)

    def __init__(self, first: int) -> None:
        super().__init__(first)
        object.__setattr__(self, "extra", first)


@define
class _Open:
    first: int


@pytest.mark.parametrize(
    "kind",
    [_Base, _Checked, _Named, _Converted, _WithDict, _Hashed, _WithOwnConstructor, _Prepared, _Counted, _Plain, _Open],
)
def test_a_value_is_as_the_constructor_makes_it(kind: type[Any]) -> None:
    """Equal, of the class itself, with the same text and hash."""
    made, expected = Readers({}).of(kind)({"first": 3}), kind(first=3)
    assert type(made) is kind
    assert made == expected
    assert repr(made) == repr(expected)
    if kind not in {_Checked, _Open}:
        assert hash(made) == hash(expected)


def test_a_value_can_be_changed_no_more() -> None:
    """It is frozen once it is given out."""
    made = Readers({}).of(_Checked)({"first": 3, "other": "x"})
    assert (made.both, made.seen, made.sort) == ("3x", ["3x"], "checked")
    with pytest.raises(FrozenInstanceError):
        made.first = 4
    with pytest.raises(FrozenInstanceError):
        del made.first


@pytest.mark.parametrize(("first", "says"), [(-1, "first -1 is negative"), (0, "0none: zero")])
def test_validators_and_post_init_hold(first: int, says: str) -> None:
    """What the constructor refuses is refused, with its words."""
    with pytest.raises(InvalidInput, match=says):
        Readers({}).of(_Checked)({"first": first})


@pytest.mark.parametrize("kind", [_Converted, _WithDict, _Hashed, _WithOwnConstructor, _Prepared, _Counted, _Plain])
def test_a_constructor_that_does_more_is_called(kind: type[Any]) -> None:
    """Only what stores, validates and ends is done without it."""
    assert statements(kind, {"first": "v"}, {}) == ["return kind(v)"]


@pytest.mark.parametrize("kind", [_Base, _Checked, _Named, _Open])
def test_a_constructor_that_only_stores_and_checks_is_not_called(kind: type[Any]) -> None:
    """Its fields are stored straight."""
    assert "made.first = v" in statements(kind, {"first": "v"}, {})
