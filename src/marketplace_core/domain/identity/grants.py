"""Roles as they are kept with a login or client, before they are resolved to what they reach."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, field, frozen

from marketplace_core.domain.identifiers import PersonId, PortfolioId, PropertyId, derive_id
from marketplace_core.domain.party import Role
from marketplace_core.errors import InvalidInput


def _sorted(ids: tuple[PropertyId, ...] | None) -> tuple[PropertyId, ...] | None:
    return None if ids is None else tuple(sorted(set(ids)))


@frozen
class StoredGrant:
    """A role in one portfolio.

    ``portfolio_id`` None, an admin's only, is the installation. ``person_id`` is who the holder is among the
    portfolio's people: whose leases a tenant reads, whose properties ``own_properties_only`` confines a landlord in an
    agent's book to. ``property_ids`` are a caretaker's, or confine a landlord; None, a landlord has the whole book.
    """

    role: Role
    portfolio_id: PortfolioId | None
    person_id: PersonId | None = None
    property_ids: tuple[PropertyId, ...] | None = field(default=None, converter=_sorted)
    own_properties_only: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse a grant that would reach more than its role is for, or nothing."""
        if self.portfolio_id is None and self.role is not Role.ADMIN:
            raise InvalidInput(f"a {self.role} is one in a portfolio: name it")
        if self.role is Role.TENANT and self.person_id is None:
            raise InvalidInput("a tenant is one of the portfolio's people: name the person")
        if self.role is Role.CARETAKER and not self.property_ids:
            raise InvalidInput("a caretaker looks after properties: name them")
        if self.property_ids is not None and self.role in (Role.ADMIN, Role.TENANT):
            raise InvalidInput(f"a {self.role} is not confined to properties")
        if self.own_properties_only and (
            self.role is not Role.LANDLORD or self.person_id is None or self.property_ids is not None
        ):
            raise InvalidInput("only a landlord has properties of their own: name the person, and no properties")

    @property
    def grant_id(self) -> str:
        """What names it among its holder's: the same role, portfolio and person again replaces it."""
        return derive_id("grn", self.role, self.portfolio_id or "", self.person_id or "")


def with_grant(held: tuple[StoredGrant, ...], grant: StoredGrant) -> tuple[StoredGrant, ...]:
    """The grants with one more, in place of the one that it replaces; in the order of their ids."""
    others = [it for it in held if it.grant_id != grant.grant_id]
    return tuple(sorted([*others, grant], key=lambda it: it.grant_id))


def repointed(
    held: tuple[StoredGrant, ...], portfolio_id: PortfolioId, stands_for: Mapping[PersonId, PersonId]
) -> tuple[StoredGrant, ...]:
    """The grants with those in a portfolio naming who stands for their person; unchanged where none names such a one.

    Two that become the same role of the same person become one that reaches what both reached. Of own properties and
    named ones no one grant can be made: then that of the person who stands for both is left.
    """
    found: dict[str, StoredGrant] = {}
    moved: list[StoredGrant] = []
    for it in held:
        kept_id = stands_for.get(it.person_id) if it.person_id and it.portfolio_id == portfolio_id else None
        if kept_id is None:
            found[it.grant_id] = it
        else:
            moved.append(evolve(it, person_id=kept_id))
    for it in moved:
        found[it.grant_id] = _both(found[it.grant_id], it) if it.grant_id in found else it
    return tuple(sorted(found.values(), key=lambda it: it.grant_id)) if moved else held


def _both(one: StoredGrant, other: StoredGrant) -> StoredGrant:
    if other.property_ids is None and not other.own_properties_only:
        return other
    if one.property_ids is None or other.property_ids is None:
        return one
    return evolve(one, property_ids=(*one.property_ids, *other.property_ids))
