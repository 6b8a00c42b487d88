"""Settings of a property manager's system outside: where Condo is, who we are there, and what is read of it when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from attrs import Factory, frozen

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.maintenance.intents import write_seconds
from marketplace_core.domain.outside_property.records import OccupantRole
from marketplace_core.domain.outside_property.work import PROPERTY_SYNC, PROPERTY_WATCH, PROPERTY_WHOLE, TICKET_PUSH
from marketplace_core.domain.schedule import Schedule
from marketplace_core.errors import ConfigurationError
from marketplace_entrypoints.secret import Secret
from marketplace_entrypoints.work_settings import read_schedules

PROPERTY_GROUP: Final = "marketplace.property_system"
"""The entry points of property managers' systems."""
OUR_PROPERTY: Final = ("condo",)
"""Those that ship."""
OF_INSTALLATION: Final = {
    "sync": PROPERTY_SYNC,
    "whole": PROPERTY_WHOLE,
    "push": TICKET_PUSH,
    "watch": PROPERTY_WATCH,
}
"""The kind of job of each schedule; each asks for one of every portfolio."""
LONGEST_WAIT_SECONDS: Final = 30.0
"""How long a call waits for points."""
_MOST_ROWS: Final = 1000
"""Rows that Condo gives a page."""


@frozen
class CondoSettings:
    """Condo, used where ``property_system`` is ``condo``.

    ``url``: such as ``https://condo.example.org``. ``organizations``: ``ORGANIZATION=PORTFOLIO``, one a portfolio.
    ``token``, or ``password`` with ``email`` (a service user) or ``phone`` (staff): who we are there. ``timeout``:
    seconds that one call may take; ``quiet``: seconds before a write whose reply was lost is sent again, if it is not
    there by then; longer than twice ``timeout`` and 30. ``page``: rows a page, each page a transaction. ``roles``:
    ``ROLE=KIND``, what a role of a contact is, by its name or id there: resident, owner, guest or other.
    ``link_verified``: link an occupancy to the lease by itself where its person is verified there and nothing else
    fits. ``oldest``: hours that a good run of a stream counts. ``sync`` (what
    changed), ``whole`` (everything, from the start), ``push`` and ``watch``: when those jobs are due, as cron writes
    it, in UTC, or ``off``. ``sweep``: minutes; only the first ``sync`` in each stretch of so many looks through all
    ids of properties and contacts for what is gone; 0 lets each do so.
    """

    url: str = ""
    organizations: tuple[str, ...] = ()
    token: Secret = Factory(Secret)
    email: str = ""
    phone: str = ""
    password: Secret = Factory(Secret)
    timeout: float = 20.0
    quiet: float = 120.0
    page: int = 100
    roles: tuple[str, ...] = ()
    link_verified: bool = False
    oldest: int = 26
    sweep: int = 60
    sync: str = "*/15 * * * *"
    whole: str = "23 1 * * *"
    push: str = "* * * * *"
    watch: str = "*/10 * * * *"

    def __attrs_post_init__(self) -> None:
        """Refuse times with which something could be written twice, and pages that Condo does not give."""
        if not self.timeout > 0 or not self.quiet_time > self.write_time:
            wait = f"{LONGEST_WAIT_SECONDS:.0f} seconds for points"
            raise ValueError(f"condo: timeout must be above zero, and quiet longer than twice that and {wait}")
        if not 1 <= self.page <= _MOST_ROWS:
            raise ValueError(f"condo: page must be 1 to {_MOST_ROWS}")
        if self.oldest <= 0:
            raise ValueError("condo: oldest must be above zero")
        if self.sweep < 0:
            raise ValueError("condo: sweep must be minutes, or 0 for each sync")

    def check(self) -> None:
        """Refuse values that would fail only when they are used."""
        _ = self.portfolios, self.roles_by_name, self.of_installation()

    def require_whole(self) -> None:
        """Refuse to begin without knowing where Condo is, who we are there, and whose rows are ours."""
        can_sign_in = bool(self.password) and bool(self.email or self.phone)
        given = {
            "condo.url": bool(self.url),
            "condo.organizations": bool(self.organizations),
            "condo.token (or condo.password with condo.email or condo.phone)": bool(self.token) or can_sign_in,
        }
        _require(given)

    @property
    def named_portfolios(self) -> Mapping[PortfolioId, str]:
        """The organization of each portfolio; ``ConfigurationError`` where none is named."""
        _require({"condo.organizations": bool(self.organizations)})
        return self.portfolios

    @property
    def portfolios(self) -> Mapping[PortfolioId, str]:
        """The organization of each portfolio."""
        found: dict[PortfolioId, str] = {}
        for organization, portfolio in _pairs("organizations", self.organizations, "ORGANIZATION=PORTFOLIO"):
            if portfolio in found or organization in found.values():
                raise ConfigurationError(
                    f"condo.organizations names {portfolio} or {organization} twice: one organization is one portfolio"
                )
            found[PortfolioId(portfolio)] = organization
        return found

    @property
    def roles_by_name(self) -> Mapping[str, OccupantRole]:
        """What each role of a contact is."""
        found: dict[str, OccupantRole] = {}
        for name, kind in _pairs("roles", self.roles, "ROLE=KIND"):
            try:
                found[name] = OccupantRole(kind.lower())
            except ValueError as problem:
                known = ", ".join(OccupantRole)
                raise ConfigurationError(f"condo.roles says that {name} is {kind!r}: there is {known}") from problem
        return found

    def of_installation(self) -> dict[str, Schedule]:
        """By kind of job, the schedules that are on."""
        return read_schedules(self, OF_INSTALLATION)

    @property
    def write_time(self) -> timedelta:
        """How long a write may take: a call to read what stands there, a wait for points, and its own call."""
        return timedelta(seconds=write_seconds(self.timeout, LONGEST_WAIT_SECONDS))

    @property
    def quiet_time(self) -> timedelta:
        """How long what was written and not answered is not written again."""
        return timedelta(seconds=self.quiet)

    @property
    def sweep_time(self) -> timedelta | None:
        """How seldom a job looks through all ids; None where each does."""
        return timedelta(minutes=self.sweep) if self.sweep else None

    @property
    def oldest_good_run(self) -> timedelta:
        """How long a good run counts."""
        return timedelta(hours=self.oldest)


def _require(given: Mapping[str, bool]) -> None:
    missing = ", ".join(name for name, is_given in given.items() if not is_given)
    if missing:
        raise ConfigurationError(
            f"property_system is condo, and {missing} is not set: set it in marketplace.toml under [condo], or in"
            " the environment as MARKETPLACE_CONDO_…"
        )


def _pairs(name: str, given: tuple[str, ...], shape: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for text in given:
        left, sign, right = (it.strip() for it in text.rpartition("="))
        if not (left and sign and right):
            raise ConfigurationError(f"condo.{name} has {text[:80]!r}: write it as {shape}")
        found.append((left, right))
    return found
