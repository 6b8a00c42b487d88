"""An installation with two books, and every use case of identities over memory."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

import pytest
from attrs import define, field

from marketplace_core.domain.access import Action, Actor, Grant
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import CommandId, PersonId, PortfolioId, PropertyId
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.identity.log import identity_command
from marketplace_core.domain.identity.users import User
from marketplace_core.domain.party import Role
from marketplace_core.services.identity.authenticate import Authenticate
from marketplace_core.services.identity.clients import (
    ChangeClients,
    ClientWithSecret,
    DisableClient,
    IssueAccessToken,
    MakeClient,
    RotateClientSecret,
)
from marketplace_core.services.identity.invitations import AcceptInvitation, ChoosePassword, InviteUser
from marketplace_core.services.identity.known import RequireKnown
from marketplace_core.services.identity.letters import Letters
from marketplace_core.services.identity.listing import ListClients, ListUsers
from marketplace_core.services.identity.passwords import ChangePassword, RequestPasswordReset, ResetPassword
from marketplace_core.services.identity.resolve import ResolveGrants
from marketplace_core.services.identity.roles import ChangeUsers, DisableUser, EnableUser, GrantRole, RevokeRole
from marketplace_core.services.identity.sign_in import BeginSession, EndOtherSessions, NewSession, SignIn, SignOut
from marketplace_core.testing.clocks import A_MONDAY
from marketplace_core.testing.identity import CountedTokens, MemoryIdentities, OpenAccessTokens, Outbox, QuickPasswords
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

HERE, THERE = PortfolioId("p1"), PortfolioId("p2")
OPERATOR = Actor("person:root", (Grant(Role.ADMIN, None),))
ADMIN_HERE = Actor("person:here", (Grant(Role.ADMIN, HERE),))
ADMIN_THERE = Actor("person:there", (Grant(Role.ADMIN, THERE),))
LANDLORD_HERE = StoredGrant(Role.LANDLORD, HERE)
TENANT_HERE = StoredGrant(Role.TENANT, HERE, PersonId("t1"))
CARETAKER_HERE = StoredGrant(Role.CARETAKER, HERE, property_ids=(PropertyId("block"),))
PASSWORD = "nyumba ya pili, mlango wa bluu"
OTHER_PASSWORD = "mti mrefu karibu na kisima"
EMAIL = "halima@example.org"
MINUTE = timedelta(minutes=1)


@define(slots=False)
class Installation:
    """Two books, nobody who may sign in yet, and a clock that stands still until it is told."""

    books: MemoryBooks = field(factory=MemoryBooks)
    store: MemoryIdentities = field(factory=MemoryIdentities)
    passwords: QuickPasswords = field(factory=QuickPasswords)
    tokens: CountedTokens = field(factory=CountedTokens)
    signer: OpenAccessTokens = field(factory=OpenAccessTokens)
    outbox: Outbox = field(factory=Outbox)
    now: datetime = A_MONDAY
    _numbers: count[int] = field(factory=count)

    def __attrs_post_init__(self) -> None:
        for own in (HERE, THERE):
            PortfolioLife(self.books, own).opened()
        known, resolve = RequireKnown(self.books, self.books), ResolveGrants(self.books)
        letters = Letters("https://rent.example")
        store, tokens = self.store, self.tokens
        self.begin = BeginSession(store, tokens)
        self.authenticate = Authenticate(store, store, self.signer, resolve)
        self.sign_in = SignIn(store, store, self.passwords, self.begin)
        self.sign_out, self.end_others = SignOut(store), EndOtherSessions(store)
        self.invite = InviteUser(store, store, tokens, self.outbox, known, letters)
        choose = ChoosePassword(store, store, self.passwords)
        self.accept = AcceptInvitation(choose, self.begin)
        self.request_reset = RequestPasswordReset(store, store, store, tokens, self.outbox, letters)
        self.reset = ResetPassword(choose, self.outbox)
        self.change_password = ChangePassword(store, store, self.passwords, self.begin, self.outbox)
        change = ChangeUsers(store)
        self.grant, self.revoke = GrantRole(change, known), RevokeRole(change)
        self.disable, self.enable = DisableUser(change, store), EnableUser(change)
        self.list_users, self.list_clients = ListUsers(store), ListClients(store)
        self.make_client = MakeClient(store, tokens, known)
        change_clients = ChangeClients(store)
        self.rotate, self.disable_client = RotateClientSecret(change_clients, tokens), DisableClient(change_clients)
        self.issue = IssueAccessToken(store, store, tokens, self.signer)

    def act(self, kind: str = "user.change") -> Command:
        """A new command."""
        return identity_command(CommandId(f"c{next(self._numbers)}"), kind, "person:root", self.now)

    def invited(self, *grants: StoredGrant, email: str = EMAIL) -> User:
        """Somebody invited by the operator with the roles."""
        for grant in grants or (LANDLORD_HERE,):
            self.invite(self.act("user.invite"), OPERATOR, email, "Halima", grant)
        found = self.store.user_by_email(email)
        assert found is not None
        return found

    def active(self, *grants: StoredGrant, email: str = EMAIL) -> NewSession:
        """Somebody who took the invitation, with their first session."""
        self.invited(*grants, email=email)
        return self.accept(self.outbox.token_to(email), PASSWORD, self.now)

    def client(self, *scopes: Action, grant: StoredGrant = LANDLORD_HERE, name: str = "sync") -> ClientWithSecret:
        """A client of the operator's."""
        scopes = scopes or (Action.READ_LEASE, Action.BILL)
        return self.make_client(self.act("client.add"), OPERATOR, name, "Sync", scopes, [grant])

    def later(self, span: timedelta) -> None:
        """Let time pass."""
        self.now += span


@pytest.fixture
def here() -> Installation:
    """Give a fresh installation."""
    return Installation()
