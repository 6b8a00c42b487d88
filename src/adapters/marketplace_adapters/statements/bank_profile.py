"""How one bank's CSV is laid out: a small table in TOML, unknown keys refused."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Final, cast

import attrs
from attrs import frozen
from cattrs import Converter, transform_error
from cattrs.errors import BaseValidationError

from marketplace_adapters.statements.dates import DayFormat
from marketplace_adapters.statements.lines import ENCODINGS
from marketplace_adapters.statements.tables import DELIMITERS, Column
from marketplace_core.domain.days import time_zone
from marketplace_core.errors import InvalidInput, NotFound

SHIPPED: Final = ("debit-credit", "signed-amount")
"""Profiles that come with the package; copy one and change the names of the columns."""

_MOST_BYTES: Final = 64 * 1024


def _require(holds: bool, message: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise InvalidInput(message)


@frozen
class FileLayout:
    """How the bytes are to be read; the first ``skip_lines`` lines are not looked at."""

    encoding: str = "utf-8"
    delimiter: str = ","
    decimal_sign: str = "."
    skip_lines: int = 0

    def __attrs_post_init__(self) -> None:
        """Refuse what the reader does not have."""
        _require(self.encoding in ENCODINGS, f"encoding {self.encoding!r}: use one of {', '.join(ENCODINGS)}")
        _require(self.delimiter in DELIMITERS, f"delimiter {self.delimiter!r}: use one of {DELIMITERS}")
        _require(self.decimal_sign in (".", ","), f"decimal_sign {self.decimal_sign!r}: use '.' or ','")
        _require(self.skip_lines >= 0, f"skip_lines {self.skip_lines}: must be 0 or more")


@frozen
class PreambleLabels:
    """Labels above the header whose values are checked against the collection account."""

    account_number: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()


@frozen
class ColumnNames:
    """The header names of each column, any of them; money is ``debit`` and ``credit``, or ``amount``.

    With ``amount``, ``direction`` may name a column that says CR or DR.
    """

    date: tuple[str, ...]
    description: tuple[str, ...]
    value_date: tuple[str, ...] = ()
    transaction_id: tuple[str, ...] = ()
    reference: tuple[str, ...] = ()
    payer: tuple[str, ...] = ()
    debit: tuple[str, ...] = ()
    credit: tuple[str, ...] = ()
    amount: tuple[str, ...] = ()
    direction: tuple[str, ...] = ()
    balance: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Refuse both ways to give money, and neither."""
        two, one = bool(self.debit and self.credit), bool(self.amount)
        _require(two != one, "columns: name debit and credit, or amount, and not both ways")
        _require(bool(self.date and self.description), "columns: date and description must be named")
        _require(not (self.direction and not one), "columns: direction goes with amount")

    def wanted(self) -> tuple[Column, ...]:
        """The columns that a header must have: all that the profile names."""
        return tuple(Column(key, names) for key, names in attrs.asdict(self).items() if names)


@frozen
class DateLayout:
    """The order of a date's parts, and whose days they are."""

    format: str
    zone: str = "Africa/Nairobi"

    def __attrs_post_init__(self) -> None:
        """Refuse an order that is none, and an unknown zone."""
        DayFormat(self.format)
        time_zone(self.zone)


@frozen
class RowWords:
    """Words of the description that say what a row is; ``positive_is`` says which way the amount column counts."""

    positive_is: str = "in"
    charge_words: tuple[str, ...] = ()
    reversal_words: tuple[str, ...] = ()
    internal_words: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Refuse another way than in or out."""
        _require(self.positive_is in ("in", "out"), f"positive_is {self.positive_is!r}: use 'in' or 'out'")


@frozen
class Extraction:
    """Regular expressions over the description, each with a group named ``found``; empty ones find nothing."""

    reference: str = ""
    payer_name: str = ""
    payer_phone: str = ""
    original: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse what does not compile or has no group of that name."""
        for key, text in attrs.asdict(self).items():
            try:
                groups = re.compile(text).groupindex
            except re.error as error:
                raise InvalidInput(f"extract.{key}: not a regular expression ({error})") from error
            _require(not text or "found" in groups, f"extract.{key}: needs a group (?P<found>…)")


@frozen
class Footer:
    """A closing line that begins so; its debit, credit or balance cells must agree with the rows."""

    starts_with: tuple[str, ...] = ()
    required: bool = False


@frozen
class BankProfile:
    """The layout of one bank's statements."""

    name: str
    columns: ColumnNames
    dates: DateLayout
    title: str = ""
    file: FileLayout = FileLayout()
    preamble: PreambleLabels = PreambleLabels()
    rows: RowWords = RowWords()
    extract: Extraction = Extraction()
    footer: Footer = Footer()


def _strict_converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _exactly)
    converter.register_structure_hook_func(lambda kind: kind == tuple[str, ...], lambda value, _: _texts(value))
    return converter


def _exactly(value: object, kind: type) -> object:
    if type(value) is not kind:
        raise TypeError(f"expected {kind.__name__}, not {value!r}")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list):
        texts = [piece for piece in cast("list[object]", value) if isinstance(piece, str) and piece.strip()]
        if len(texts) == len(cast("list[object]", value)):
            return tuple(texts)
    raise TypeError(f"expected a text or a list of texts, not {value!r}")


_CONVERTER: Final = _strict_converter()


def parse_profile(text: str, place: str = "profile") -> BankProfile:
    """The profile that a TOML text describes; ``InvalidInput`` names every key that is wrong or unknown."""
    if len(text) > _MOST_BYTES:
        raise InvalidInput(f"{place}: larger than {_MOST_BYTES} signs")
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidInput(f"{place}: not TOML ({error})") from error
    try:
        return _CONVERTER.structure(table, BankProfile)
    except BaseValidationError as error:
        reasons = "; ".join(transform_error(error, path=place, format_exception=_reason))
        raise InvalidInput(reasons) from error


def _reason(error: BaseException, _kind: type | None) -> str:
    if isinstance(error, KeyError):
        return f"the key {error.args[0]!r} is missing"
    return str(error)


@lru_cache(maxsize=8)
def shipped_profile(name: str) -> BankProfile:
    """A profile that comes with the package, by name."""
    if name not in SHIPPED:
        raise NotFound(f"no bank profile {name!r} is shipped: choose {' or '.join(SHIPPED)}, or give a TOML file")
    text = files("marketplace_adapters.statements").joinpath("profiles", f"{name}.toml").read_text("utf-8")
    return parse_profile(text, f"{name}.toml")
