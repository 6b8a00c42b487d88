"""One command's session: settings, open books, the portfolio meant, who acts, and where the answer goes."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from attrs import define, evolve, field

from marketplace_core.domain.access import Action, require_second_person
from marketplace_core.domain.command import Command, require_kind
from marketplace_core.domain.days import day_in_zone, time_zone
from marketplace_core.domain.event_log import Event
from marketplace_core.domain.identifiers import CommandId, LeaseId, PersonId, PortfolioId, UnitId, checked_id
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.party import Portfolio, Unit
from marketplace_core.domain.reference import normalise
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_entrypoints.cli.failures import Exit, Refused
from marketplace_entrypoints.cli.output import Output, Table
from marketplace_entrypoints.cli.parameters import Act, Where
from marketplace_entrypoints.cli.plain import Plain
from marketplace_entrypoints.settings import DEMO_DATA_FOLDER, Settings, load_settings

if TYPE_CHECKING:
    from marketplace_entrypoints.composition import Container
    from marketplace_entrypoints.store import EveryPort, Store


@define
class Session:
    """What a command works with."""

    settings: Settings
    store: Store
    container: Container
    where: Where
    output: Output
    _portfolio: Portfolio | None = field(default=None, init=False)
    _repeated: bool = field(default=False, init=False)

    @property
    def ports(self) -> EveryPort:
        """Every port of the open store."""
        return self.store.ports

    @property
    def portfolio(self) -> Portfolio:
        """The portfolio that is meant: named, of the settings, or the only one."""
        if self._portfolio is None:
            self._portfolio = self._find_portfolio()
        return self._portfolio

    @property
    def portfolio_id(self) -> PortfolioId:
        """Its id."""
        return self.portfolio.portfolio_id

    @property
    def is_repeated(self) -> bool:
        """True where the command was done before, so that nothing is written now."""
        return self._repeated

    @property
    def today(self) -> date:
        """The portfolio's day."""
        return day_in_zone(self.container.clock().now(), self.portfolio.zone)

    def command(self, kind: str, act: Act, portfolio_id: PortfolioId | None = None) -> Command:
        """The command of this run: a new one, unless an id is given; one that was done before is said."""
        command = Command(
            command_id=CommandId(checked_id(act.command_id) if act.command_id else f"cmd_{uuid4().hex}"),
            portfolio_id=portfolio_id or self.portfolio_id,
            kind=kind,
            actor=self.actor_name(act),
            recorded_at=self.container.clock().now(),
            reason=act.reason,
        )
        if act.command_id:
            self._look_back(command)
        return command

    def _look_back(self, command: Command) -> None:
        try:
            known = self.ports.event_of(command.portfolio_id, command.command_id)
        except NotFound:  # the command opens the portfolio
            return
        self.note_known(command, known)

    def note_known(self, command: Command, known: Event | None) -> None:
        """Say that a command was done before, where a link of it is known; refuse the id of one of another kind."""
        if known is not None:
            require_kind(command, known.kind)
            self._repeated = True
            self.output.say(
                f"command {command.command_id} was done before, on {known.recorded_at:%Y-%m-%d %H:%M} UTC: "
                "what it wrote stands, and nothing is written now, whatever the other words of this one are"
            )

    def answer(self, plain: Plain, *parts: str | Table, code: Exit = Exit.DONE) -> int:
        """Give the answer and the exit code; of a command done before, no words say that it does anything now."""
        if self._repeated:
            self.output.answer({**plain, "repeated": True})
        else:
            self.output.answer(plain, *parts)
        return int(code)

    def require_yes(self, act: Act, question: str) -> None:
        """Go on only with ``--yes``, or where a person at a terminal says so; else the exit code is 2."""
        if act.yes or act.dry_run:
            return
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise Refused(f"{question} Say so with --yes (there is no terminal to ask at).")
        self.output.say(f"{question} [y/N]")
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise Refused("cancelled; nothing was written")

    def require_second_person(self, action: Action, amount: Money, command: Command, confirmed_by: str) -> None:
        """Above the four-eyes limit another person than the actor must confirm, named as actors are."""
        name = confirmed_by if confirmed_by.startswith("person:") else f"person:{confirmed_by}"
        limit = self.settings.four_eyes(amount.currency)
        second = PersonId(name) if confirmed_by else None
        require_second_person(action, amount, limit, PersonId(command.actor), second)

    def require_reason(self, act: Act, verb: str) -> None:
        """Refuse to correct anything without a word about why."""
        if not act.reason.strip():
            raise Refused(f"say why with --reason TEXT: it is kept with what you {verb}")

    def lease(self, text: str) -> Lease:
        """The lease of an id, a payment reference or a unit's code (of a unit: who lives there, else the last one)."""
        wanted = normalise(text)
        units = {unit.unit_id: unit.code for unit in self.ports.units(self.portfolio_id)}
        found: list[Lease] = []
        for lease in self.ports.leases(self.portfolio_id):
            if lease.lease_id == text or (wanted and normalise(lease.reference) == wanted):
                return lease
            if wanted and normalise(units.get(lease.unit_id, "")) == wanted:
                found.append(lease)
        if not found:
            raise NotFound(f"no lease, unit or reference {text!r} in {self.portfolio_id}; see marketplace leases list")
        today = self.today
        return max(found, key=lambda it: (it.is_billable and it.start <= today < (it.end or date.max), it.start))

    def amount(self, amount: Money, currency: Currency) -> Money:
        """The amount as written, in the currency that it must be in."""
        return amount if amount.currency == currency else Money.parse(amount.plain(), currency)

    def instant(self, given: datetime | None) -> datetime | None:
        """The instant as written; where no zone was, in the portfolio's."""
        if given is None:
            return None
        zoned = given if given.tzinfo is not None else given.replace(tzinfo=time_zone(self.portfolio.zone))
        try:
            return zoned.astimezone(UTC)
        except OverflowError:
            raise InvalidInput(f"{given} is out of the years that a calendar has") from None

    def labels(self) -> Labels:
        """Units and tenants by lease, for tables."""
        units = {unit.unit_id: unit for unit in self.ports.units(self.portfolio_id)}
        people = self.ports.people(self.portfolio_id)
        leases = {lease.lease_id: lease for lease in self.ports.leases(self.portfolio_id)}
        names = {person_id: person.shown_name for person_id, person in people.items()}
        return Labels(units=units, names=names, leases=leases)

    def actor_name(self, act: Act) -> str:
        """Who acts: as named, of the settings, or the user of the machine."""
        name = act.actor or self.settings.actor or _user()
        return name if name == "system" or name.startswith(("person:", "service:")) else f"person:{name}"

    def _find_portfolio(self) -> Portfolio:
        named = self.where.portfolio or self.settings.portfolio
        if named:
            return self.ports.portfolio(PortfolioId(named))
        first, *more = self.ports.portfolios() or (None,)
        if first is None:
            raise NotFound("there are no books yet: make some with marketplace init, or marketplace import FOLDER")
        if more:
            known = ", ".join(it.portfolio_id for it in self.ports.portfolios())
            raise Refused(f"there are {len(more) + 1} portfolios: name one with --portfolio ({known})")
        return first


