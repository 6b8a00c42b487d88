"""Settings of an outside billing engine: where Kill Bill is, who we are there, and how much it is trusted."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final

from attrs import Factory, frozen

from marketplace_core.domain.money import Money
from marketplace_core.domain.schedule import Schedule
from marketplace_core.errors import ConfigurationError, MarketplaceError
from marketplace_entrypoints.secret import Secret
from marketplace_entrypoints.work_settings import read_schedules

NATIVE: Final = "native"
"""The engine that ships and bills within the books."""
OUTSIDE_GROUP: Final = "marketplace.outside_engine"
"""The entry points of engines with books of their own; those of ``marketplace.billing`` bill within ours."""
OUR_OUTSIDE: Final = ("killbill",)
"""The outside engines that ship."""

OF_PORTFOLIOS: Final = {"sync": "engine-sync"}
"""The kind of job of each schedule that portfolios have where an outside engine bills."""
OF_INSTALLATION: Final = {
    "compare_all": "engine-pass",
    "compare_payments": "engine-payments",
    "watch": "engine-watch",
}
"""The kind of job of each schedule of the installation there."""
_MOST_ROWS: Final = 1000
"""Rows that one reply may hold."""


@frozen
class KillBillSettings:
    """Kill Bill, used where ``billing`` is ``killbill``.

    ``url``: such as ``http://127.0.0.1:8080``. ``api_key``, ``api_secret``: our tenant there; ``user``, ``password``:
    who signs in. ``timeout``: seconds that one call may take; ``quiet``: seconds before a charge whose reply was lost
    is sent again, if it is not there by then; longer than ``timeout``. ``most_amount``: the largest amount that its
    columns hold (999999.99 as delivered, more once they are widened). ``collection_account``: where payments that were
    made there count as received; without it in one of its own. ``oldest_pass``: hours that a clean full pass counts;
    ``patience``: seconds that something sent may be unsettled before ``billing_sync_ok`` says no; ``silence``: seconds
    that nobody may have looked for faults. ``page``: rows a page of a full pass. ``sync``, ``compare_all`` (the full
    pass), ``compare_payments`` and ``watch``: when those jobs are due, as cron writes it (``sync`` in each portfolio's
    zone, the others in UTC), or ``off``.
    """

    url: str = ""
    api_key: Secret = Factory(Secret)
    api_secret: Secret = Factory(Secret)
    user: str = ""
    password: Secret = Factory(Secret)
    timeout: float = 20.0
    quiet: float = 60.0
    most_amount: str = "999999.99"
    collection_account: str = ""
    oldest_pass: int = 26
    patience: float = 90.0
    silence: float = 180.0
    page: int = 200
    sync: str = "*/15 * * * *"
    compare_all: str = "17 1 * * *"
    compare_payments: str = "47 * * * *"
    watch: str = "* * * * *"

    def __attrs_post_init__(self) -> None:
        """Refuse times with which something could be sent twice, or that say nothing."""
        if not self.timeout > 0 or not self.quiet > self.timeout:
            raise ConfigurationError("killbill.timeout must be above zero, and killbill.quiet longer than it")
        if min(self.oldest_pass, self.patience, self.silence) <= 0:
            raise ConfigurationError("killbill.oldest_pass, patience and silence must be above zero")
        if not 1 <= self.page <= _MOST_ROWS:
            raise ConfigurationError(f"killbill.page must be 1 to {_MOST_ROWS}")

    def check(self) -> None:
        """Refuse values that would fail only when they are used."""
        _ = self.largest, self.of_portfolios(), self.of_installation()

    def require_whole(self) -> None:
        """Refuse to begin without knowing where Kill Bill is and who we are there."""
        given = {
            "url": bool(self.url),
            "api_key": bool(self.api_key),
            "api_secret": bool(self.api_secret),
            "user": bool(self.user),
            "password": bool(self.password),
        }
        missing = ", ".join(f"killbill.{name}" for name, is_given in given.items() if not is_given)
        if missing:
            raise ConfigurationError(
                f"billing is killbill, and {missing} is not set: set it in marketplace.toml under [killbill], or in the"
                " environment as MARKETPLACE_KILLBILL_…"
            )

    @property
    def largest(self) -> Decimal:
        """The largest amount that Kill Bill holds, in whole units such as shillings."""
        try:
            found = Money.parse(self.most_amount)
        except MarketplaceError as problem:
            raise ConfigurationError(f"killbill.most_amount: {problem}") from problem
        if found.amount_minor <= 0:
            raise ConfigurationError(f"killbill.most_amount must be above zero, not {self.most_amount}")
        return found.to_decimal()

    def of_portfolios(self) -> dict[str, Schedule]:
        """By kind of job, the schedules that portfolios have and that are on."""
        return read_schedules(self, OF_PORTFOLIOS)

    def of_installation(self) -> dict[str, Schedule]:
        """By kind of job, those of the installation that are on."""
        return read_schedules(self, OF_INSTALLATION)

    @property
    def timeout_time(self) -> timedelta:
        """How long one call may take."""
        return timedelta(seconds=self.timeout)

    @property
    def quiet_time(self) -> timedelta:
        """How long what has no key there is not sent again."""
        return timedelta(seconds=self.quiet)

    @property
    def oldest_clean_pass(self) -> timedelta:
        """How long a clean pass counts."""
        return timedelta(hours=self.oldest_pass)

    @property
    def patience_time(self) -> timedelta:
        """How long something sent may be unsettled."""
        return timedelta(seconds=self.patience)

    @property
    def silence_time(self) -> timedelta:
        """How long nobody may have looked for faults."""
        return timedelta(seconds=self.silence)
