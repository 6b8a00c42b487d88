"""What commands on users and clients share: the operator who acts, the role that is meant, how they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import uuid4

from attrs import define, field, frozen
from cyclopts import Parameter
from typing_extensions import override

from marketplace_core.domain.access import Actor, Grant
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import CommandId, PersonId, PortfolioId, PropertyId, checked_id
from marketplace_core.domain.identity.clients import ApiClient
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.identity.log import identity_command
from marketplace_core.domain.identity.users import User
from marketplace_core.domain.party import Role
from marketplace_core.errors import AdapterMissing
from marketplace_core.ports.identity.identities import Identities
from marketplace_core.ports.notifier import Message, Notifier
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.parameters import Act
from marketplace_entrypoints.cli.session import Session


@Parameter(name="*")
@frozen
class RoleMeant:
    """A role, in the portfolio of ``--portfolio``; an admin's without one is the whole installation."""

    role: Annotated[Role, Parameter(help="What they are in the portfolio.")]
    person: Annotated[str, Parameter(help="Who they are among its people: for tenants, and landlords of some.")] = ""
    property: Annotated[tuple[str, ...], Parameter(negative=(), help="A property that they see; again for more.")] = ()
    own_properties: Annotated[bool, Parameter(negative=(), help="A landlord's own properties alone.")] = False

    def grant(self, here: Session) -> StoredGrant:
        """The role as it is kept."""
        named = here.where.portfolio or here.settings.portfolio
        is_whole = self.role is Role.ADMIN and not named
        portfolio_id: PortfolioId | None = None if is_whole else here.portfolio_id
        properties = tuple(PropertyId(it) for it in self.property) or None
        person = PersonId(self.person) if self.person else None
        return StoredGrant(self.role, portfolio_id, person, properties, self.own_properties)


OF_THE_MACHINE: Final = (Grant(Role.ADMIN, None),)
"""Whoever may use the machine's account may do everything: roles are for those who come from outside."""


def operator(here: Session, act: Act) -> Actor:
    """Who acts at the command line."""
    return Actor(here.actor_name(act), OF_THE_MACHINE)


def identity_act(here: Session, act: Act, kind: str) -> Command:
    """The command of this run: a new one, unless an id is given; one that was done before is said."""
    command_id = CommandId(checked_id(act.command_id) if act.command_id else f"cmd_{uuid4().hex}")
    command = identity_command(command_id, kind, here.actor_name(act), here.container.clock().now(), act.reason)
    here.note_known(command, identities_of(here).identity_event_of(command_id))
    return command


def identities_of(here: Session) -> Identities:
    """The store's users and clients."""
    if here.store.identities is None:
        raise AdapterMissing(f"the store {here.settings.store!r} keeps no users and clients")
    return here.store.identities


def grant_words(grant: StoredGrant) -> str:
    """A role in words."""
    parts = [f"{grant.role} of {grant.portfolio_id or 'the installation'}"]
    if grant.person_id:
        parts.append(f"as {grant.person_id}")
    if grant.property_ids:
        parts.append(f"for {', '.join(grant.property_ids)}")
    if grant.own_properties_only:
        parts.append("own properties alone")
    return " ".join(parts)


def plain_grants(grants: Sequence[StoredGrant]) -> list[plain.Plain]:
    """Roles for machines."""
    return [
        {
            "grant": it.grant_id,
            "role": it.role.value,
            "portfolio": it.portfolio_id,
            "person": it.person_id,
            "properties": None if it.property_ids is None else list(it.property_ids),
            "own_properties_only": it.own_properties_only,
        }
        for it in grants
    ]


def plain_user(user: User) -> plain.Plain:
    """A user for machines: no password, hashed or not."""
    return {
        "user": user.user_id,
        "email": user.email,
        "name": user.name,
        "status": user.status.value,
        "version": user.version,
        "grants": plain_grants(user.grants),
    }


def plain_client(client: ApiClient) -> plain.Plain:
    """A client for machines: how many secrets count, and none of them."""
    return {
        "client": client.client_id,
        "name": client.name,
        "scopes": [it.value for it in client.scopes],
        "disabled": client.is_disabled,
        "secrets": [plain.instant(it.created_at) for it in client.secrets],
        "version": client.version,
        "grants": plain_grants(client.grants),
    }


@define
class ShownLetters(Notifier):
    """Keeps letters to be shown once on standard output, where no mail server is set."""

    letters: list[Message] = field(factory=list[Message], repr=False)

    @override
    def send(self, message: Message) -> None:
        self.letters.append(message)
