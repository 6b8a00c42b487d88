"""An operation of the API: its route, who may call it, what it takes and answers, declared in one place.

Routes, the access check, the description, the role matrix and the Postman collection are all made from these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final, Generic, TypeVar

from attrs import field, frozen

from marketplace_core.domain.access import Action, Actor, Reach, reach_of
from marketplace_core.domain.command import Command
from marketplace_core.domain.days import day_in_zone
from marketplace_core.domain.identifiers import CommandId, PortfolioId
from marketplace_core.domain.identity.log import identity_command
from marketplace_core.domain.party import Portfolio
from marketplace_core.errors import InvalidInput, NotPermitted
from marketplace_entrypoints.http.parts import Parts

Q = TypeVar("Q")
B = TypeVar("B")


@frozen
class Public:
    """An access rule: anybody may call it, for this reason."""

    reason: str


@frozen
class SignedIn:
    """An access rule: whoever is known may call it about themselves; the handler looks at nothing else."""

    reason: str


Access = Action | Public | SignedIn
"""Who may call an operation: whose role allows the action on what they reach, or one of the two with a reason."""


class Scope(StrEnum):
    """What an action's operation is about: a portfolio, or the installation as a whole."""

    PORTFOLIO = "portfolio"
    INSTALLATION = "installation"
    EITHER = "either"
    """The portfolio that is named, or where none is the installation."""


@frozen
class Nothing:
    """No query parameters, or no body."""


@frozen
class Raw:
    """A body that is taken as bytes, of whatever kind."""

    content: bytes = field(repr=False)


@frozen
class Form:
    """A body of form fields, each once."""

    fields: Mapping[str, str] = field(repr=False)


@frozen
class Answer:
    """What an operation answers beside its value; a ``bytes`` value is sent as it is, as ``content_type``."""

    value: object
    status: HTTPStatus = HTTPStatus.OK
    etag: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"


@frozen
class Call(Generic[Q, B]):
    """One request, authenticated, allowed and read."""

    parts: Parts
    operation: Operation
    actor: Actor
    now: datetime
    path: Mapping[str, str]
    query: Q
    body: B
    portfolio_named: str = ""
    if_match: str = ""
    key: str = ""
    fingerprint: str = ""
    dry_run: bool = False
    address: str = ""
    user_id: str | None = None
    session_token: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)

    @property
    def action(self) -> Action:
        """The action that the operation declares."""
        access = self.operation.access
        if not isinstance(access, Action):
            raise NotPermitted(f"{self.operation.name} declares no action, so it may touch no portfolio")
        return access

    @property
    def portfolio_id(self) -> PortfolioId:
        """The portfolio that is named, or the only one that the caller has a role in."""
        if self.portfolio_named:
            return PortfolioId(self.portfolio_named)
        held = {it.portfolio_id for it in self.actor.grants}
        if len(held) == 1 and (only := next(iter(held))) is not None:
            return only
        known = [it.portfolio_id for it in self.parts.ports.portfolios()] if None in held else []
        if len(known) == 1:
            return known[0]
        raise InvalidInput("there are several portfolios: name one with the query parameter portfolio")

    @property
    def portfolio_or_none(self) -> PortfolioId | None:
        """The portfolio that is named, None where the installation is meant."""
        return PortfolioId(self.portfolio_named) if self.portfolio_named else None

    @property
    def reach(self) -> Reach:
        """What of the portfolio the caller may do the declared action on."""
        return reach_of(self.actor, self.action, self.portfolio_id)

    @cached_property
    def portfolio(self) -> Portfolio:
        """The portfolio, once the caller is known to reach some of it; read once a request."""
        return self.parts.ports.portfolio(self.reach.portfolio_id)

    @property
    def today(self) -> date:
        """The portfolio's day."""
        return day_in_zone(self.now, self.portfolio.zone)

    def identity_command(self, kind: str, reason: str = "") -> Command:
        """The command of this call on logins and clients."""
        return identity_command(self._command_id, kind, self.actor.name, self.now, reason)

    def command(self, kind: str, reason: str = "") -> Command:
        """The command of this call; the same idempotency key gives the same id, so that it has one effect."""
        return Command(
            command_id=self._command_id,
            portfolio_id=self.portfolio_id,
            kind=kind,
            actor=self.actor.name,
            recorded_at=self.now,
            reason=reason,
        )

    @property
    def key_owner(self) -> str:
        """Whose the idempotency key is: the caller's, in this operation."""
        return f"{self.actor.name} {self.operation.name}"

    @property
    def _command_id(self) -> CommandId:
        """The same for the same key and request in one operation, also when the kept answer is long forgotten."""
        return CommandId(self.parts.command_id(self.key_owner, self.key and f"{self.key} {self.fingerprint}"))


Handler = Callable[[Call[Any, Any]], Answer]

PDF: Final = "application/pdf"
METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"
WRITES: Final = frozenset(["POST", "PUT", "PATCH", "DELETE"])


@frozen
class Operation:
    """One operation.

    ``path`` has its parameters as ``{name}``. ``answers`` is the shape of the usual answer, None where there is no
    body. ``takes_key``: heeds ``Idempotency-Key``; ``plans``: heeds ``dry_run``; ``matches``: heeds ``If-Match``.
    ``caches``: heeds ``If-None-Match``. ``further`` are content types beside JSON, ``takes`` those of a raw body.
    ``limit`` names a rate limit. ``refuses`` are further statuses of problems, ``also`` further statuses with a shape
    of their own.
    """

    name: str
    method: str
    path: str
    access: Access
    scope: Scope
    summary: str
    handler: Handler
    query: type
    body: type
    answers: type | None
    status: HTTPStatus
    tag: str
    takes_key: bool = False
    plans: bool = False
    matches: bool = False
    caches: bool = False
    further: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    limit: str = ""
    refuses: tuple[HTTPStatus, ...] = ()
    also: tuple[tuple[HTTPStatus, type], ...] = ()

    @property
    def writes(self) -> bool:
        """True where it may change something."""
        return self.method in WRITES

    @property
    def in_portfolio(self) -> bool:
        """True where the query parameter ``portfolio`` says which book is meant."""
        return isinstance(self.access, Action) and self.scope is not Scope.INSTALLATION


def operation(
    method: str,
    path: str,
    access: Access,
    *,
    answers: type | None,
    query: type[Q | Nothing] = Nothing,
    body: type[B | Nothing] = Nothing,
    scope: Scope = Scope.PORTFOLIO,
    status: HTTPStatus = HTTPStatus.OK,
    takes_key: bool = False,
    plans: bool = False,
    matches: bool = False,
    caches: bool = False,
    further: tuple[str, ...] = (),
    takes: tuple[str, ...] = (),
    limit: str = "",
    refuses: tuple[HTTPStatus, ...] = (),
    also: tuple[tuple[HTTPStatus, type], ...] = (),
) -> Callable[[Callable[[Call[Any, Any]], Answer]], Operation]:
    """Declare the function as the handler of an operation; its docstring's first line is the summary."""

    def declare(handler: Callable[[Call[Any, Any]], Answer]) -> Operation:
        return Operation(
            name=handler.__name__,
            method=method,
            path=path,
            access=access,
            scope=scope,
            summary=(handler.__doc__ or "").strip().splitlines()[0],
            handler=handler,
            query=query,
            body=body,
            answers=answers,
            status=status,
            tag=path.strip("/").split("/")[1 if path.startswith("/api/") else 0],
            takes_key=takes_key,
            plans=plans,
            matches=matches,
            caches=caches,
            further=further,
            takes=takes,
            limit=limit,
            refuses=refuses,
            also=also,
        )

    return declare
