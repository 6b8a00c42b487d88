"""What the suites of identities share: a store, commands, a user and a client."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace_core.domain.access import Action
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ClientId, CommandId, PersonId, PortfolioId, PropertyId, UserId
from marketplace_core.domain.identity.clients import ApiClient, ClientSecret
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.identity.log import identity_command
from marketplace_core.domain.identity.users import User, invited
from marketplace_core.domain.party import Role
from marketplace_core.ports.identity.identities import Identities
from marketplace_core.testing.clocks import A_MONDAY

HERE, THERE = PortfolioId("p1"), PortfolioId("p2")
ADMIN_HERE = StoredGrant(Role.ADMIN, HERE)
EVERY_KIND = (
    StoredGrant(Role.ADMIN, None),
    StoredGrant(Role.LANDLORD, HERE),
    StoredGrant(Role.LANDLORD, THERE, PersonId("t1"), own_properties_only=True),
    StoredGrant(Role.TENANT, HERE, PersonId("t2")),
    StoredGrant(Role.CARETAKER, HERE, property_ids=(PropertyId("block"), PropertyId("annex"))),
)


def act(number: int, kind: str = "user.change") -> Command:
    """The command of a number: the same number again is the same command."""
    return identity_command(CommandId(f"c{number}"), kind, "person:root", A_MONDAY + timedelta(seconds=number), "asked")


def user_named(name: str, *grants: StoredGrant) -> User:
    """A user who was invited."""
    return invited(UserId(f"usr-{name}"), f"{name}@example.org", name.title(), f"salt of {name}", grants)


def client_named(name: str, *grants: StoredGrant) -> ApiClient:
    """A client with one secret."""
    secrets = (ClientSecret("a" * 64, A_MONDAY),)
    return ApiClient(ClientId(name), name.title(), (Action.BILL, Action.READ_LEASE), grants or (ADMIN_HERE,), secrets)


class IdentitiesContract:
    """Needs a fixture ``identities``: a fresh, empty store for each test, safe for eight threads."""

    @pytest.fixture
    def identities(self) -> Identities:
        """Override me."""
        raise NotImplementedError("give a fixture `identities` that returns a fresh, empty store")
