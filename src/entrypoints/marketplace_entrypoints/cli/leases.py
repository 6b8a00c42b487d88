"""List, sign, change and end leases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from attrs import evolve
from cyclopts import Parameter

from marketplace_core.domain.charge import ChargeKind, Rate, RecurringCharge
from marketplace_core.domain.facts import LeaseRecorded, PersonRecorded
from marketplace_core.domain.first_system.parsing import kenyan_phone
from marketplace_core.domain.identifiers import ChargeId, LeaseId, PersonId, UnitId, checked_id
from marketplace_core.domain.lease import Lease, LeaseStatus, LeaseTerm
from marketplace_core.domain.money import Money
from marketplace_core.domain.party import Person
from marketplace_core.domain.reference import issue_reference
from marketplace_core.errors import AlreadyExists, NotFound
from marketplace_entrypoints.cli import charges, terms
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.finding import require_new_lease
from marketplace_entrypoints.cli.lease_answers import answer_lease, plain_lease
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Amount, Day, Where
from marketplace_entrypoints.cli.saving import save_text
from marketplace_entrypoints.cli.session import Session, opened
from marketplace_entrypoints.csv_text import csv_text
from marketplace_entrypoints.lease_words import last_day_of, rent_of

app = group("leases", "List, sign, charge, change and end leases.")
for _name, _step in {**terms.STEPS, **charges.STEPS}.items():
    app.command(_step, name=_name)


@app.command(name="list")
def list_leases(
    *, csv: Annotated[Path | None, Parameter(help="Write the rent roll to a CSV file.")] = None, where: Where = HERE
) -> int:
    """The rent roll: every lease with unit, tenant, rent and payment reference."""
    with opened(where) as here:
        labels = here.labels()
        leases = sorted(labels.leases.values(), key=lambda it: (labels.unit(it.lease_id), it.start))
        header = ("lease", "unit", "tenant", "status", "from", "to", "billing day", "rent", "reference")
        rows = [
            (
                it.lease_id,
                labels.unit(it.lease_id),
                labels.tenant(it.lease_id),
                it.status.value,
                it.start,
                last_day_of(it) or "",
                it.billing_day,
                rent_of(it, here.today),
                it.reference,
            )
            for it in leases
        ]
        if csv is not None:
            save_text(csv, csv_text(header, ([_cell(it) for it in row] for row in rows)))
            here.output.say(f"wrote {len(rows)} rows to {csv}")
        told = {"leases": [plain_lease(it, here.today, labels) for it in leases]}
        return here.answer(told, table(header, rows))


@app.command(name="sign")
def sign(
    lease_id: str,
    *,
    unit: Annotated[str, Parameter(help="Code or id of the unit.")],
    tenant: Annotated[str, Parameter(help="Id of the tenant; with --tenant-name a new one.")],
    start: Day,
    rent: Amount,
    end: Annotated[Day | None, Parameter(help="The day after the last one (default: open).")] = None,
    billing_day: Annotated[int, Parameter(help="Day of the month on which a billing period begins, 1 to 31.")] = 1,
    due_day: Annotated[int | None, Parameter(help="Day by which to pay (default: the period's first).")] = None,
    grace_days: Annotated[int, Parameter(help="Days after the due day without a late fee.")] = 0,
    deposit: Annotated[Amount | None, Parameter(help="Deposit, billed with the first period.")] = None,
    tenant_name: Annotated[str, Parameter(help="Name of a new tenant.")] = "",
    phone: Annotated[tuple[str, ...], Parameter(help="Phone of a new tenant, such as 254712345678.")] = (),
    draft: Annotated[bool, Parameter(negative=(), help="Only drafted: not billed yet.")] = False,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Sign a lease; one that overlaps another active lease of the unit is refused."""
    with opened(where) as here:
        currency = here.portfolio.currency
        rate = Rate(start, here.amount(rent, currency))
        lease = Lease(
            LeaseId(checked_id(lease_id)),
            here.portfolio_id,
            _unit(here, unit),
            (PersonId(checked_id(tenant)),),
            (LeaseTerm(start, end),),
            currency,
            (RecurringCharge(ChargeId(f"{lease_id}-rent"), ChargeKind.RENT, (rate,)),),
            status=LeaseStatus.DRAFT if draft else LeaseStatus.ACTIVE,
            billing_day=billing_day,
            due_day=due_day,
            grace_days=grace_days,
            deposit=here.amount(deposit, currency) if deposit else None,
        )
        command = here.command("lease.sign", act)
        require_new_lease(here, lease.lease_id)
        if not here.is_repeated:
            _require_known_as_told(here, lease, tenant_name)
        if tenant_name:
            person = Person(lease.tenant_ids[0], tenant_name, tuple(map(kenyan_phone, phone)))
            signed = evolve(lease, reference=issue_reference(lease.portfolio_id, lease.lease_id))
            facts = [PersonRecorded(here.portfolio_id, person), LeaseRecorded(signed)]
            here.ports.record(command, facts, dry_run=act.dry_run)
            return answer_lease(here, act, signed, "sign")
        if lease.tenant_ids[0] not in here.ports.people(here.portfolio_id):
            raise NotFound(f"tenant {tenant} is not known; add --tenant-name to make a new one")
        signed = here.container.sign_lease()(command, lease, dry_run=act.dry_run)
        return answer_lease(here, act, signed, "sign")


def _require_known_as_told(here: Session, lease: Lease, tenant_name: str) -> None:
    """Refuse to give a tenant who is known another name or other phones."""
    tenant_id = lease.tenant_ids[0]
    known = here.ports.people(here.portfolio_id).get(tenant_id)
    if tenant_name and known is not None:
        raise AlreadyExists(
            f"tenant {tenant_id} is {known.shown_name} already: leave out --tenant-name and --phone to sign with them,"
            " or choose another id"
        )


def _unit(here: Session, text: str) -> UnitId:
    for unit in here.ports.units(here.portfolio_id):
        if text in (unit.unit_id, unit.code):
            return unit.unit_id
    raise NotFound(
        f"no unit {text!r} in {here.portfolio_id}; a new one comes by POST /api/units (marketplace serve), or by"
        " marketplace import of a folder that names it"
    )


def _cell(value: object) -> object:
    return value.plain() if isinstance(value, Money) else value
