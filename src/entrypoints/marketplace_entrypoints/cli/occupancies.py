"""Who lives where, as a property manager's system tells it; link them with leases, or draft one with your terms."""

from __future__ import annotations

from typing import Annotated

from attrs import evolve
from cyclopts import Parameter

from marketplace_core.domain.charge import ChargeKind, Rate, RecurringCharge
from marketplace_core.domain.facts import LeaseRecorded, PersonRecorded
from marketplace_core.domain.first_system.parsing import kenyan_phone
from marketplace_core.domain.identifiers import ChargeId, LeaseId, PersonId, UnitId, checked_id
from marketplace_core.domain.lease import Lease, LeaseStatus, LeaseTerm
from marketplace_core.domain.occupancy import OCCUPANCY, Occupancy
from marketplace_core.domain.party import Person
from marketplace_core.domain.reference import issue_reference
from marketplace_core.errors import AlreadyExists, NotFound, RuleViolation
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.finding import require_new_lease
from marketplace_entrypoints.cli.lease_answers import answer_lease
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Amount, Day, Where
from marketplace_entrypoints.cli.session import Session, opened

app = group("occupancies", "Who lives where by the property manager's system; link them with leases.")
_OCCUPANCY = Annotated[str, Parameter(help="Id of the occupancy; see occupancies list.")]


@app.default
@app.command(name="list")
def list_occupancies(
    *,
    unit: Annotated[str, Parameter(help="Only of this unit: its code or id.")] = "",
    ended: Annotated[bool, Parameter(negative=(), help="Those that ended, instead of the current ones.")] = False,
    where: Where = HERE,
) -> int:
    """Who is in which unit, since when it was seen, and with which lease it is linked."""
    with opened(where) as here:
        units = {it.unit_id: it.code for it in here.ports.units(here.portfolio_id)}
        unit_id = next((it for it, code in units.items() if unit in (it, code)), None)
        if unit and unit_id is None:
            raise NotFound(f"no unit {unit!r} in {here.portfolio_id}")
        found = list(here.ports.occupancies(here.portfolio_id, unit_id=unit_id, is_current=not ended))
        linked = {it.occupancy_id: _lease_of(here, it) for it in found}
        told = {"occupancies": [{**_plain(it), "lease": linked[it.occupancy_id]} for it in found]}
        rows = (
            (
                it.occupancy_id,
                units.get(it.unit_id, "") if it.unit_id else it.place,
                it.role.value,
                it.name,
                it.seen_from,
                it.seen_until or "",
                linked[it.occupancy_id] or "",
            )
            for it in found
        )
        return here.answer(told, table(("occupancy", "unit", "as", "name", "seen from", "until", "lease"), rows))


@app.command
def propose(*, where: Where = HERE) -> int:
    """What current occupancies may mean for leases, with reasons; nothing is written."""
    with opened(where) as here:
        units = {it.unit_id: it.code for it in here.ports.units(here.portfolio_id)}
        found = list(here.container.propose_occupancies()(here.portfolio_id))
        told = {
            "occupancies": [
                {
                    **_plain(it),
                    "proposals": [
                        {
                            "kind": one.kind.value,
                            "lease": one.lease_id,
                            "person": one.person_id,
                            "reasons": [reason.value for reason in one.reasons],
                        }
                        for one in proposals
                    ],
                }
                for it, proposals in found
            ]
        }
        rows = (
            (
                it.occupancy_id,
                it.name,
                one.kind.value,
                one.lease_id or "",
                units.get(it.unit_id, "") if it.unit_id else it.place,
                one.person_id or "",
                ", ".join(reason.value.replace("_", " ") for reason in one.reasons),
            )
            for it, proposals in found
            for one in proposals
        )
        return here.answer(told, table(("occupancy", "name", "proposed", "lease", "unit", "person", "because"), rows))


