"""The installed wheel works with nothing but what it requires: its imports, its tests, its types."""

import ast
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("packaging")

TESTS = Path(__file__).parents[1]
PRESENT = {"attrs", "cattrs", "hypothesis", "marketplace_core", "pytest", "typing_extensions"}

MODULES_AFTER_IMPORT = """
import json, sys
before = set(sys.modules)
import marketplace_core
print(json.dumps(sorted(name.partition(".")[0] for name in set(sys.modules) - before)))
"""

CONSUMER = """
import marketplace_core
from marketplace_core import {names}

public: list[str] = marketplace_core.__all__
reveal_all = ({names})
print(len(public), len(reveal_all))
"""


def _needs_only_the_core(path: Path) -> bool:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or ".").partition(".")[0])
    return imported <= PRESENT | sys.stdlib_module_names


def test_importing_the_core_loads_little(plain_python: Path, tmp_path: Path, run: Callable[..., str]) -> None:
    """`import marketplace_core` loads the standard library, attrs and typing-extensions at most."""
    loaded = set(json.loads(run([plain_python, "-c", MODULES_AFTER_IMPORT], tmp_path)))
    assert loaded - sys.stdlib_module_names <= {"attr", "attrs", "marketplace_core", "typing_extensions"}


def test_every_module_of_the_core_imports(plain_python: Path, tmp_path: Path, run: Callable[..., str]) -> None:
    """No module of the core needs an extra, its testing package only what the extra `testing` names."""
    code = (
        "import pkgutil, importlib, marketplace_core as package\n"
        "for module in pkgutil.walk_packages(package.__path__, 'marketplace_core.'):\n"
        "    print(importlib.import_module(module.name).__name__)\n"
    )
    assert "marketplace_core.errors" in run([plain_python, "-c", code], tmp_path).split()


def test_tests_of_the_core_pass_without_extras(plain_python: Path, tmp_path: Path, run: Callable[..., str]) -> None:
    """The unit tests that import nothing but the core pass on the installed wheel."""
    copied = [path for path in sorted((TESTS / "unit").rglob("test_*.py")) if _needs_only_the_core(path)]
    for path in copied:
        target = tmp_path / path.relative_to(TESTS)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    shutil.copy(TESTS / "conftest.py", tmp_path)
    shutil.copy(TESTS.parent / "pyproject.toml", tmp_path)
    output = run(
        [
            plain_python,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-m",
            "not laws and not shared",
            "unit",
        ],
        tmp_path,
        MARKETPLACE_TEST_SCALE="smoke",
    )
    assert " passed" in output


def test_a_missing_extra_is_an_install_hint(plain_python: Path, tmp_path: Path, run: Callable[..., str]) -> None:
    """Starting the program without the extra `cli` says which extra to install."""
    program = plain_python.with_name("marketplace")
    code = (
        "import subprocess, sys\n"
        "result = subprocess.run([sys.argv[1], '--help'], capture_output=True, text=True)\n"
        "print(result.returncode, result.stderr)\n"
    )
    output = run([plain_python, "-c", code, program], tmp_path)
    assert output.startswith("1 ")
    assert "marketplace-core[all]" in output


@pytest.mark.consumer
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_consumer_is_typed(checker: str, plain_python: Path, tmp_path: Path, run: Callable[..., str]) -> None:
    """A strict type checker accepts the README's first example and every public name of the wheel."""
    if not (program := Path(sys.executable).with_name(checker)).exists():
        pytest.skip(f"{checker} is not installed; run make lint once")
    names = run([plain_python, "-c", "import marketplace_core as m; print(', '.join(m.__all__))"], tmp_path)
    readme = (TESTS.parent / "README.md").read_text("utf-8")
    (first_example,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)[:1]
    (tmp_path / "consumer.py").write_text(CONSUMER.format(names=names.strip()), "utf-8")
    (tmp_path / "example.py").write_text(first_example, "utf-8")
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}', "utf-8")
    command = {
        "mypy": [program, "--strict", "--python-executable", plain_python, "consumer.py", "example.py"],
        "pyright": [program, "--warnings", "--pythonpath", plain_python, "consumer.py", "example.py"],
    }[checker]
    output = run([*command], tmp_path)
    assert "no issues" in output or "0 errors" in output
