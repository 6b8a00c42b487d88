"""Tickets from the command line: opened, moved on, written to, given to somebody, listed and shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.e2e.cli.conftest import Marketplace

from marketplace_entrypoints.cli.failures import Exit

pytestmark = pytest.mark.postgres


def test_a_ticket_lives_at_the_command_line(marketplace: Marketplace, tmp_path: Path) -> None:
    """Plans write nothing; what does not follow is refused with what does; the same command id has one effect."""
    unit = marketplace("leases", "list", "--json").told["leases"][0]["unit"]
    opening = ("maintenance", "open", "The tap leaks", "--unit", unit, "--priority", "high", "--json")
    assert marketplace(*opening, "--dry-run").told["dry_run"] is True
    assert marketplace("maintenance", "list", "--json").told["tickets"] == []
    made = [marketplace(*opening, "--command-id", "o1").told for _ in range(2)]
    assert [(it["number"], it["unit_code"], it["priority"]) for it in made] == [(1, unit, "high")] * 2
    refused = marketplace("maintenance", "status", "1", "closed")
    assert (refused.code, "resolved" in refused.err) == (Exit.FAILED, True)
    assert marketplace("maintenance", "status", "1", "cancelled").code == Exit.FAILED
    assert marketplace("maintenance", "status", "1", "nonsense").code == Exit.USAGE
    step = ("maintenance", "status", "1", "in-progress", "--reason", "a plumber comes")
    assert marketplace(*step).code == Exit.DONE
    assert marketplace("maintenance", "comment", "1", "on Friday").code == Exit.DONE
    assert marketplace("maintenance", "assign", "1", "--name", "Juma").code == Exit.DONE
    assert marketplace("maintenance", "priority", made[0]["ticket"], "low").code == Exit.DONE
    told = marketplace("maintenance", "show", "1", "--json").told
    assert (told["status"], told["assignee_name"], told["priority"]) == ("in_progress", "Juma", "low")
    assert [it["kind"] for it in told["history"]] == ["opened", "status", "comment", "assignee", "priority"]
    shown = marketplace("maintenance", "show", "1").out
    assert all(words in shown for words in ("The tap leaks", "a plumber comes", "on Friday"))
    assert marketplace("maintenance", "show", "9").code == Exit.FAILED
    saved = tmp_path / "tickets.csv"
    assert marketplace("maintenance", "list", "--status", "in-progress", "--csv", str(saved)).code == Exit.DONE
    assert saved.read_text("utf-8").splitlines()[1].startswith("1,in_progress,low")
    assert marketplace("maintenance", "list", "--status", "closed", "--json").told["tickets"] == []
