"""The portal to test against, run by hand: a program that says where it is."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace_adapters.cocorico import Cocorico, CocoricoServer
from marketplace_adapters.cocorico.testing import MariaDb
from marketplace_core.domain.money import KES

pytestmark = [pytest.mark.cocorico, pytest.mark.usefixtures("mariadb_installed")]


def _running(folder: Path) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "marketplace_adapters.cocorico.testing", "--folder", str(folder)]
    ignoring = ["/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh", *command]
    program = subprocess.Popen(ignoring, stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    return program, program.stdout.readline().split()[1]


def test_the_program_serves_a_furnished_portal_and_keeps_it(tmp_path: Path) -> None:
    """Bookings and inquiries can be read at the address that it prints; run again it has the same ones.

    It ends with its server when it is asked to by either signal, also where its shell has it ignore SIGINT.
    """
    told = list[tuple[int, int]]()
    for asked in (signal.SIGINT, signal.SIGTERM):
        program, dsn = _running(tmp_path / "portal")
        try:
            cocorico = Cocorico(CocoricoServer(dsn, KES))
            bookings = cocorico.bookings.bookings(None, "", 100).rows
            inquiries = cocorico.inquiries.inquiries(None, "", 100).rows
            told.append((len(bookings), len(inquiries)))
            cocorico.close()
        finally:
            program.send_signal(asked)
            program.communicate(timeout=120)
        assert program.returncode == 0
        assert MariaDb.found(tmp_path / "portal") is None
    assert told == [(30, 50)] * 2
