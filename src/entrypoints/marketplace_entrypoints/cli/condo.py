"""Condo: say whether it is well, and which property of ours is one of theirs."""

from __future__ import annotations

from typing import Annotated

from attrs import evolve
from cyclopts import Parameter

from marketplace_core.domain.identifiers import PropertyId, UnitId
from marketplace_core.services.outside_property.linking import LinkProperty
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.checks import checks_table, plain_check
from marketplace_entrypoints.cli.failures import Exit
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Where
from marketplace_entrypoints.cli.session import opened
from marketplace_entrypoints.outside_properties import outside_properties

app = group("condo", "Condo, the property manager's system: check it, link properties and units.")


@app.command
def check(*, where: Where = HERE) -> int:
    """Whether it answers and knows us, whether each stream's fields are as we need them, and what points are left."""
    with opened(where) as here:
        outside = outside_properties(here.store, here.container)
        is_named = bool(where.portfolio or here.settings.portfolio)
        meant = (here.portfolio_id,) if is_named else outside.portfolios
        looks = {own: outside.of(own).watch()(own, outside.name) for own in meant}
        is_well = all(not seen.reason and all(it.is_well for it in seen.findings) for seen in looks.values())
        told = {
            "ok": is_well,
            "portfolios": [
                {
                    "portfolio": own,
                    "version": seen.version,
                    "points_left": seen.points_left,
                    "checks": [plain_check(it) for it in seen.findings],
                }
                for own, seen in looks.items()
            ],
        }
        shown = [evolve(checks_table(seen.findings), title=own) for own, seen in looks.items()]
        return here.answer(told, *shown, code=Exit.DONE if is_well else Exit.FAILED)


@app.command
def link_property(
    external_id: Annotated[str, Parameter(help="The property's id in Condo.")],
    property_id: Annotated[str, Parameter(help="Our property.")],
    *,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Say that a property of ours is one of theirs, for good; do it before the first sync, which adopts its units."""
    with opened(where) as here:
        outside = outside_properties(here.store, here.container)
        command = here.command("property.link", act)
        link = LinkProperty(here.ports, here.ports)
        done = link(command, outside.name, external_id, PropertyId(property_id), dry_run=act.dry_run)
        told = {
            "system": done.system,
            "external_id": done.external_id,
            "property": done.our_id,
            "dry_run": act.dry_run,
        }
        verb = "would be" if act.dry_run else "is"
        return here.answer(told, f"{done.system} property {done.external_id} {verb} {done.our_id}")


@app.command
def link_unit(
    external_id: Annotated[str, Parameter(help="The unit in Condo as PROPERTY:KIND:LABEL, as sync condo --diff says.")],
    unit: Annotated[str, Parameter(help="Our unit: its code or id.")],
    *,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Say that a unit there, whose label changed, is one of ours; the one that a sync made for it is archived."""
    with opened(where) as here:
        outside = outside_properties(here.store, here.container)
        command = here.command("unit.link", act)
        link = here.container.link_unit()
        ours = next((it.unit_id for it in here.ports.units(here.portfolio_id) if it.code == unit), UnitId(unit))
        done = link(command, outside.name, external_id, ours, dry_run=act.dry_run)
        told = {
            "system": outside.name,
            "external_id": done.external_id,
            "unit": done.unit.unit_id,
            "code": done.unit.code,
            "archived": done.archived.unit_id if done.archived else None,
            "tickets": done.tickets,
            "dry_run": act.dry_run,
        }
        verb = "would be" if act.dry_run else "is"
        more = f"; {done.archived.code}, which the sync made, {verb} archived" if done.archived else ""
        words = f"{outside.name} unit {done.external_id} {verb} {done.unit.code}{more}; {done.tickets} tickets with it"
        return here.answer(told, words, "residents follow with: marketplace sync condo --whole --only occupancies")
