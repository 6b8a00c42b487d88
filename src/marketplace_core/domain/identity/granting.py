"""Who may give whom which role: nobody gives more than they have."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from marketplace_core.domain.access import Action, Actor, Target, actions_of, permits, require
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.identity.users import User
from marketplace_core.errors import NotPermitted


def require_may_grant(actor: Actor, grant: StoredGrant, scopes: Collection[Action] | None = None) -> None:
    """Refuse whom no right is to give the role: it takes ``OPERATE`` on the portfolio, or on the installation.

    An admin of a portfolio so gives any role in it, and none of the installation. ``scopes`` confine what is given, as
    a client's do. An actor confined by scopes gives nothing beyond them. ``NotFound`` for a portfolio that the actor
    has no part in, else ``NotPermitted``.
    """
    require(actor, Action.OPERATE, Target(grant.portfolio_id))
    given = actions_of(grant.role)
    if scopes is not None:
        given &= frozenset(scopes)
    if actor.scopes is not None and not given <= actor.scopes:
        beyond = ", ".join(sorted(given - actor.scopes))
        raise NotPermitted(f"a {grant.role} may do what your own scopes leave out: {beyond}")


def require_may_manage(actor: Actor, grants: Iterable[StoredGrant], scopes: Collection[Action] | None = None) -> None:
    """Refuse to change a login or client as a whole to whom could not have given it all that it has."""
    held = tuple(grants)
    if not held:
        require(actor, Action.OPERATE, Target(None))
    for grant in held:
        require_may_grant(actor, grant, scopes)


def may_grant(actor: Actor, grant: StoredGrant) -> bool:
    """True where the actor may give, and so see and take, the role."""
    return permits(actor, Action.OPERATE, Target(grant.portfolio_id))


def shown_grants(actor: Actor, user: User) -> tuple[StoredGrant, ...]:
    """The roles of a user that are the actor's concern."""
    return tuple(it for it in user.grants if may_grant(actor, it))
