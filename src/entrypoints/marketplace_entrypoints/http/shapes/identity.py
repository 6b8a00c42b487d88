"""Sessions, users, roles and clients."""

from __future__ import annotations

from attrs import field, frozen

from marketplace_core.domain.access import Action
from marketplace_core.domain.identifiers import PersonId, PortfolioId, PropertyId
from marketplace_core.domain.identity.clients import ApiClient
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.identity.users import User, UserStatus
from marketplace_core.domain.party import Role
from marketplace_entrypoints.http.bounded import Email, Identifier, Instant, Name, PageSize, PasswordText, Token


@frozen
class SignInBody:
    """Who signs in."""

    email: Email
    password: PasswordText = field(repr=False)


@frozen
class SessionShape:
    """A session: ``csrf_token`` goes with each write, in the X-CSRF-Token header."""

    user_id: str
    csrf_token: str
    expires_at: Instant


@frozen
class Me:
    """Who asks, and in which portfolios which roles are held; no CSRF token where a service asks."""

    actor: str
    user_id: str | None
    csrf_token: str | None
    roles: tuple[RoleShape, ...]


@frozen
class RoleShape:
    """A role in a portfolio; null is the installation itself."""

    role: Role
    portfolio_id: str | None


@frozen
class PasswordBody:
    """The old password and a new one."""

    old: PasswordText = field(repr=False)
    new: PasswordText = field(repr=False)


@frozen
class EmailBody:
    """Whose password is forgotten."""

    email: Email


@frozen
class TokenBody:
    """The token of an invitation or a password reset, and the password chosen."""

    token: Token = field(repr=False)
    password: PasswordText = field(repr=False)


@frozen
class OAuthToken:
    """An access token (RFC 6749)."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


@frozen
class OAuthError:
    """Why there is none (RFC 6749)."""

    error: str
    error_description: str


@frozen
class GrantBody:
    """A role to give.

    ``person_id``: who a tenant, or a landlord with ``own_properties_only``, is among the portfolio's people.
    ``property_ids``: which a caretaker looks after, or confine a landlord. No portfolio: the installation, for admins.
    """

    role: Role
    portfolio_id: Identifier | None = None
    person_id: Identifier | None = None
    property_ids: tuple[Identifier, ...] | None = None
    own_properties_only: bool = False

    def stored(self) -> StoredGrant:
        """The grant as it is kept."""
        return StoredGrant(
            self.role,
            PortfolioId(self.portfolio_id) if self.portfolio_id else None,
            PersonId(self.person_id) if self.person_id else None,
            None if self.property_ids is None else tuple(PropertyId(it) for it in self.property_ids),
            self.own_properties_only,
        )


@frozen
class GrantShape:
    """A role that is held."""

    grant_id: str
    role: Role
    portfolio_id: str | None
    person_id: str | None
    property_ids: tuple[str, ...] | None
    own_properties_only: bool

    @classmethod
    def of(cls, it: StoredGrant) -> GrantShape:
        """The shape of a role."""
        return cls(it.grant_id, it.role, it.portfolio_id, it.person_id, it.property_ids, it.own_properties_only)


@frozen
class UserShape:
    """Somebody who signs in, with the roles that are the caller's concern."""

    user_id: str
    email: str
    name: str
    status: UserStatus
    grants: tuple[GrantShape, ...]
    version: int

    @classmethod
    def of(cls, it: User) -> UserShape:
        """The shape of a user."""
        return cls(it.user_id, it.email, it.name, it.status, tuple(GrantShape.of(one) for one in it.grants), it.version)


@frozen
class UserPage:
    """A page of users, by id."""

    users: tuple[UserShape, ...]
    next: str | None


@frozen
class InviteBody:
    """Somebody to invite, with a first role."""

    email: Email
    name: Name
    grant: GrantBody


@frozen
class ClientBody:
    """A service to let in: what it may, and where."""

    client_id: Identifier
    name: Name
    scopes: tuple[Action, ...]
    grants: tuple[GrantBody, ...]


@frozen
class ClientShape:
    """A service that acts; it may what its roles and its scopes both allow."""

    client_id: str
    name: str
    scopes: tuple[Action, ...]
    grants: tuple[GrantShape, ...]
    is_disabled: bool

    @classmethod
    def of(cls, it: ApiClient) -> ClientShape:
        """The shape of a client."""
        return cls(it.client_id, it.name, it.scopes, tuple(GrantShape.of(one) for one in it.grants), it.is_disabled)


@frozen
class ClientPage:
    """A page of clients, by id."""

    clients: tuple[ClientShape, ...]
    next: str | None


@frozen
class ClientSecretShape:
    """A client with a new secret, shown this once."""

    client: ClientShape
    secret: str = field(repr=False)


@frozen
class AfterQuery:
    """After whom, and how many."""

    after: Identifier | None = None
    limit: PageSize = 50
