"""The portal's tables as MariaDB is told to make them, from our own list of them in ``schema.txt``.

A line of the list that is not indented names a table. Under it stands a line a column: its name, its type (with ``?``
where it may be NULL) and what else is true of it: ``auto`` counts up, ``default V``, ``-> T cascade|nullify|restrict``
refers to the id of table T and is indexed for that, ``unique``, ``index NAME``. A line in brackets is a key of several
columns. Keys without a name of their own have the name that Doctrine gives them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from importlib.resources import files
from typing import Final

_TYPES: Final = {"int": "INT(11)", "smallint": "SMALLINT(6)", "flag": "TINYINT(1)", "cents": "DECIMAL(8,0)"}
_ON_DELETE: Final = {"cascade": "CASCADE", "nullify": "SET NULL", "restrict": "RESTRICT"}
_LONGEST_NAME: Final = 30


def statements() -> list[str]:
    """What makes all tables in an empty database; to be run with FOREIGN_KEY_CHECKS=0, for tables refer in circles."""
    return [
        f"CREATE TABLE `{name}` ({', '.join(lines)}) ENGINE=InnoDB CHARSET=utf8mb3 COLLATE=utf8mb3_unicode_ci"
        for name, lines in _tables()
    ]


def table_names() -> list[str]:
    """All tables, in the order of the list."""
    return [name for name, _lines in _tables()]


def _tables() -> Iterator[tuple[str, list[str]]]:
    name, lines = "", list[str]()
    for line in (files("marketplace_adapters.cocorico.testing") / "schema.txt").read_text("utf-8").splitlines():
        if not line.startswith(" "):
            if name:
                yield name, lines
            name, lines = line.strip(), ["PRIMARY KEY (`id`)"]
        elif line.lstrip().startswith("("):
            columns, _bracket, key = line.strip().removeprefix("(").partition(") ")
            lines.append(_key(key.split(), [it.strip() for it in columns.split(",")]))
        else:
            lines += _column(name, line.split())
    yield name, lines


def _column(table: str, words: list[str]) -> Iterator[str]:
    column, kind, *facts = words
    told = _TYPES.get(kind.removesuffix("?"), kind.removesuffix("?").upper())
    default = facts[facts.index("default") + 1] if "default" in facts else "NULL" if kind.endswith("?") else None
    yield " ".join(
        [
            f"`{column}` {told}",
            "NULL" if kind.endswith("?") else "NOT NULL",
            *([f"DEFAULT {default}"] if default else []),
            *(["AUTO_INCREMENT"] if "auto" in facts else []),
        ]
    )
    if "unique" in facts:
        yield _key(["unique", _named("UNIQ", table, column)], [column])
    if "index" in facts:
        yield _key(["index", facts[facts.index("index") + 1]], [column])
    if "->" in facts:
        other, on_delete = facts[facts.index("->") + 1 : facts.index("->") + 3]
        if "unique" not in facts:
            yield _key(["index", _named("IDX", table, column)], [column])
        yield (
            f"CONSTRAINT `{_named('FK', table, column)}` FOREIGN KEY (`{column}`)"
            f" REFERENCES `{other}` (`id`) ON DELETE {_ON_DELETE[on_delete]}"
        )


def _key(kind_and_name: list[str], columns: list[str]) -> str:
    kind, name = kind_and_name
    return f"{'UNIQUE KEY' if kind == 'unique' else 'KEY'} `{name}` ({', '.join(f'`{it}`' for it in columns)})"


def _named(prefix: str, table: str, column: str) -> str:
    """The name that Doctrine makes up for a key: check sums of the table's and the column's name."""
    sums = "".join(f"{zlib.crc32(it.encode()):x}" for it in (table, column))
    return f"{prefix}_{sums}".upper()[:_LONGEST_NAME]
