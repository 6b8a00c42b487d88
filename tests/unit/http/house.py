"""A house of two portfolios in memory behind the API, with a caller for each role."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from threading import Lock, RLock

from attrs import define, frozen
from dependency_injector import providers
from litestar import Litestar
from litestar.testing import TestClient
from typing_extensions import override

from marketplace_core.domain.access import Action, Actor, Grant
from marketplace_core.domain.charge import ChargeKind, Rate, RecurringCharge
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import (
    CollectionAccountOpened,
    LeaseRecorded,
    PersonRecorded,
    PortfolioOpened,
    PropertyRecorded,
    UnitRecorded,
)
from marketplace_core.domain.identifiers import (
    ChargeId,
    CollectionAccountId,
    CommandId,
    LeaseId,
    PersonId,
    PortfolioId,
    PropertyId,
    UnitId,
    UserId,
)
from marketplace_core.domain.identity.log import identity_command
from marketplace_core.domain.identity.users import User, invited
from marketplace_core.domain.lease import Lease, LeaseStatus, LeaseTerm
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.party import Person, Portfolio, Property, Role, Unit
from marketplace_core.domain.payment import CollectionAccount, CollectionKind
from marketplace_core.domain.reconciliation import DEFAULT_RULES
from marketplace_core.domain.reference import issue_reference
from marketplace_core.errors import TooManyAttempts
from marketplace_core.services.memory_answers import MemoryKeptAnswers
from marketplace_core.services.memory_work import MemoryWork
from marketplace_core.testing.clocks import StepClock
from marketplace_core.testing.identity import CountedTokens, MemoryIdentities, OpenAccessTokens, Outbox, QuickPasswords
from marketplace_core.testing.memory import MemoryBooks
from marketplace_core.testing.portal import MemoryPictures
from marketplace_entrypoints.composition import shipped_documents, wired
from marketplace_entrypoints.composition_identity import IdentityContainer
from marketplace_entrypoints.http.app import build_app
from marketplace_entrypoints.http.kept_pages import pages_of
from marketplace_entrypoints.http.metrics import Metrics
from marketplace_entrypoints.http.operation import Operation
from marketplace_entrypoints.http.parts import Authenticator, Known, Parts
from marketplace_entrypoints.http.rates import Rates
from marketplace_entrypoints.http.resources.all import OPERATIONS
from marketplace_entrypoints.our_listings import OurListings
from marketplace_entrypoints.settings import Settings
from marketplace_entrypoints.store import Store

BOOK, OTHER = PortfolioId("halima"), PortfolioId("kamau")
PASSWORD = "correct horse battery staple"
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
RENTS = {"A1": 15_000, "A2": 18_000, "B1": 30_000}


@frozen
class StaticKnown:
    """A caller by a fixed token."""

    actor: Actor
    user_id: str | None = None


class StaticAuthenticator(Authenticator):
    """Knows callers by fixed tokens, as sessions and as access tokens; any other token it asks the real one of."""

    def __init__(self, known: dict[str, StaticKnown], real: Authenticator) -> None:
        """Know these."""
        self.known, self.real = known, real

    @override
    def by_session(self, token: str, now: datetime) -> Known:
        return self.known.get(token) or self.real.by_session(token, now)

    @override
    def by_bearer(self, token: str, now: datetime) -> Known:
        return self.known.get(token) or self.real.by_bearer(token, now)


class CountingRates(Rates):
    """Allows so many calls a caller and limit."""

    def __init__(self, most: int = 1000) -> None:
        """Allow ``most``."""
        self.most = most
        self.seen: dict[tuple[str, str], int] = {}

    @override
    def require(self, limit: str, caller: str, now: datetime) -> None:
        self.seen[limit, caller] = self.seen.get((limit, caller), 0) + 1
        if self.seen[limit, caller] > self.most:
            raise TooManyAttempts("too many", 60)


@define
class House:
    """The API over the two books."""

    app: Litestar
    parts: Parts
    books: MemoryBooks
    rates: CountingRates
    outbox: Outbox

    def client(self) -> TestClient[Litestar]:
        """A client of the API."""
        return TestClient(self.app, raise_server_exceptions=False)


def callers() -> dict[str, StaticKnown]:
    """A token for each role: of the book, of a part of it, of another one, and a service with one scope."""
    tenant = Grant(Role.TENANT, BOOK, PersonId("t-A1"), lease_ids=frozenset([LeaseId("L-A1")]))
    caretaker = Grant(Role.CARETAKER, BOOK, property_ids=frozenset([PropertyId("block-A")]))
    owner = Grant(Role.LANDLORD, BOOK, PersonId("owner"), property_ids=frozenset([PropertyId("block-A")]))
    landlord = Grant(Role.LANDLORD, BOOK)
    return {
        "operator": StaticKnown(Actor("person:root", (Grant(Role.ADMIN, None),)), "root"),
        "admin": StaticKnown(Actor("person:admin", (Grant(Role.ADMIN, BOOK),)), "admin"),
        "landlord": StaticKnown(Actor("person:halima", (landlord,)), "halima"),
        "second": StaticKnown(Actor("person:second", (landlord,)), "second"),
        "owner": StaticKnown(Actor("person:owner", (owner,)), "owner"),
        "tenant": StaticKnown(Actor("person:wanjiku", (tenant,)), "wanjiku"),
        "caretaker": StaticKnown(Actor("person:care", (caretaker,)), "care"),
        "stranger": StaticKnown(Actor("person:kamau", (Grant(Role.LANDLORD, OTHER),)), "kamau"),
        "reader": StaticKnown(Actor("service:reader", (landlord,), frozenset([Action.READ_LEASE]))),
    }


def make_house(
    operations: Sequence[Operation] = OPERATIONS,
    settings: Settings | None = None,
    step: timedelta = timedelta(milliseconds=1),
) -> House:
    """A house with its books: leases A1 and A2 in block A and B1 in block B, and one lease in another's book.

    Its clock goes on by ``step`` whenever it is asked.
    """
    books = MemoryBooks()
    for portfolio_id, units in ((BOOK, ("A1", "A2", "B1")), (OTHER, ("Z1",))):
        _fill(books, portfolio_id, units)
    clock = StepClock(NOW, step)
    chosen = settings or Settings(
        allowed_origins=("https://portal.example.org",), public_url="https://rent.example.org"
    )
    store = Store(books, work=MemoryWork(clock, RLock()))
    ids = count(1)
    rates, outbox = CountingRates(), Outbox()
    identity = IdentityContainer(
        settings=providers.Object(chosen),
        ports=providers.Object(books),
        identities=providers.Object(_identities()),
        passwords=providers.Object(QuickPasswords()),
        tokens=providers.Object(CountedTokens()),
        access_tokens=providers.Object(OpenAccessTokens()),
        notifier=providers.Object(outbox),
        signing_keys=providers.Object(None),
    )
    container = wired(chosen, books, clock)
    parts = Parts(
        settings=chosen,
        store=store,
        container=container,
        identity=identity,
        authenticator=StaticAuthenticator(callers(), identity.authenticate()),
        kept=MemoryKeptAnswers(lock=Lock()),
        documents=shipped_documents(),
        rates=rates,
        clock=clock,
        rules=DEFAULT_RULES,
        new_id=lambda: f"n{next(ids)}",
        metrics=Metrics.make(),
        listings=OurListings(chosen, store, container, given_pictures=MemoryPictures(), notifier=outbox),
        pages=pages_of(chosen),
    )
    return House(build_app(parts, operations), parts, books, rates, outbox)


def _chosen(user: User, _: User | None) -> User:
    return user


def _identities() -> MemoryIdentities:
    """The callers who are people, as users with a password."""
    found, passwords = MemoryIdentities(), QuickPasswords()
    for user_id in sorted({it.user_id for it in callers().values() if it.user_id}):
        user = invited(UserId(user_id), f"{user_id}@example.org", user_id.title(), "salt", ())
        command = identity_command(CommandId(f"invite-{user_id}"), "user.invite", "system", NOW)
        found.change_user(command, user.user_id, partial(_chosen, user.with_password(passwords.hash(PASSWORD))))
    return found


def bearer(who: str) -> dict[str, str]:
    """The header by which a caller is known."""
    return {"Authorization": f"Bearer {who}"}


def _fill(books: MemoryBooks, portfolio_id: PortfolioId, units: Sequence[str]) -> None:
    command = Command(CommandId(f"fill-{portfolio_id}"), portfolio_id, "fill", "system", NOW - timedelta(days=40))
    account = CollectionAccount(CollectionAccountId(f"paybill-{portfolio_id}"), CollectionKind.PAYBILL, "600995", KES)
    books.record(
        command,
        [
            PortfolioOpened(Portfolio(portfolio_id, portfolio_id.title())),
            CollectionAccountOpened(portfolio_id, account),
            CollectionAccountOpened(
                portfolio_id,
                CollectionAccount(CollectionAccountId(f"cash-{portfolio_id}"), CollectionKind.CASH, "", KES),
            ),
            *(
                PropertyRecorded(Property(portfolio_id, PropertyId(f"block-{block}"), f"Block {block}"))
                for block in sorted({unit[0] for unit in units})
            ),
            *(
                UnitRecorded(Unit(portfolio_id, UnitId(f"u-{unit}"), PropertyId(f"block-{unit[0]}"), unit))
                for unit in units
            ),
            *(
                PersonRecorded(portfolio_id, Person(PersonId(f"t-{unit}"), f"Tenant {unit}", ("254712345678",)))
                for unit in units
            ),
            *(LeaseRecorded(_lease(portfolio_id, unit, account.collection_account_id)) for unit in units),
        ],
    )


def _lease(portfolio_id: PortfolioId, unit: str, account_id: CollectionAccountId) -> Lease:
    lease_id = LeaseId(f"L-{unit}")
    rent = Money.parse(f"{RENTS.get(unit, 9_000)}.00", KES)
    return Lease(
        lease_id,
        portfolio_id,
        UnitId(f"u-{unit}"),
        (PersonId(f"t-{unit}"),),
        (LeaseTerm(date(2026, 10, 1)),),
        KES,
        (RecurringCharge(ChargeId("rent"), ChargeKind.RENT, (Rate(date(2026, 10, 1), rent),)),),
        LeaseStatus.ACTIVE,
        reference=issue_reference(portfolio_id, lease_id),
        collection_account_id=account_id,
    )
