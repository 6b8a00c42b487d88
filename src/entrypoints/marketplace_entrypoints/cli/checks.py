"""Checks of the installation and of what it works with, told alike."""

from __future__ import annotations

from collections.abc import Iterable

from marketplace_core.ports.outside_engine.engine_care import EngineFinding
from marketplace_core.ports.outside_property.property_care import PropertyFinding
from marketplace_entrypoints.cli.output import Table, table
from marketplace_entrypoints.cli.plain import Plain
from marketplace_entrypoints.store import Finding

AnyFinding = Finding | EngineFinding | PropertyFinding


def plain_check(it: AnyFinding) -> Plain:
    """A check for machines."""
    return {"check": it.name, "ok": it.is_well, "says": it.says, "fix": _fix(it)}


def checks_table(found: Iterable[AnyFinding]) -> Table:
    """Checks for a person."""
    rows = ((it.name, "ok" if it.is_well else "NOT WELL", it.says, _fix(it)) for it in found)
    return table(("check", "", "says", "fix"), rows)


def _fix(it: AnyFinding) -> str:
    return "" if it.is_well else it.fix