@define
class Labels:
    """Names for ids."""

    units: dict[UnitId, Unit]
    names: dict[PersonId, str]
    leases: dict[LeaseId, Lease]

    def unit(self, lease_id: str) -> str:
        """The code of a lease's unit."""
        lease = self.leases.get(LeaseId(lease_id))
        unit = self.units.get(lease.unit_id) if lease else None
        return unit.code if unit else ""

    def tenant(self, lease_id: str) -> str:
        """The first tenant's name."""
        lease = self.leases.get(LeaseId(lease_id))
        return self.names.get(lease.tenant_ids[0], "") if lease else ""

    def reference(self, lease_id: str) -> str:
        """The payment reference."""
        lease = self.leases.get(LeaseId(lease_id))
        return lease.reference if lease else ""


@contextmanager
def opened(where: Where, *, may_begin: bool = False) -> Generator[Session]:
    """A session over the books, closed at the end; only a command that may begin them makes a folder's first server."""
    from marketplace_entrypoints.composition import has_server, open_store, wired

    settings = load_settings()
    if where.data is not None:
        settings = evolve(settings, data_folder=where.data)
    output = Output(where.json)
    if where.data is None and not settings.dsn and settings.data_folder.name == DEMO_DATA_FOLDER.name:
        output.say(f"Using the books of the demo in {settings.data_folder}; name others with --data.")
    if not may_begin and not has_server(settings):
        raise NotFound(
            f"there are no books in {settings.data_folder}: name the folder that has them with --data, or make some"
            " with marketplace init or marketplace import FOLDER"
        )
    with open_store(settings) as store:
        yield Session(settings, store, wired(settings, store.ports), where, output)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
