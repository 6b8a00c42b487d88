"""List users and clients, as far as they are the actor's concern."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve, frozen

from marketplace_core.domain.access import Action, Actor, Target, require
from marketplace_core.domain.identifiers import ClientId, PortfolioId, UserId
from marketplace_core.domain.identity.clients import ApiClient
from marketplace_core.domain.identity.granting import may_grant, shown_grants
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.identity.users import User
from marketplace_core.ports.identity.clients import Clients
from marketplace_core.ports.identity.users import Users


@frozen
class ListUsers:
    """Streams users by id."""

    users: Users

    def __call__(
        self,
        actor: Actor,
        portfolio_id: PortfolioId | None = None,
        *,
        after: UserId | None = None,
        limit: int | None = None,
    ) -> Iterator[User]:
        """Those with a role in the portfolio, with the roles that the actor may give; None: all, for the operator.

        Refused as ``NotFound`` or ``NotPermitted`` at once, not when the first one is taken.
        """
        require(actor, Action.OPERATE, Target(portfolio_id))
        found = self.users.users(portfolio_id, after=after, limit=limit)
        return (evolve(it, grants=shown_grants(actor, it)) for it in found)


@frozen
class ListClients:
    """Streams clients by id."""

    clients: Clients

    def __call__(
        self,
        actor: Actor,
        portfolio_id: PortfolioId | None = None,
        *,
        after: ClientId | None = None,
        limit: int | None = None,
    ) -> Iterator[ApiClient]:
        """Those with a role in the portfolio, with the roles that the actor may give; None: all, for the operator."""
        require(actor, Action.OPERATE, Target(portfolio_id))
        found = self.clients.clients(portfolio_id, after=after, limit=limit)
        return (evolve(it, grants=shown) for it in found if (shown := _shown(actor, it)))


def _shown(actor: Actor, client: ApiClient) -> tuple[StoredGrant, ...]:
    return tuple(it for it in client.grants if may_grant(actor, it))
