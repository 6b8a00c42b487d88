"""Know the second books again: those of another tenant are empty of ours, and would bill every lease anew."""

from __future__ import annotations

from attrs import field, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import ExternalLinked
from marketplace_core.domain.identifiers import CommandId, PortfolioId, derive_id
from marketplace_core.errors import ConfigurationError
from marketplace_core.ports.books import Books
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.outside_engine.engine_care import EngineCare, EngineFinding

BOOKS = "books"
"""The kind of the link between a portfolio and the second books that it is in."""


@frozen
class KnowOurBooks:
    """Remembers, for each portfolio, in which books of the engine it is, by a link for good; asks once a process.

    One installation is in one engine's books: where any portfolio is in others, none begins in these, until a person
    says so with ``begin_anew``.
    """

    care: EngineCare
    directory: Directory
    books: Books
    clock: Clock
    system: str = "killbill"
    actor: str = "service:engine"
    _known: set[PortfolioId] = field(factory=set[PortfolioId], init=False, repr=False, eq=False)

    def require(self, portfolio_id: PortfolioId) -> None:
        """Raise ``ConfigurationError`` where the engine's books that the settings reach are not ours; link new ones."""
        if portfolio_id in self._known:
            return
        identity = self.care.identity()
        if identity not in self._linked(portfolio_id):
            self._require_no_others(identity)
            self._link(portfolio_id, identity)
        self._known.add(portfolio_id)

    def require_no_others(self) -> None:
        """Raise ``ConfigurationError`` where portfolios are in other books; link nothing."""
        self._require_no_others(self.care.identity())

    def check(self) -> EngineFinding:
        """What a check says of it; what stops the asking itself is raised."""
        try:
            self.require_no_others()
        except ConfigurationError as problem:
            return EngineFinding(BOOKS, is_well=False, says=str(problem), fix=f"see {self.system}.api_key")
        return EngineFinding(BOOKS, is_well=True, says="these are the books that ours are in")

    def begin_anew(self, *, dry_run: bool = False) -> tuple[PortfolioId, ...]:
        """Say that the books which the settings reach are ours from now on; the portfolios that were not in them."""
        identity = self.care.identity()
        found = [it.portfolio_id for it in self.directory.portfolios()]
        others = tuple(it for it in found if identity not in self._linked(it))
        for portfolio_id in () if dry_run else others:
            self._link(portfolio_id, identity)
        return others

    def _require_no_others(self, identity: str) -> None:
        held = {it.portfolio_id: self._linked(it.portfolio_id) for it in self.directory.portfolios()}
        if any(identity in it for it in held.values()):
            return
        for portfolio_id, linked in held.items():
            if linked:
                raise ConfigurationError(
                    f"the settings reach the books {identity} of {self.system}, and portfolio {portfolio_id} is in"
                    f" {', '.join(linked)}: nothing of it is read or sent. Put the tenant's key and secret back; where"
                    f" those books are gone for good, say marketplace {self.system} setup --begin-anew"
                )

    def _linked(self, portfolio_id: PortfolioId) -> tuple[str, ...]:
        found = self.directory.external_ids(portfolio_id, portfolio_id)
        return tuple(it.external_id for it in found if (it.system, it.kind) == (self.system, BOOKS))

    def _link(self, portfolio_id: PortfolioId, identity: str) -> None:
        command_id = CommandId(derive_id("cmd", "engine.books", self.system, identity, portfolio_id))
        command = Command(command_id, portfolio_id, "engine.books", self.actor, self.clock.now(), identity)
        self.books.record(command, [ExternalLinked(portfolio_id, self.system, BOOKS, identity, portfolio_id)])
