"""The edges of the command line: exit codes, safe cells, adapters by name, and what help loads."""

import json
import subprocess
import sys

import pytest

from marketplace_core.errors import (
    AdapterMissing,
    ConfigurationError,
    InvalidRow,
    MarketplaceError,
    NotFound,
    NotPermitted,
    SecondPersonRequired,
)
from marketplace_entrypoints.adapters import Home, load_adapter
from marketplace_entrypoints.cli.failures import Refused, exit_code_of, plain_error
from marketplace_entrypoints.cli.output import json_text
from marketplace_entrypoints.csv_text import cell, csv_text


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFound("x"), 1),
        (AdapterMissing("x"), 1),
        (Refused("x"), 2),
        (ConfigurationError("x"), 2),
        (NotPermitted("x"), 4),
        (SecondPersonRequired("x"), 4),
    ],
)
def test_each_error_has_its_exit_code(error: MarketplaceError, code: int) -> None:
    """1 failed, 2 usage, 4 not allowed."""
    assert exit_code_of(error) == code


def test_an_error_of_a_row_tells_its_place() -> None:
    """File, line, column and reason stand apart for machines."""
    told = plain_error(InvalidRow(file="a.csv", line=3, column="rent", reason="no amount"))
    assert told["error"] == {
        "kind": "InvalidRow",
        "message": "a.csv, line 3, column 'rent': no amount",
        "exit_code": 1,
        "problems": [{"file": "a.csv", "line": 3, "column": "rent", "reason": "no amount"}],
    }


@pytest.mark.parametrize("text", ["=1+1", "+254", "-x", "@sum", "\tx"])
def test_a_formula_is_made_harmless(text: str) -> None:
    """A cell that a spreadsheet would run gets a quote in front."""
    assert cell(text) == "'" + text


@pytest.mark.parametrize("sign", ["\x1b", "\x7f", "\x9b", "\u202e", "\u2066", "\U000e0001"])
def test_no_answer_steers_a_terminal(sign: str) -> None:
    """Escapes, C1 signs and signs that turn the direction: JSON says them escaped and whole, CSV without them."""
    told = json_text({"payer": f"a{sign}b"})
    assert sign not in told
    assert json.loads(told) == {"payer": f"a{sign}b"}
    assert cell(f"a{sign}b") == "a b"


def test_amounts_below_zero_stay_numbers() -> None:
    """A negative amount is no formula; line ends in a cell become spaces."""
    assert csv_text(["a", "b"], [["-15.00", "two\nlines"]]) == "a,b\n-15.00,two lines\n"


def test_a_missing_adapter_says_what_to_install() -> None:
    """An adapter whose packages are not there names the extra; an unknown one names those that are."""
    ours = {"there": Home("marketplace_entrypoints.not_there:Thing", "embedded")}
    with pytest.raises(AdapterMissing, match=r"marketplace-core\[embedded\]"):
        load_adapter("marketplace.store", "there", ours)
    with pytest.raises(AdapterMissing, match="there is there"):
        load_adapter("marketplace.store", "elsewhere", ours)


def test_help_loads_neither_database_nor_settings() -> None:
    """`marketplace --help` imports no database driver, no container and none of the core's domain."""
    code = (
        "import json, sys\n"
        "from marketplace_entrypoints.cli.__main__ import run\n"
        "assert run(['--help']) == 0\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stderr)}
    assert loaded.isdisjoint({"sqlalchemy", "psycopg", "alembic", "typed_settings", "dependency_injector"})
    assert "Exit codes: 0 done" in done.stdout
