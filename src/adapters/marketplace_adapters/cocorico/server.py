"""Where the portal's database is, and what its operator set there that its tables do not tell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import field, frozen
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from marketplace_core.domain.money import Currency
from marketplace_core.errors import ConfigurationError

DRIVER: Final = "mysql+pymysql"
_DRIVERS: Final = frozenset({"mysql", "mariadb", DRIVER, "mariadb+pymysql"})
_EXPECTED: Final = "cocorico.dsn must be such as mysql://marketplace:PASSWORD@db.example.org:3306/cocorico"


@frozen
class CocoricoServer:
    """A portal's database and its conventions; the password is never shown by ``repr``.

    ``currency`` is the portal's default currency and ``locales`` all of its locales: a listing without a text in each
    of them is not shown there. ``categories`` says which category there, by id, each of ours is. ``zone`` is the time
    zone in which the portal keeps instants. ``pictures_folder`` is where it shows the pictures of listings from.
    ``days_a_month`` divides a month's rent into the price of a day. ``end_is_inclusive``: a booking's last day is let.
    ``country_names`` are written for a country that the portal does not have yet, else its code is.
    """

    dsn: str = field(repr=False)
    currency: Currency
    locales: tuple[str, ...] = ("en", "fr")
    categories: Mapping[str, int] = field(factory=dict[str, int])
    country_names: Mapping[str, str] = field(factory=dict[str, str])
    pictures_folder: Path | None = None
    zone: str = "UTC"
    days_a_month: int = 30
    end_is_inclusive: bool = True
    cancellation_policy: int = 1
    timeout_seconds: float = 20.0
    check_every_seconds: float = 3600.0

    def __attrs_post_init__(self) -> None:
        """Refuse what would fail only at the first use."""
        url = self.url
        if not (url.database and url.username and url.host):
            raise ConfigurationError(_EXPECTED)
        if not self.locales or len(set(self.locales)) != len(self.locales):
            raise ConfigurationError("cocorico.locales must name each of the portal's locales once, such as en, fr")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError) as problem:
            raise ConfigurationError(
                f"cocorico.zone {self.zone!r} is no time zone: give Africa/Nairobi or such"
            ) from problem
        if self.days_a_month < 1 or not self.timeout_seconds > 0:
            raise ConfigurationError("cocorico.days_a_month must be at least one, and timeout above zero")

    @property
    def url(self) -> URL:
        """The address with our driver, **with** the password; ConfigurationError where it cannot be read."""
        try:
            url = make_url(self.dsn.strip())
        except (ArgumentError, ValueError):
            raise ConfigurationError(_EXPECTED) from None
        if url.drivername not in _DRIVERS:
            raise ConfigurationError(_EXPECTED)
        return url.set(drivername=DRIVER).update_query_dict({"charset": "utf8mb4"})

    @property
    def label(self) -> str:
        """Who asks for what and where, for messages, without the password."""
        url = self.url
        return f"{url.username}@{url.host}:{url.port or 3306}/{url.database}"
