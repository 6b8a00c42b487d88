"""Access: who may see and do what, as one table that every entrypoint asks."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from attrs import frozen

from marketplace_core.domain.identifiers import LeaseId, PersonId, PortfolioId, PropertyId
from marketplace_core.domain.money import Money
from marketplace_core.domain.party import Role
from marketplace_core.errors import InvalidInput, NotFound, NotPermitted, SecondPersonRequired


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
    READ_LISTING = "listing.read"
    WRITE_LISTING = "listing.write"
    APPROVE_LISTING = "listing.approve"
    READ_INQUIRY = "inquiry.read"
    WRITE_BOOKING = "booking.write"
    READ_AUDIT = "audit.read"
    OPERATE = "system.operate"


_LANDLORD: Final = frozenset(Action) - {Action.ERASE_PERSON, Action.OPERATE, Action.APPROVE_LISTING}
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


def actions_of(role: Role) -> frozenset[Action]:
    """What a role allows."""
    return _MAY[role]


FOUR_EYES: Final = frozenset([Action.REVERSE, Action.REFUND, Action.WRITE_OFF])
"""What needs a second person above a limit."""


@frozen
class Grant:
    """A role in one portfolio.

    ``portfolio_id`` None, an admin's only, is every portfolio and the installation itself. ``property_ids`` confines a
    landlord or caretaker to some properties, None does not (a caretaker is always confined). A tenant reaches
    ``lease_ids`` and, as ``person_id``, what the portfolio holds of themselves.
    """

    role: Role
    portfolio_id: PortfolioId | None
    person_id: PersonId | None = None
    property_ids: frozenset[PropertyId] | None = None
    lease_ids: frozenset[LeaseId] = frozenset()

    def __attrs_post_init__(self) -> None:
        """Refuse a grant that would reach more than its role is for."""
        if self.portfolio_id is None and self.role is not Role.ADMIN:
            raise InvalidInput(f"a {self.role} is one in a portfolio: name it")
        if self.role is Role.CARETAKER and self.property_ids is None:
            raise InvalidInput("a caretaker looks after properties: name them")
        if self.property_ids is not None and self.role in (Role.ADMIN, Role.TENANT):
            raise InvalidInput(f"a {self.role} is not confined to properties")
        if self.lease_ids and self.role is not Role.TENANT:
            raise InvalidInput(f"a {self.role} is not confined to leases")

    def is_in(self, portfolio_id: PortfolioId | None) -> bool:
        """True where the grant counts in a portfolio; None asks for the installation itself."""
        return self.portfolio_id is None or self.portfolio_id == portfolio_id

    @property
    def is_whole(self) -> bool:
        """True where nothing of the portfolio is out of reach."""
        return self.role is Role.ADMIN or (self.role is Role.LANDLORD and self.property_ids is None)


@frozen
class Actor:
    """Somebody who acts: ``name`` as commands have it (``person:ID``, ``service:NAME``), with every role held.

    ``scopes`` confines a service to some actions whatever its roles allow; None does not.
    """

    name: str
    grants: tuple[Grant, ...]
    scopes: frozenset[Action] | None = None

    def grants_for(self, action: Action) -> tuple[Grant, ...]:
        """The grants whose role allows the action."""
        if self.scopes is not None and action not in self.scopes:
            return ()
        return tuple(it for it in self.grants if action in _MAY[it.role])


@frozen
class Target:
    """What is acted on; what does not apply is None, so nobody confined to leases or properties reaches it.

    ``portfolio_id`` None is the installation itself, such as its users and jobs.
    """

    portfolio_id: PortfolioId | None
    property_id: PropertyId | None = None
    lease_id: LeaseId | None = None
    person_id: PersonId | None = None


@frozen
class Reach:
    """What an actor's roles let one action touch in a portfolio: the row filter that every read must be given.

    ``is_whole``: all of it. Else what belongs to one of the properties, leases or people; a lease belongs to the
    property of its unit, a unit and its property also show to whom a lease of them is in reach.
    """

    portfolio_id: PortfolioId
    is_whole: bool = False
    property_ids: frozenset[PropertyId] = frozenset()
    lease_ids: frozenset[LeaseId] = frozenset()
    person_ids: frozenset[PersonId] = frozenset()

    def shows(self, target: Target) -> bool:
        """True where the target is in reach."""
        return target.portfolio_id == self.portfolio_id and (
            self.is_whole
            or target.property_id in self.property_ids
            or target.lease_id in self.lease_ids
            or target.person_id in self.person_ids
        )

    def require_whole(self) -> None:
        """Refuse what tells of the whole portfolio to whom only a part of it is shown."""
        if not self.is_whole:
            raise NotPermitted("this is of the whole portfolio, and your role reaches a part of it")


def reach_of(actor: Actor, action: Action, portfolio_id: PortfolioId) -> Reach:
    """What of a portfolio the actor may do ``action`` on.

    ``NotFound`` where the actor has no role in the portfolio, so that its name betrays nothing; ``NotPermitted`` where
    no role held allows the action.
    """
    if not any(it.is_in(portfolio_id) for it in actor.grants):
        raise NotFound(f"there is no portfolio {portfolio_id}, or it is not visible to you")
    held = [it for it in actor.grants_for(action) if it.is_in(portfolio_id)]
    if not held:
        raise _not_permitted(actor, action)
    return _reach(held, portfolio_id)


def _reach(held: Sequence[Grant], portfolio_id: PortfolioId) -> Reach:
    return Reach(
        portfolio_id,
        is_whole=any(it.is_whole for it in held),
        property_ids=frozenset(key for it in held for key in it.property_ids or ()),
        lease_ids=frozenset(key for it in held for key in it.lease_ids),
        person_ids=frozenset(it.person_id for it in held if it.person_id is not None),
    )


def _not_permitted(actor: Actor, action: Action) -> NotPermitted:
    if actor.scopes is not None and action not in actor.scopes:
        return NotPermitted(f"{action} is none of the access token's scopes: ask for a token, or a client, that has it")
    return NotPermitted(f"{action} is not allowed with your role; ask somebody whose role has it")


def permits(actor: Actor, action: Action, target: Target) -> bool:
    """True when a role of the actor that reaches the target allows the action."""
    try:
        require(actor, action, target)
    except (NotFound, NotPermitted):
        return False
    return True


def require(actor: Actor, action: Action, target: Target) -> None:
    """Refuse what is not permitted: ``NotFound`` where the actor may not even see it, else ``NotPermitted``."""
    allowed = actor.grants_for(action)
    if _shown(allowed, target):
        return
    if _shown(actor.grants, target):
        raise _not_permitted(actor, action)
    raise NotFound("no such thing, or not visible to you")


def _shown(grants: tuple[Grant, ...], target: Target) -> bool:
    held = tuple(it for it in grants if it.is_in(target.portfolio_id))
    if target.portfolio_id is None:
        return any(it.portfolio_id is None for it in held)
    return bool(held) and _reach(held, target.portfolio_id).shows(target)


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
