"""What the HTTP entrypoint is given by the composition root."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from attrs import field, frozen

from marketplace_core.domain.access import Actor
from marketplace_core.domain.identifiers import derive_id
from marketplace_core.domain.reconciliation import RuleSet
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.documents import Documents
from marketplace_core.ports.kept_answers import KeptAnswers
from marketplace_core.services.gate import Gate
from marketplace_entrypoints.http.metrics import Metrics
from marketplace_entrypoints.http.rates import Rates
from marketplace_entrypoints.settings import Settings
from marketplace_entrypoints.store import EveryPort, Store

if TYPE_CHECKING:
    from marketplace_entrypoints.composition import Container
    from marketplace_entrypoints.composition_engine import EngineContainer
    from marketplace_entrypoints.composition_identity import IdentityContainer
    from marketplace_entrypoints.http.kept_pages import KeptPages
    from marketplace_entrypoints.our_listings import OurListings
    from marketplace_entrypoints.outside_properties import OutsideProperties


class Known(Protocol):
    """Somebody whose credentials hold."""

    @property
    @abstractmethod
    def actor(self) -> Actor:
        """Who it is, with every role held."""

    @property
    @abstractmethod
    def user_id(self) -> str | None:
        """The user, None for a service."""


class Authenticator(Protocol):
    """Says who holds a credential; ``NotAuthenticated`` where it does not hold."""

    @abstractmethod
    def by_session(self, token: str, now: datetime) -> Known:
        """Whose session it is."""

    @abstractmethod
    def by_bearer(self, token: str, now: datetime) -> Known:
        """Whose access token it is."""


@frozen
class Parts:
    """Services, ports and settings that operations work with; ``books`` are those of an outside billing engine.

    ``outside`` is a property manager's system. ``pages`` keeps answers of the public part.
    """

    settings: Settings
    store: Store
    container: Container
    identity: IdentityContainer
    authenticator: Authenticator
    kept: KeptAnswers
    documents: Documents
    rates: Rates
    clock: Clock
    rules: RuleSet
    new_id: Callable[[], str] = field(repr=False)
    metrics: Metrics
    listings: OurListings
    pages: KeptPages
    books: EngineContainer | None = None
    outside: OutsideProperties | None = None
    store_version: str = ""
    description: bytes = field(default=b"", repr=False)
    threads: int = 10
    body_seconds: float = 15.0

    @property
    def is_public(self) -> bool:
        """True where the installation is reached by HTTPS from outside."""
        return self.settings.public_url.startswith("https:")

    @property
    def ports(self) -> EveryPort:
        """Every port of the open store."""
        return self.store.ports

    @property
    def gate(self) -> Gate:
        """Ids into what the caller may act on."""
        return self.container.gate()

    def command_id(self, owner: str, key: str) -> str:
        """The command id of an owner's idempotency key, or a new one where there is no key."""
        return derive_id("cmd", "idempotency-key", owner, key) if key else f"cmd_{self.new_id()}"
