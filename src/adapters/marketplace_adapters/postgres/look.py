"""Statements that nearly every request asks: put together once, then run by the driver itself.

What SQLAlchemy does around one statement costs several times what the driver and the database take for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from attrs import frozen
from sqlalchemy import Dialect, Engine, Select, Text, bindparam, make_url

from marketplace_adapters.postgres.errors import only_ours
from marketplace_adapters.postgres.reading_connections import readers_of

SOUGHT: Final = bindparam("sought", "", Text())
"""What a look's statement asks by: its value comes with each asking."""
_DIALECT: Final[Dialect] = make_url("postgresql+psycopg://").get_dialect()()


@frozen
class _Ready:
    """A statement as the driver takes it."""

    text: bytes
    values: Mapping[str, object]
    names: Sequence[str]
    converted: Sequence[tuple[int, Callable[[Any], Any]]]
    """Columns, by place, whose values the driver does not give as SQLAlchemy would."""

    def named(self, row: Sequence[Any]) -> Mapping[str, Any]:
        """A row by its columns' names."""
        if self.converted:
            changed = list(row)
            for place, convert in self.converted:
                changed[place] = convert(changed[place])
            row = changed
        return dict(zip(self.names, row, strict=True))


class Look:
    """One reading statement, which by itself sees the books as they are at one moment.

    Like ``single_look`` it begins no transaction. Only errors of ours come out.
    """

    def __init__(self, statement: Select[Any]) -> None:
        """The statement asks by ``SOUGHT``."""
        self.statement = statement

    def first(self, engine: Engine, sought: str) -> Mapping[str, Any] | None:
        """The first row, None where there is none."""
        ready = self._ready
        with only_ours():
            row = readers_of(engine).first(engine, ready.text, {**ready.values, SOUGHT.key: sought})
        return None if row is None else ready.named(row)

    @cached_property
    def _ready(self) -> _Ready:
        compiled = self.statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        values = dict(compiled.params)
        for parameter, name in compiled.bind_names.items():
            convert = parameter.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)
            if convert is not None:
                values[name] = convert(values[name])
        columns = self.statement.selected_columns
        converting = [it.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None) for it in columns]
        return _Ready(
            text=compiled.string.encode(),
            values=values,
            names=[str(it.key) for it in columns],
            converted=[(place, convert) for place, convert in enumerate(converting) if convert is not None],
        )
