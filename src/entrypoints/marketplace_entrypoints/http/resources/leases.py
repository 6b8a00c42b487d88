"""Leases: lists, signing, and each step of their lives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from attrs import evolve

from marketplace_core.domain.access import Action
from marketplace_core.domain.charge import ChargeKind, OneOffCharge, Rate, RecurringCharge
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ChargeId, LeaseId, PersonId, UnitId, derive_id
from marketplace_core.domain.lease import Lease, LeaseStatus, LeaseTerm
from marketplace_core.domain.register import LEASES, PEOPLE, LeaseEntry
from marketplace_core.domain.what_if import billed_otherwise, left_unbilled
from marketplace_core.errors import AlreadyExists, NotFound
from marketplace_core.services.leases import ChangeLease
from marketplace_entrypoints.http.operation import Answer, Call, Nothing, operation
from marketplace_entrypoints.http.paging import page_answer, page_query
from marketplace_entrypoints.http.problems import Changed
from marketplace_entrypoints.http.shapes.leases import (
    ChargeBody,
    ChargeList,
    ChargeShape,
    LastDayBody,
    LeaseChanged,
    LeasePage,
    LeaseShape,
    Otherwise,
    RenewBody,
    RentBody,
    SignBody,
    StopBody,
    Unbilled,
)

_ONE: Final = "/api/leases/{lease_id}"
_DAY: Final = timedelta(days=1)


@operation("GET", "/api/leases", Action.READ_LEASE, answers=LeasePage, query=page_query(LEASES), further=("text/csv",))
def list_leases(call: Call[Any, Any]) -> Answer:
    """Leases, a page at a time; the rent roll as CSV."""
    today = call.today
    return page_answer(call, LEASES, lambda it: LeaseShape.of(it, today), LeasePage)


@operation("GET", _ONE, Action.READ_LEASE, answers=LeaseShape)
def read_lease(call: Call[Any, Any]) -> Answer:
    """A lease; its ETag is what If-Match asks for."""
    found = _entry(call)
    return Answer(LeaseShape.of(found, call.today), etag=_etag(found.lease))


@operation("GET", _ONE + "/charges", Action.READ_LEASE, answers=ChargeList)
def list_charges(call: Call[Any, Any]) -> Answer:
    """What a lease is charged, every period and once."""
    lease = _entry(call).lease
    billed = call.parts.ports.account(lease.portfolio_id, lease.lease_id).billed_charges()
    recurring = (ChargeShape.recurring(it, lease) for it in lease.charges)
    once = (ChargeShape.once(it, billed=it.charge_id in billed) for it in lease.one_off_charges)
    return Answer(ChargeList((*recurring, *once)))


@operation(
    "POST",
    "/api/leases",
    Action.WRITE_LEASE,
    answers=LeaseChanged,
    body=SignBody,
    status=HTTPStatus.CREATED,
    takes_key=True,
    plans=True,
)
def sign_lease(call: Call[Any, SignBody]) -> Answer:
    """Sign a lease, or draft it."""
    body, portfolio = call.body, call.portfolio
    unit = call.parts.gate.unit(call.actor, call.action, portfolio.portfolio_id, UnitId(body.unit_id))
    tenants = [call.parts.ports.one(call.reach, PEOPLE, it) for it in body.tenant_ids]
    rent = Rate(body.first_day, body.rent.exact(portfolio.currency))
    lease = Lease(
        LeaseId(body.lease_id),
        portfolio.portfolio_id,
        unit.unit_id,
        tuple(PersonId(it) for it in body.tenant_ids),
        (LeaseTerm(body.first_day, body.end),),
        portfolio.currency,
        (RecurringCharge(ChargeId(f"{body.lease_id}-rent"), ChargeKind.RENT, (rent,)),),
        status=LeaseStatus.DRAFT if body.is_draft else LeaseStatus.ACTIVE,
        billing_day=body.billing_day,
        due_day=body.due_day,
        grace_days=body.grace_days,
        deposit=body.deposit.exact(portfolio.currency) if body.deposit else None,
    )
    command = call.command("lease.sign")
    _require_new(call, lease, command)
    signed = call.parts.container.sign_lease()(command, lease, dry_run=call.dry_run)
    entry = LeaseEntry(signed, unit.property_id, unit.code, tuple(it.name for it in tenants))
    return _changed(call, entry, signed, HTTPStatus.CREATED)


def _step(
    path: str, kind: str, words: str, body: type, change: Callable[[ChangeLease, Call[Any, Any], Command, Lease], Lease]
) -> Any:  # noqa: ANN401 - an operation
    def step(call: Call[Any, Any]) -> Answer:
        entry = _to_change(call)
        service = call.parts.container.change_lease()
        if call.if_match:
            service = evolve(service, expected_version=entry.lease.version)
        changed = change(service, call, call.command(kind), entry.lease)
        return _changed(call, entry, changed)

    step.__name__ = kind.replace(".", "_")
    step.__doc__ = words
    declare = operation(
        "POST",
        f"{_ONE}/{path}",
        Action.WRITE_LEASE,
        answers=LeaseChanged,
        body=body,
        takes_key=True,
        plans=True,
        matches=True,
    )
    return declare(step)


activate_lease = _step(
    "activate",
    "lease.activate",
    "Make a draft active: from now on it is billed.",
    Nothing,
    lambda change, call, command, it: change.activate(command, it.lease_id, call.parts.ports, dry_run=call.dry_run),
)
cancel_lease = _step(
    "cancel",
    "lease.cancel",
    "Cancel a draft: it comes to nothing.",
    Nothing,
    lambda change, call, command, it: change.cancel(command, it.lease_id, dry_run=call.dry_run),
)
give_notice = _step(
    "notice",
    "lease.notice",
    "Record notice: billed up to the last day.",
    LastDayBody,
    lambda change, call, command, it: change.give_notice(
        command, it.lease_id, call.body.last_day + _DAY, dry_run=call.dry_run
    ),
)
end_lease = _step(
    "end",
    "lease.end",
    "End a lease: billed up to the last day. It cannot be taken back.",
    LastDayBody,
    lambda change, call, command, it: change.end(command, it.lease_id, call.body.last_day + _DAY, dry_run=call.dry_run),
)
renew_lease = _step(
    "renew",
    "lease.renew",
    "Add a further term right after the last one.",
    RenewBody,
    lambda change, call, command, it: change.renew(
        command, it.lease_id, call.body.last_day + _DAY if call.body.last_day else None, dry_run=call.dry_run
    ),
)
change_rent = _step(
    "rent",
    "lease.rent",
    "Change the rent from a day on, up to the next change agreed before.",
    RentBody,
    lambda change, call, command, it: change.change_rent(
        command, it.lease_id, call.body.rent.exact(it.currency), call.body.first_day, dry_run=call.dry_run
    ),
)


def _charge(change: ChangeLease, call: Call[Any, Any], command: Command, lease: Lease) -> Lease:
    body: ChargeBody = call.body
    charge_id = ChargeId(derive_id("chg", command.command_id, lease.lease_id))
    amount = body.amount.exact(lease.currency)
    added: OneOffCharge | RecurringCharge = (
        RecurringCharge(charge_id, body.kind, (Rate(body.day, amount),), body.description, starts_on=body.day)
        if body.is_recurring
        else OneOffCharge(charge_id, body.kind, amount, body.day, body.description)
    )
    return change.charge(command, lease.lease_id, added, at_once=body.at_once, dry_run=call.dry_run)


charge_lease = _step("charges", "lease.charge", "Charge a lease: once, at once or every period.", ChargeBody, _charge)
stop_charge = _step(
    "charges/{charge_id}/stop",
    "lease.stop_charge",
    "Stop a charge: one of every period from a day on, one that is once before it is billed.",
    StopBody,
    lambda change, call, command, it: change.stop_charge(
        command, it.lease_id, ChargeId(call.path["charge_id"]), call.body.from_day, dry_run=call.dry_run
    ),
)


def _entry(call: Call[Any, Any]) -> LeaseEntry:
    return call.parts.ports.one(call.reach, LEASES, call.path["lease_id"])


def _etag(lease: Lease) -> str:
    return f'"{lease.lease_id}.{lease.version}"'


def _to_change(call: Call[Any, Any]) -> LeaseEntry:
    """The lease in reach, as If-Match names it where it does."""
    call.parts.gate.lease(call.actor, call.action, call.portfolio_id, LeaseId(call.path["lease_id"]))
    entry = _entry(call)
    if call.if_match and call.if_match != _etag(entry.lease):
        raise Changed(f"the lease has changed: it is {_etag(entry.lease)} now, not {call.if_match[:80]}")
    return entry


def _require_new(call: Call[Any, Any], lease: Lease, command: Command) -> None:
    """Refuse the id of another lease, but for the same command that comes again."""
    if call.parts.ports.event_of(lease.portfolio_id, command.command_id) is not None:
        return
    try:
        call.parts.ports.lease(lease.portfolio_id, lease.lease_id)
    except NotFound:
        return
    raise AlreadyExists(f"there is a lease {lease.lease_id} already: choose another id")


def _changed(call: Call[Any, Any], before: LeaseEntry, after: Lease, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    """The lease after a change, with the invoices that its terms and the books now say differently."""
    today, old = call.today, before.lease
    otherwise: tuple[Otherwise, ...] = ()
    unbilled: tuple[Unbilled, ...] = ()
    if old is not after:
        account = call.parts.ports.account(old.portfolio_id, old.lease_id)
        otherwise = tuple(Otherwise.of(it) for it in billed_otherwise(account, old, after))
        unbilled = tuple(Unbilled.of(it) for it in left_unbilled(account, old, after, today, call.now))
    shown = LeaseShape.of(evolve(before, lease=after), today)
    etag = "" if call.dry_run else _etag(after)
    return Answer(LeaseChanged(shown, otherwise, unbilled, call.dry_run), status, etag=etag)
