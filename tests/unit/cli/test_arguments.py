"""What is typed in bytes that are no UTF-8 is refused by name before anything is opened, and never a traceback."""

import json
import subprocess
import sys

import pytest

from marketplace_entrypoints.cli.arguments import require_text
from marketplace_entrypoints.cli.failures import Refused

LATIN: bytes = "Café".encode("latin-1")


def ran(*words: bytes) -> "subprocess.CompletedProcess[bytes]":
    """The program with raw arguments, as a shell gives them."""
    program = [sys.executable.encode(), b"-m", b"marketplace_entrypoints.cli", *words]
    return subprocess.run(program, capture_output=True, check=False)


@pytest.mark.parametrize(
    "words",
    [
        (b"leases", b"list", b"--portfolio", LATIN),
        (b"leases", b"list", b"--portfolio=" + LATIN),
        (b"sync", b"killbill", LATIN),
        (b"import", b"/tmp/" + LATIN),
        (b"--" + LATIN,),
    ],
)
def test_bytes_that_are_no_text_are_refused(words: tuple[bytes, ...]) -> None:
    """Code 2; which argument, its bytes, and what to do."""
    found = ran(*words)
    said = found.stderr.decode()
    assert (found.returncode, "Traceback" in said) == (2, False)
    assert rf"argument {len(words)}" in said
    assert r"Caf\xe9" in said
    assert "UTF-8" in said


def test_machines_are_told_the_same() -> None:
    """One JSON object, which is UTF-8 itself."""
    found = ran(b"leases", b"list", b"--json", b"--portfolio", LATIN)
    error = json.loads(found.stdout)["error"]
    assert (error["kind"], error["exit_code"]) == ("Refused", 2)
    assert "argument 5 (of --portfolio)" in error["message"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--reason", "a\udcff"], "argument 2 (of --reason)"),
        (["--reason=a\udcff"], "argument 1 (of --reason)"),
        (["show", "a\udcff"], "argument 2 is"),
    ],
)
def test_the_option_is_named(words: list[str], named: str) -> None:
    """Where there is one."""
    with pytest.raises(Refused) as caught:
        require_text(words)
    assert str(caught.value).startswith(named)


def test_every_text_is_let_through() -> None:
    """Whatever signs it has."""
    require_text(["--reason", "Café 漢字 \U0001f600 \x7f", ""])
