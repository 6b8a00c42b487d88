"""Say who asks: from a session's token, or from an access token. What was taken away counts at once."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from marketplace_core.domain.access import Actor
from marketplace_core.domain.identifiers import ClientId, UserId
from marketplace_core.domain.identity.sessions import DEFAULT_LIMITS, LoginSession, SessionLimits, secret_hash
from marketplace_core.domain.identity.users import User, UserStatus
from marketplace_core.errors import NotAuthenticated
from marketplace_core.ports.identity.access_tokens import AccessTokens
from marketplace_core.ports.identity.clients import Clients
from marketplace_core.ports.identity.sessions import LoginSessions
from marketplace_core.services.identity.resolve import ResolveGrants

_NOT_SIGNED_IN = "you are not signed in, or no longer: sign in again"
_NO_TOKEN = "the access token does not count, or no longer: ask for a new one"  # noqa: S105 - a message


@frozen
class SignedIn:
    """Who asks: a user with a session, or a client with an access token, until ``expires_at``."""

    actor: Actor
    user_id: UserId | None
    client_id: ClientId | None
    expires_at: datetime


def counts(session: LoginSession, user: User, now: datetime, limits: SessionLimits) -> bool:
    """True for a session that still counts: in time, of an active user, and given out since their last new password."""
    return user.status is UserStatus.ACTIVE and session.epoch == user.epoch and not session.is_over(now, limits)


@frozen
class Authenticate:
    """Finds the actor of a request; ``NotAuthenticated`` where there is none."""

    sessions: LoginSessions
    clients: Clients
    access_tokens: AccessTokens
    resolve: ResolveGrants
    limits: SessionLimits = DEFAULT_LIMITS

    def by_session(self, token: str, now: datetime) -> SignedIn:
        """The user of a session's token; its use is noted, so that it lasts while it is used."""
        hashed = secret_hash(token)
        found = self.sessions.session(hashed)
        if found is None or not counts(*found, now, self.limits):
            raise NotAuthenticated(_NOT_SIGNED_IN)
        session, user = found
        if now - session.seen_at >= self.limits.seen_every:
            self.sessions.see_session(hashed, now)
        actor = Actor(user.actor_name, self.resolve(user.grants))
        expires_at = min(session.expires_at, session.created_at + self.limits.absolute)
        return SignedIn(actor, user.user_id, None, expires_at)

    def by_bearer(self, token: str, now: datetime) -> SignedIn:
        """The client of an access token; it may what the token's scopes and the client's own both allow now."""
        claims = self.access_tokens.verify(token, now)
        client = self.clients.client(claims.client_id)
        if client is None or client.is_disabled:
            raise NotAuthenticated(_NO_TOKEN)
        scopes = claims.scopes & frozenset(client.scopes)
        actor = Actor(client.actor_name, self.resolve(client.grants), scopes)
        return SignedIn(actor, None, client.client_id, claims.expires_at)
