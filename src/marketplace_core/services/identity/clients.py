"""Clients: services with a secret, and the short access tokens that they get for it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from attrs import evolve, field, frozen

from marketplace_core.domain.access import Action, Actor
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ClientId, checked_id, derive_id
from marketplace_core.domain.identity.access_claims import AccessClaims
from marketplace_core.domain.identity.clients import ApiClient
from marketplace_core.domain.identity.granting import require_may_manage
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.identity.sessions import secret_hash
from marketplace_core.errors import AlreadyExists, InvalidInput, NotAuthenticated, NotFound
from marketplace_core.ports.identity.access_tokens import AccessTokens
from marketplace_core.ports.identity.attempts import Attempts
from marketplace_core.ports.identity.clients import Clients
from marketplace_core.ports.identity.tokens import Tokens
from marketplace_core.services.identity.known import RequireKnown
from marketplace_core.services.identity.limits import TOKEN_BY_ADDRESS, AttemptLimit, attempt_key, require_few

TOKEN_LASTS = timedelta(minutes=5)


@frozen
class IssuedToken:
    """An access token, told this once."""

    access_token: str = field(repr=False)
    expires_in: int
    scopes: tuple[Action, ...]


@frozen
class IssueAccessToken:
    """OAuth 2 client credentials: a short access token for a client's id and secret."""

    clients: Clients
    attempts: Attempts
    tokens: Tokens
    access_tokens: AccessTokens
    lasts: timedelta = TOKEN_LASTS
    by_address: AttemptLimit = TOKEN_BY_ADDRESS

    def __call__(
        self, client_id: str, client_secret: str, scopes: Collection[str], now: datetime, *, address: str = ""
    ) -> IssuedToken:
        """A token for the scopes asked, all of the client's where none is; it says for how many seconds it counts.

        ``NotAuthenticated`` for an unknown client, a wrong secret or a disabled client; ``InvalidInput`` for a scope
        that the client does not have; ``TooManyAttempts`` where one ``address`` asks for too many.
        """
        if address:
            require_few(self.attempts, attempt_key("token address", address), self.by_address, now)
        client = self.clients.client(ClientId(client_id))
        hashed = secret_hash(client_secret)
        if client is None or not client.knows(hashed):
            raise NotAuthenticated("the client's id or secret is wrong, or the client is disabled")
        wanted = set(scopes) or set(client.scopes)
        if not wanted <= set(client.scopes):
            beyond = ", ".join(sorted(it[:60] for it in wanted - set(client.scopes)))
            raise InvalidInput(f"client {client_id} does not have the scope {beyond}")
        given = frozenset(it for it in client.scopes if it in wanted)
        token_id = derive_id("jwt", self.tokens.new_secret())
        issued_at = now.replace(microsecond=0)
        claims = AccessClaims(client.client_id, given, token_id, issued_at, issued_at + self.lasts)
        return IssuedToken(self.access_tokens.sign(claims), int(self.lasts.total_seconds()), tuple(sorted(given)))


@frozen
class ClientWithSecret:
    """A client with a new secret, told this once; empty where the command was done before."""

    client: ApiClient
    secret: str = field(repr=False)


@frozen
class MakeClient:
    """Makes a client with its first secret."""

    clients: Clients
    tokens: Tokens
    known: RequireKnown

    def __call__(
        self,
        command: Command,
        actor: Actor,
        client_id: str,
        name: str,
        scopes: Collection[Action],
        grants: Collection[StoredGrant],
        *,
        dry_run: bool = False,
    ) -> ClientWithSecret:
        """The client; it takes the right to give each of its roles. ``AlreadyExists`` where the id is taken."""
        require_may_manage(actor, grants, scopes)
        for grant in grants:
            self.known(grant)
        secret = self.tokens.new_secret()
        own = ClientId(checked_id(client_id))
        bare = ApiClient(own, name.strip() or client_id, tuple(scopes), tuple(grants))
        new = bare.with_secret(secret_hash(secret), command.recorded_at)

        def decide(known: ApiClient | None) -> ApiClient:
            if known is not None:
                raise AlreadyExists(f"client {client_id} is there already: take another id, or rotate its secret")
            return new

        if dry_run:
            return ClientWithSecret(decide(self.clients.client(own)), "")
        made = self.clients.change_client(command, own, decide)
        return ClientWithSecret(made, secret if made.knows(secret_hash(secret)) else "")


@frozen
class ChangeClients:
    """Changes clients by decisions, for whoever could have given them all that they have."""

    clients: Clients

    def __call__(
        self,
        command: Command,
        actor: Actor,
        client_id: ClientId,
        decide: Callable[[ApiClient], ApiClient],
        *,
        dry_run: bool,
    ) -> ApiClient:
        """The client as changed; ``NotFound``, ``NotPermitted``."""

        def changed(known: ApiClient | None) -> ApiClient:
            if known is None:
                raise NotFound(f"there is no client {client_id}")
            require_may_manage(actor, known.grants, known.scopes)
            return decide(known)

        if dry_run:
            return changed(self.clients.client(client_id))
        return self.clients.change_client(command, client_id, changed)


@frozen
class RotateClientSecret:
    """Gives a client one more secret; two count at once, so the older of two ends."""

    change: ChangeClients
    tokens: Tokens

    def __call__(
        self, command: Command, actor: Actor, client_id: ClientId, *, dry_run: bool = False
    ) -> ClientWithSecret:
        """The client with the new secret; again, with any id, ends the one of before the last."""
        secret = self.tokens.new_secret()
        hashed = secret_hash(secret)
        done = self.change(
            command, actor, client_id, lambda it: it.with_secret(hashed, command.recorded_at), dry_run=dry_run
        )
        return ClientWithSecret(done, secret if done.knows(hashed) and not dry_run else "")


@frozen
class DisableClient:
    """Lets a client in no more: neither its secrets nor its access tokens count."""

    change: ChangeClients

    def __call__(self, command: Command, actor: Actor, client_id: ClientId, *, dry_run: bool = False) -> ApiClient:
        """At once, and for good: its secrets are forgotten."""
        return self.change(
            command, actor, client_id, lambda it: evolve(it, is_disabled=True, secrets=()), dry_run=dry_run
        )
