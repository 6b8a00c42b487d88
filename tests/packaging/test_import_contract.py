"""The core imports only what is on a short list; pyproject.toml adds the rule for indirect imports."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

CORE: Final = Path(__file__).parents[2] / "src" / "marketplace_core"
PACKAGES_OF_THE_CORE: Final = {"attrs", "cattrs", "marketplace_core", "typing_extensions"}
# Pure parts of the standard library: no I/O, no clock, no randomness.
STANDARD_LIBRARY_OF_THE_CORE: Final = {
    "__future__",
    "abc",
    "array",
    "base64",
    "bisect",
    "calendar",
    "collections",
    "contextlib",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "enum",
    "fractions",
    "functools",
    "hashlib",
    "heapq",
    "hmac",
    "importlib",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "math",
    "operator",
    "re",
    "string",
    "struct",
    "textwrap",
    "types",
    "tomllib",
    "typing",
    "unicodedata",
    "uuid",
    "weakref",
    "zoneinfo",
}
# What is shipped for tests may wait, race and roll dice, but not reach files, sockets or processes.
MORE_FOR_TESTING: Final = {
    "concurrent",
    "copy",
    "hypothesis",
    "inspect",
    "pytest",
    "random",
    "threading",
    "time",
}
# Names that read the clock or roll dice although their modules are on the list.
FORBIDDEN_CALLS: Final = {"datetime.now", "datetime.today", "datetime.utcnow", "date.today", "uuid1", "uuid4"}


def _imports(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def _calls(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            yield ".".join(ast.unparse(node.func).split(".")[-2:])


def _modules() -> list[Path]:
    return sorted(CORE.rglob("*.py"))


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(CORE)))
def test_core_imports_only_the_pure_list(path: Path) -> None:
    """A module of the core imports attrs, typing_extensions and pure parts of the standard library."""
    allowed = PACKAGES_OF_THE_CORE | STANDARD_LIBRARY_OF_THE_CORE
    if "testing" in path.relative_to(CORE).parts:
        allowed |= MORE_FOR_TESTING
    foreign = set(_imports(ast.parse(path.read_text("utf-8")))) - allowed
    assert not foreign, f"{path} imports {sorted(foreign)}; pass the value in, or put the code in an adapter"


def _modules_that_ship() -> list[Path]:
    """Without what is for tests: fakes may make ids."""
    return [path for path in _modules() if "testing" not in path.relative_to(CORE).parts]


@pytest.mark.parametrize("path", _modules_that_ship(), ids=lambda path: str(path.relative_to(CORE)))
def test_core_calls_neither_clock_nor_dice(path: Path) -> None:
    """A module of the core is told the time and its ids: it never asks for them."""
    calls = set(_calls(ast.parse(path.read_text("utf-8"))))
    found = {call for call in calls if call in FORBIDDEN_CALLS or call.rpartition(".")[2] in FORBIDDEN_CALLS}
    assert not found, f"{path} calls {sorted(found)}; take the value as an argument"
