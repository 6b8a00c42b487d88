"""Every example in README.md, docs/ and the core's docstrings does what it says."""

import doctest
import os
import pkgutil
from importlib import import_module
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

import marketplace_core

ROOT = Path(__file__).parents[2]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def _documents() -> list[Path]:
    return sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


def _modules() -> list[str]:
    return [module.name for module in pkgutil.walk_packages(marketplace_core.__path__, "marketplace_core.")]


@pytest.mark.parametrize("path", _documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_of_document(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python blocks of a document run in order, in an empty folder, and print what they show."""
    monkeypatch.chdir(tmp_path)
    sybil = Sybil([PythonCodeBlockParser(doctest_optionflags=OPTIONS), SkipParser()], path=os.fspath(ROOT))
    examples = list(sybil.parse(path).examples())
    for example in examples:
        example.evaluate()
    assert len(examples) >= path.read_text("utf-8").count("```python")


@pytest.mark.parametrize("name", _modules())
def test_examples_of_docstrings(name: str) -> None:
    """The examples in a module's docstrings print what they show."""
    assert doctest.testmod(import_module(name), optionflags=OPTIONS).failed == 0
