"""`marketplace_core` offers the same names to people, to type checkers and at run time."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import marketplace_core


def _names_for_type_checkers() -> set[str]:
    source = Path(str(marketplace_core.__file__)).read_text("utf-8")
    guards = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    return {
        alias.asname or alias.name
        for guard in guards
        for node in guard.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_table_and_all_and_typed_imports_agree() -> None:
    """`__all__`, the table of lazy names and the imports for type checkers hold the same names, sorted."""
    homes = marketplace_core._HOME_OF_NAME  # noqa: SLF001 - the table is what is checked
    assert list(marketplace_core.__all__) == sorted(set(marketplace_core.__all__))
    assert set(homes) == set(marketplace_core.__all__) == _names_for_type_checkers()


def test_every_public_name_loads_from_its_home() -> None:
    """Each name of `__all__` is the very object that its module defines."""
    homes = marketplace_core._HOME_OF_NAME  # noqa: SLF001 - the table is what is checked
    loaded = {name: getattr(marketplace_core, name) for name in marketplace_core.__all__}
    expected = {name: getattr(import_module(f"marketplace_core.{home}"), name) for name, home in homes.items()}
    assert all(loaded[name] is expected[name] for name in marketplace_core.__all__)
    assert len(loaded) == len(expected)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A name that the package does not have is refused as Python refuses it, with the name in the message."""
    code = "import marketplace_core\ntry: marketplace_core.Rend\nexcept AttributeError as e: print(e)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "'Rend'" in result.stdout