@app.command
def assign(
    occupancy: _OCCUPANCY,
    lease: Annotated[str, Parameter(help="Lease id, unit code or payment reference.")],
    *,
    tenant: Annotated[str, Parameter(help="Which tenant of it lives there (default: its only one).")] = "",
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Link an occupancy with a lease and who is in it with its tenant, for good; the lease itself is not changed."""
    with opened(where) as here:
        found = here.lease(lease)
        if not tenant and len(found.tenant_ids) != 1:
            raise RuleViolation(f"lease {found.lease_id} has several tenants: name one with --tenant")
        person_id = PersonId(tenant) if tenant else found.tenant_ids[0]
        command = here.command("occupancy.assign", act)
        links = here.container.assign_occupancy()(command, occupancy, found.lease_id, person_id, dry_run=act.dry_run)
        told = {
            "occupancy": occupancy,
            "lease": found.lease_id,
            "person": person_id,
            "links": [{"kind": it.kind, "external_id": it.external_id, "ours": it.our_id} for it in links],
            "dry_run": act.dry_run,
        }
        verb = "Would link" if act.dry_run else "Linked"
        return here.answer(told, f"{verb} occupancy {occupancy} with lease {found.lease_id} and {person_id}")


@app.command
def draft(
    occupancy: _OCCUPANCY,
    lease_id: Annotated[str, Parameter(help="Id of the new lease.")],
    *,
    tenant: Annotated[str, Parameter(help="Id of the tenant; with --tenant-name a new one.")],
    start: Day,
    rent: Amount,
    end: Annotated[Day | None, Parameter(help="The day after the last one (default: open).")] = None,
    billing_day: Annotated[int, Parameter(help="Day of the month on which a billing period begins, 1 to 31.")] = 1,
    deposit: Annotated[Amount | None, Parameter(help="Deposit, billed with the first period.")] = None,
    tenant_name: Annotated[str, Parameter(help="Name of a new tenant.")] = "",
    phone: Annotated[tuple[str, ...], Parameter(help="Phone of a new tenant, such as 254712345678.")] = (),
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Draft a lease of the occupancy's unit on your terms, and link both; it is billed once leases activate says so."""
    with opened(where) as here:
        stay = here.ports.occupancy(here.portfolio_id, occupancy)
        currency = here.portfolio.currency
        charge = RecurringCharge(
            ChargeId(f"{lease_id}-rent"), ChargeKind.RENT, (Rate(start, here.amount(rent, currency)),)
        )
        lease = Lease(
            LeaseId(checked_id(lease_id)),
            here.portfolio_id,
            _unit_of(stay),
            (PersonId(checked_id(tenant)),),
            (LeaseTerm(start, end),),
            currency,
            (charge,),
            status=LeaseStatus.DRAFT,
            billing_day=billing_day,
            deposit=here.amount(deposit, currency) if deposit else None,
        )
        command = here.command("lease.sign", act)
        require_new_lease(here, lease.lease_id)
        person = Person(lease.tenant_ids[0], tenant_name, tuple(map(kenyan_phone, phone))) if tenant_name else None
        known = here.ports.people(here.portfolio_id).get(lease.tenant_ids[0])
        if person is None and known is None:
            raise NotFound(f"tenant {tenant} is not known; add --tenant-name to make a new one")
        if person is not None and known is not None and known != person:
            raise AlreadyExists(
                f"tenant {tenant} is {known.shown_name} already: leave out --tenant-name, or choose another"
            )
        if person is not None and known is None:
            if act.dry_run:
                signed = evolve(lease, reference=issue_reference(lease.portfolio_id, lease.lease_id))
                facts = [PersonRecorded(here.portfolio_id, person), LeaseRecorded(signed)]
                here.ports.record(command, facts, dry_run=True)
                return answer_lease(here, act, signed, "draft")
            here.ports.record(command.part("tenant"), [PersonRecorded(here.portfolio_id, person)])
        person_id = lease.tenant_ids[0]
        signed = here.container.draft_from_occupancy()(command, occupancy, lease, person_id, dry_run=act.dry_run)
        return answer_lease(here, act, signed, "draft")


def _unit_of(stay: Occupancy) -> UnitId:
    if stay.unit_id is None:
        raise RuleViolation(f"no unit of ours is {stay.place or 'told'}: sync properties first")
    return stay.unit_id


def _lease_of(here: Session, it: Occupancy) -> str | None:
    return here.ports.our_id(here.portfolio_id, it.key.system, OCCUPANCY, it.key.link_id)


def _plain(it: Occupancy) -> plain.Plain:
    return {
        "occupancy": it.occupancy_id,
        "system": it.key.system,
        "external_id": it.key.external_id,
        "unit": it.unit_id,
        "place": it.place,
        "role": it.role.value,
        "name": it.name,
        "phone": it.phone,
        "email": it.email,
        "is_verified": it.is_verified,
        "seen_from": plain.day(it.seen_from),
        "seen_until": plain.day(it.seen_until),
    }
