"""Eight billing runs of one month at once: each invoice is made by one of them, and no number is missing."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import pytest

pytest.importorskip("psycopg", reason="psycopg is not installed")

from tests.e2e.crash.crashing import COMMANDS, copied, environment, numbers_of, run_program

if TYPE_CHECKING:
    from tests.fixtures.databases import Database

pytestmark = [pytest.mark.crash, pytest.mark.postgres, pytest.mark.xdist_group("crash")]

LEASES: Final = {"smoke": 200, "slice": 2_000, "full": 10_000}
AT_ONCE: Final = 8
PATIENCE_SECONDS: Final = 300


def test_eight_bills_at_once_make_each_invoice_once(
    postgres_server: Database, scale: Literal["smoke", "slice", "full"], tmp_path: Path
) -> None:
    """All eight succeed; one invoice a lease, numbered from 1 on without a gap."""
    leases = LEASES[scale]
    write_first_system(tmp_path / "folder", leases)
    with copied(postgres_server) as books:
        for command in (COMMANDS[0], ("import", str(tmp_path / "folder"), "--first-month", "2026-11")):
            process = run_program(command, books)
            assert process.returncode == 0, process.stderr
        bill = [sys.executable, "-m", "marketplace_entrypoints.cli", "bill", "--period", "2026-11", "--json"]
        running = [
            subprocess.Popen(bill, env=environment(books), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(AT_ONCE)
        ]
        answers = [process.communicate(timeout=PATIENCE_SECONDS) for process in running]
        assert [process.returncode for process in running] == [0] * AT_ONCE, [said for _, said in answers]
        runs = [json.loads(answer) for answer, _ in answers]
        assert sum(run["invoices"] for run in runs) == leases
        assert numbers_of(books) == [f"INV-{number:06d}" for number in range(1, leases + 1)]


def write_first_system(folder: Path, leases: int) -> None:
    """A first system's folder: one house, a unit, a tenant and a lease of 12,000 a month for each index."""
    each = range(leases)
    folder.mkdir()
    write(folder / "properties.csv", [{"property_id": "P", "name": "Tower", "address": "", "landlord_name": ""}])
    write(folder / "units.csv", ({"unit_id": f"U{i}", "property_id": "P", "code": f"A{i}"} for i in each))
    write(folder / "tenants.csv", ({"tenant_id": f"T{i}", "name": f"Tenant {i}"} for i in each))
    write(
        folder / "leases.csv",
        (
            {
                "lease_id": f"L{i}",
                "unit_id": f"U{i}",
                "tenant_ids": f"T{i}",
                "start_day": "2025-01-01",
                "rent": "12000.00",
                "billing_day": 1,
                "due_day": 5,
            }
            for i in each
        ),
    )


def write(file: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows that all have the columns of the first."""
    given = list(rows)
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(given[0]))
        writer.writeheader()
        writer.writerows(given)
