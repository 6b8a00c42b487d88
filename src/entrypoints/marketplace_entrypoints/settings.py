"""Settings: from ``marketplace.toml`` and the environment, checked before anything is opened."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from attrs import Factory, fields, frozen

from marketplace_core.domain.aging import DEFAULT_BUCKETS, AgingBuckets
from marketplace_core.domain.identity.sessions import SessionLimits
from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.schedule import Schedule
from marketplace_core.errors import ConfigurationError, MarketplaceError
from marketplace_entrypoints import secret
from marketplace_entrypoints.adapters import is_offered
from marketplace_entrypoints.cocorico_settings import OUR_PORTAL, PORTAL_GROUP, CocoricoSettings
from marketplace_entrypoints.condo_settings import OUR_PROPERTY, PROPERTY_GROUP, CondoSettings
from marketplace_entrypoints.engine_settings import NATIVE, OUR_OUTSIDE, OUTSIDE_GROUP, KillBillSettings
from marketplace_entrypoints.listing_settings import ListingSettings
from marketplace_entrypoints.work_settings import (
    HookSettings,
    Schedules,
    WebhookSettings,
    WorkerSettings,
    setting_names,
)

PREFIX: Final = "MARKETPLACE_"
SETTINGS_FILE: Final = "marketplace.toml"
SETTINGS_FILE_VARIABLE: Final = "MARKETPLACE_SETTINGS"
DEFAULT_DATA_FOLDER: Final = Path("marketplace-data")
DEMO_DATA_FOLDER: Final = Path("demo-data")
_WRAPPED: Final = re.compile(r"""Could not convert loaded settings: \w+\((?P<quote>['"])(?P<said>.*)(?P=quote)\)""")
"""How typed-settings tells what one of our settings says of its values."""
_SMTP_SECURITY: Final = ("starttls", "tls", "none")
_NOT_SETTINGS: Final = ("MARKETPLACE_TEST_", SETTINGS_FILE_VARIABLE)
"""What begins with our prefix and is no setting: switches of the tests, and where the settings stand."""
_OF_SCRIPTS: Final = ("MARKETPLACE_TOKEN",)
"""What scripts of ours are given: ``scripts/probe_cocorico.py`` an access token."""


Secret = secret.Secret
_NO_SECRET: Final = Secret()


@frozen
class Settings:
    """How this installation works.

    ``data_folder``: where the embedded database lies. ``dsn``: a PostgreSQL server of your own instead;
    ``owner_dsn``: the same for the role that owns the tables, for migrations, backup and restore.
    ``portfolio``: the one meant where none is named. ``actor``: who acts where none is named. ``four_eyes_limit``:
    above it, refunds, write-offs and reversals need a second person. ``aging_days``: the last day of each bucket.
    ``rules``: a TOML file with rules of reconciliation. ``public_url``: where the API is reached from outside.
    ``allowed_origins``: origins of the pages that may call it from browsers. ``trusted_proxies``: addresses of proxies
    in front, whose ``client_address_header`` is believed. ``smtp_…``: the server that takes our mail (``security`` is
    starttls, tls, or none for this machine) and the address it comes from. ``signing_keys``: the file of the keys of
    access tokens. ``session_hours``, ``session_idle_minutes``: how long a session lasts, and unused.
    ``store``, ``billing``, ``matcher``: names of adapters. ``schedules``, ``worker``, ``hooks`` and
    ``webhooks``: when jobs are due, how they are done, what partners may post, what is told to others. ``killbill``:
    the billing engine of that name. ``property_system``: where properties, occupancies and tickets are kept too, such
    as ``condo``, whose settings are in ``condo``; none where it is empty. ``listings``: what a listing needs, and our
    own portal; ``listing_portal``: the portal outside, such as ``cocorico``, whose settings are in ``cocorico``.
    """

    data_folder: Path = Factory(lambda: default_data_folder())  # noqa: PLW0108 - defined below
    dsn: Secret = _NO_SECRET
    owner_dsn: Secret = _NO_SECRET
    portfolio: str = ""
    actor: str = ""
    four_eyes_limit: str = "50000.00"
    aging_days: tuple[int, ...] = DEFAULT_BUCKETS.bounds
    rules: str = ""
    public_url: str = ""
    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    client_address_header: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password: Secret = _NO_SECRET
    smtp_sender: str = ""
    signing_keys: str = ""
    session_hours: int = 12
    session_idle_minutes: int = 60
    store: str = "postgres"
    billing: str = "native"
    matcher: str = "native"
    property_system: str = ""
    listing_portal: str = ""
    schedules: Schedules = Factory(Schedules)
    worker: WorkerSettings = Factory(WorkerSettings)
    hooks: HookSettings = Factory(HookSettings)
    webhooks: WebhookSettings = Factory(WebhookSettings)
    killbill: KillBillSettings = Factory(KillBillSettings)
    condo: CondoSettings = Factory(CondoSettings)
    listings: ListingSettings = Factory(ListingSettings)
    cocorico: CocoricoSettings = Factory(CocoricoSettings)

    def four_eyes(self, currency: Currency) -> Money:
        """The limit up to which one person decides alone."""
        return Money.parse(self.four_eyes_limit, currency)

    @property
    def session_limits(self) -> SessionLimits:
        """How long a session lasts."""
        return SessionLimits(timedelta(hours=self.session_hours), timedelta(minutes=self.session_idle_minutes))

    @property
    def signing_keys_file(self) -> Path:
        """Where the keys of access tokens are: as set, else in the data folder."""
        return Path(self.signing_keys) if self.signing_keys else self.data_folder / "signing-keys.json"

    @property
    def bills_outside(self) -> bool:
        """True where an outside engine bills, so that there are second books."""
        return self.billing != NATIVE and is_offered(OUTSIDE_GROUP, self.billing, OUR_OUTSIDE)

    def due_in_portfolios(self) -> dict[str, Schedule]:
        """When each kind of job of a portfolio is due; those of an outside engine where one bills."""
        return self.schedules.of_portfolios() | (self.killbill.of_portfolios() if self.bills_outside else {})

    def due_in_installation(self) -> dict[str, Schedule]:
        """When each kind of job of the installation is due; those of systems outside where there are some."""
        return (
            self.schedules.of_installation()
            | (self.killbill.of_installation() if self.bills_outside else {})
            | (self.condo.of_installation() if self.property_system else {})
            | (self.cocorico.of_installation() if self.listing_portal else {})
        )

    def check(self) -> None:
        """Refuse values that would fail only when they are used."""
        self.four_eyes(Currency.of("KES"))
        _ = self.buckets, self.session_limits
        self.killbill.check()
        self.condo.check()
        self.listings.check()
        self.cocorico.check()
        if self.listing_portal and not is_offered(PORTAL_GROUP, self.listing_portal, OUR_PORTAL):
            raise ConfigurationError(f"listing_portal is {self.listing_portal!r}, and nothing installed offers it")
        if self.property_system and not is_offered(PROPERTY_GROUP, self.property_system, OUR_PROPERTY):
            raise ConfigurationError(f"property_system is {self.property_system!r}, and nothing installed offers it")
        _ = self.hooks.rule, self.due_in_portfolios(), self.due_in_installation()
        if self.smtp_security not in _SMTP_SECURITY:
            raise ConfigurationError(f"smtp_security is one of {', '.join(_SMTP_SECURITY)}")
        if self.smtp_host and "@" not in self.smtp_sender:
            raise ConfigurationError("smtp_host needs smtp_sender, the address that mail comes from")

    @property
    def buckets(self) -> AgingBuckets:
        """The buckets of the aging report."""
        return AgingBuckets(self.aging_days)


PARTS: Final[Mapping[str, type]] = {
    "schedules": Schedules,
    "worker": WorkerSettings,
    "hooks": HookSettings,
    "webhooks": WebhookSettings,
    "killbill": KillBillSettings,
    "condo": CondoSettings,
    "listings": ListingSettings,
    "cocorico": CocoricoSettings,
}
"""The settings that have settings of their own: a table of that name in the file, ``PART_NAME`` in the environment."""


def default_data_folder() -> Path:
    """``marketplace-data`` of the working folder; only where there is none, the demo's books that lie beside it."""
    if not DEFAULT_DATA_FOLDER.exists() and DEMO_DATA_FOLDER.exists():
        return DEMO_DATA_FOLDER
    return DEFAULT_DATA_FOLDER


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of the working folder and the environment, which goes first.

    Raises ConfigurationError, which never repeats a secret: an unknown or mistyped name, a value of another kind.
    """
    import typed_settings
    from typed_settings.converters import TSConverter
    from typed_settings.exceptions import TsError

    given = os.environ if environment is None else environment
    _refuse_unknown(given)
    file = _settings_file(given)
    converter = TSConverter(strlist_sep=",")
    converter.scalar_converters[Secret] = _secret
    loaders: list[Any] = []
    if file is not None:
        loaders.append(typed_settings.FileLoader({"*.toml": typed_settings.TomlFormat(section=None)}, [file]))
    loaders.append(_environment_loader())
    try:
        settings = typed_settings.load_settings(Settings, loaders, converter=converter)
        settings.check()
    except TsError as problem:
        raise ConfigurationError(f"settings: {_said(problem)}; see docs/command-line.md") from None
    except MarketplaceError as problem:
        raise ConfigurationError(f"settings: {problem}") from problem
    return settings


def names() -> tuple[str, ...]:
    """The name of each setting, as the settings file writes it; the environment writes it in capitals."""
    return tuple(name for one in fields(Settings) for name in _names_within(one.name))


def _names_within(name: str) -> tuple[str, ...]:
    return setting_names(PARTS[name], name) if name in PARTS else (name,)


def _environment_loader() -> Any:  # noqa: ANN401 - typed-settings is loaded on use
    import typed_settings

    return typed_settings.EnvLoader(PREFIX)


def _secret(value: object, _kind: type) -> Secret:
    return value if isinstance(value, Secret) else Secret(str(value))


def _settings_file(environment: Mapping[str, str]) -> Path | None:
    named = environment.get(SETTINGS_FILE_VARIABLE)
    if named:
        if not Path(named).is_file():
            raise ConfigurationError(f"{SETTINGS_FILE_VARIABLE} names {named}, and there is no such file")
        return Path(named)
    return Path(SETTINGS_FILE) if Path(SETTINGS_FILE).is_file() else None


def _refuse_unknown(environment: Iterable[str]) -> None:
    known = {PREFIX + name.upper() for name in names()}
    for variable in sorted(set(environment) - known.union(_OF_SCRIPTS)):
        if not variable.startswith(PREFIX) or variable.startswith(_NOT_SETTINGS):
            continue
        near = get_close_matches(variable, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
        raise ConfigurationError(f"the environment has {variable}, which is no setting: {hint}")


def _said(problem: BaseException) -> str:
    parts: tuple[BaseException, ...] = getattr(problem, "exceptions", ())
    if parts:
        return "; ".join(_said(part) for part in parts)
    said = str(problem).strip()
    wrapped = _WRAPPED.fullmatch(said)
    return wrapped["said"] if wrapped else said
