"""Access: who may see and do what, as one table that every entrypoint asks."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from attrs import frozen

from marketplace_core.domain.identifiers import LeaseId, PersonId, PortfolioId, PropertyId
from marketplace_core.domain.money import Money
from marketplace_core.domain.party import Role
from marketplace_core.errors import NotFound, NotPermitted, SecondPersonRequired


class Action(StrEnum):
    """What somebody may want to do; reading and writing are apart."""

    READ_PROPERTY = "property.read"
    WRITE_PROPERTY = "property.write"
    READ_LEASE = "lease.read"
    WRITE_LEASE = "lease.write"
    READ_MONEY = "money.read"
    BILL = "money.bill"
    RECORD_PAYMENT = "payment.record"
    RECONCILE = "payment.reconcile"
    REVERSE = "payment.reverse"
    REFUND = "money.refund"
    WRITE_OFF = "money.write_off"
    READ_PERSON = "person.read"
    WRITE_PERSON = "person.write"
    ERASE_PERSON = "person.erase"
    READ_MAINTENANCE = "maintenance.read"
    REPORT_MAINTENANCE = "maintenance.report"
    WRITE_MAINTENANCE = "maintenance.write"
    READ_AUDIT = "audit.read"
    OPERATE = "system.operate"


_LANDLORD: Final = frozenset(Action) - {Action.ERASE_PERSON, Action.OPERATE}
_TENANT: Final = frozenset(
    [
        Action.READ_PROPERTY,
        Action.READ_LEASE,
        Action.READ_MONEY,
        Action.READ_PERSON,
        Action.READ_MAINTENANCE,
        Action.REPORT_MAINTENANCE,
    ]
)
_CARETAKER: Final = frozenset(
    [Action.READ_PROPERTY, Action.READ_MAINTENANCE, Action.REPORT_MAINTENANCE, Action.WRITE_MAINTENANCE]
)
_MAY: Final = {
    Role.ADMIN: frozenset(Action),
    Role.LANDLORD: _LANDLORD,
    Role.TENANT: _TENANT,
    Role.CARETAKER: _CARETAKER,
}
FOUR_EYES: Final = frozenset([Action.REVERSE, Action.REFUND, Action.WRITE_OFF])
"""What needs a second person above a limit."""


@frozen
class Grant:
    """A role in one portfolio; a tenant's reaches only named leases, a caretaker's only named properties."""

    role: Role
    portfolio_id: PortfolioId
    lease_ids: frozenset[LeaseId] = frozenset()
    property_ids: frozenset[PropertyId] = frozenset()


@frozen
class Actor:
    """Somebody who acts, with every role held."""

    person_id: PersonId
    grants: tuple[Grant, ...]


@frozen
class Target:
    """What is acted on; what does not apply is None, so nobody confined to leases or properties reaches it."""

    portfolio_id: PortfolioId
    property_id: PropertyId | None = None
    lease_id: LeaseId | None = None
    person_id: PersonId | None = None


def _sees(actor: Actor, grant: Grant, target: Target) -> bool:
    if grant.portfolio_id != target.portfolio_id:
        return False
    if grant.role is Role.TENANT:
        own_lease = target.lease_id is not None and target.lease_id in grant.lease_ids
        own_self = target.lease_id is None and target.person_id == actor.person_id
        return own_lease or own_self
    if grant.role is Role.CARETAKER:
        return target.property_id is not None and target.property_id in grant.property_ids
    return True


def permits(actor: Actor, action: Action, target: Target) -> bool:
    """True when a role of the actor that reaches the target allows the action."""
    return any(action in _MAY[grant.role] and _sees(actor, grant, target) for grant in actor.grants)


def require(actor: Actor, action: Action, target: Target) -> None:
    """Refuse what is not permitted: ``NotFound`` where the actor may not even see it, else ``NotPermitted``."""
    if permits(actor, action, target):
        return
    if any(_sees(actor, grant, target) for grant in actor.grants):
        raise NotPermitted(f"{action} is not allowed with your role; ask somebody whose role has it")
    raise NotFound("no such thing, or not visible to you")


def require_second_person(
    action: Action, amount: Money, limit: Money, asked_by: PersonId, confirmed_by: PersonId | None
) -> None:
    """Above the limit, refunds, write-offs and reversals need another person than the one who asks."""
    if action not in FOUR_EYES or amount <= limit:
        return
    if confirmed_by is None or confirmed_by.casefold() == asked_by.casefold():
        raise SecondPersonRequired(
            f"{action} of {amount} is above {limit}: a second person must confirm it (--confirmed-by), not {asked_by}"
        )
