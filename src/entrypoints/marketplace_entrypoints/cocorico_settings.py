"""Settings of the public portal outside: where Cocorico's database is, whose listings go there, what is read when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from attrs import Factory, frozen

from marketplace_core.domain.identifiers import CollectionAccountId, PortfolioId
from marketplace_core.domain.listings.work import IMPORT, PUBLISH, WATCH, WHOLE
from marketplace_core.domain.money import Currency
from marketplace_core.domain.schedule import Schedule
from marketplace_core.errors import ConfigurationError, InvalidInput
from marketplace_core.services.listings.importing import DraftRule
from marketplace_entrypoints.secret import Secret
from marketplace_entrypoints.work_settings import read_schedules

PORTAL_GROUP: Final = "marketplace.listing_portal"
"""The entry points of public portals."""
OUR_PORTAL: Final = ("cocorico",)
"""Those that ship."""
OF_INSTALLATION: Final = {
    "publish": PUBLISH,
    "imports": IMPORT,
    "whole": WHOLE,
    "watch": WATCH,
}
"""The kind of job of each schedule; each asks for one of every portfolio."""
_MOST_ROWS: Final = 1000
_LAST_DAY: Final = 28


@frozen
class CocoricoSettings:
    """Cocorico, used where ``listing_portal`` is ``cocorico``.

    ``dsn``: its MariaDB with the account that ``cocorico grants`` makes, such as
    ``mysql://marketplace:PASSWORD@db.example.org/cocorico``. ``portfolios``: whose listings go there. ``locales``:
    those that it shows. ``currency``: the one of its prices. ``categories``: ``OURS=ID``, by the category's id there.
    ``countries``: ``CODE=NAME``, for a country that it does not have yet. ``images``: the folder in which it looks for
    pictures of listings. ``landlord``: the e-mail address of the account there that owns listings whose landlord has
    none. ``zone``: the time zone of its instants. ``inclusive``: a booking's last day there is let. ``days``: by which
    a month's rent is divided into the price of a day. ``policy``: the cancellation policy of new listings.
    ``timeout``: seconds that one statement may take. ``page``: rows a page. ``verified``: leases are drafted only for
    whose e-mail or phone was verified there. ``billing_day``, ``due_day`` (0 for none), ``grace_days``, ``account``:
    terms of a lease that is drafted. ``oldest``: hours that a good run of a stream counts. ``publish``, ``imports``
    (what changed), ``whole`` (everything, from the start) and ``watch``: when those jobs are due, as cron writes it, in
    UTC, or ``off``.
    """

    dsn: Secret = Factory(Secret)
    portfolios: tuple[str, ...] = ()
    locales: tuple[str, ...] = ("en", "fr")
    currency: str = "EUR"
    categories: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    images: str = ""
    landlord: str = ""
    zone: str = "UTC"
    inclusive: bool = True
    days: int = 30
    policy: int = 1
    timeout: float = 20.0
    page: int = 200
    verified: bool = True
    billing_day: int = 1
    due_day: int = 0
    grace_days: int = 0
    account: str = ""
    oldest: int = 26
    publish: str = "*/5 * * * *"
    imports: str = "*/10 * * * *"
    whole: str = "41 1 * * *"
    watch: str = "*/10 * * * *"

    def __attrs_post_init__(self) -> None:
        """Refuse what no database or lease has."""
        if not self.timeout > 0 or self.oldest <= 0 or self.days < 1:
            raise ValueError("cocorico: timeout, oldest and days must be above zero")
        if not 1 <= self.page <= _MOST_ROWS:
            raise ValueError(f"cocorico: page must be 1 to {_MOST_ROWS}")
        if not 1 <= self.billing_day <= _LAST_DAY or not 0 <= self.due_day <= _LAST_DAY or self.grace_days < 0:
            raise ValueError(
                f"cocorico: billing_day is 1 to {_LAST_DAY}, due_day too, or 0 for none; grace_days from 0"
            )

    def check(self) -> None:
        """Refuse values that would fail only when they are used."""
        _ = self.portfolio_ids, self.category_ids, self.country_names, self.of_installation(), self.draft_rule
        try:
            _ = self.currency_there
        except InvalidInput as problem:
            raise ConfigurationError(f"cocorico.currency: {problem}") from problem
        if self.landlord and "@" not in self.landlord:
            raise ConfigurationError("cocorico.landlord is the e-mail address of an account there")

    def require_whole(self) -> None:
        """Refuse to begin without knowing where its database is, whose listings go there, and where pictures go."""
        given = {
            "cocorico.dsn": bool(self.dsn),
            "cocorico.portfolios": bool(self.portfolios),
            "cocorico.images": bool(self.images),
        }
        missing = ", ".join(name for name, is_given in given.items() if not is_given)
        if missing:
            raise ConfigurationError(
                f"listing_portal is cocorico, and {missing} is not set: set it in marketplace.toml under [cocorico], or"
                " in the environment as MARKETPLACE_COCORICO_…"
            )

    @property
    def currency_there(self) -> Currency:
        """The currency of its prices."""
        return Currency.of(self.currency)

    @property
    def portfolio_ids(self) -> tuple[PortfolioId, ...]:
        """Whose listings go there."""
        found = tuple(PortfolioId(it.strip()) for it in self.portfolios)
        if len(set(found)) != len(found) or not all(found):
            raise ConfigurationError("cocorico.portfolios names a portfolio twice, or one without a name")
        return found

    @property
    def category_ids(self) -> Mapping[str, int]:
        """Which category there, by id, each of ours is."""
        found: dict[str, int] = {}
        for ours, theirs in _pairs("categories", self.categories, "OURS=ID").items():
            if not (theirs.isascii() and theirs.isdecimal()):
                raise ConfigurationError(f"cocorico.categories says that {ours} is {theirs[:40]!r}: give its id there")
            found[ours] = int(theirs)
        return found

    @property
    def country_names(self) -> Mapping[str, str]:
        """What a country is called that is not there yet, by its code."""
        return _pairs("countries", self.countries, "CODE=NAME")

    @property
    def draft_rule(self) -> DraftRule:
        """By which terms an accepted booking becomes a draft lease."""
        return DraftRule(
            needs_verified=self.verified,
            billing_day=self.billing_day,
            due_day=self.due_day or None,
            grace_days=self.grace_days,
            collection_account_id=CollectionAccountId(self.account) if self.account else None,
        )

    def of_installation(self) -> dict[str, Schedule]:
        """By kind of job, the schedules that are on."""
        return read_schedules(self, OF_INSTALLATION)

    @property
    def oldest_good_run(self) -> timedelta:
        """How long a good run counts."""
        return timedelta(hours=self.oldest)


def _pairs(name: str, given: tuple[str, ...], shape: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        left, sign, right = (it.strip() for it in text.rpartition("="))
        if not (left and sign and right):
            raise ConfigurationError(f"cocorico.{name} has {text[:80]!r}: write it as {shape}")
        if left in found:
            raise ConfigurationError(f"cocorico.{name} names {left} twice")
        found[left] = right
    return found
