"""Settings of the work that nobody waits for: schedules, workers, hooks and deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from attrs import Factory, fields, frozen

from marketplace_core.domain.schedule import Schedule
from marketplace_core.errors import ConfigurationError
from marketplace_core.services.payment_hooks import ValidationRule
from marketplace_entrypoints.secret import Secret

OF_PORTFOLIOS = {"billing": "bill", "reconcile": "reconcile", "late_fees": "late-fees", "deliver": "deliver"}
"""The kind of job of each schedule that portfolios have."""
OF_INSTALLATION = {"backup": "backup", "retention": "retention"}
"""The kind of job of each schedule of the installation."""


@frozen
class Schedules:
    """When jobs are due, as cron writes it (minute hour day month weekday), or ``off``.

    The first four are read in each portfolio's zone, ``backup`` and ``retention`` in UTC. Without a folder for
    backups there are none.
    """

    billing: str = "0 6 1 * *"
    reconcile: str = "*/15 * * * *"
    late_fees: str = "30 6 * * *"
    deliver: str = "* * * * *"
    backup: str = "0 2 * * *"
    retention: str = "30 3 * * *"

    def of_portfolios(self) -> dict[str, Schedule]:
        """By kind of job, those that are on."""
        return read_schedules(self, OF_PORTFOLIOS)

    def of_installation(self) -> dict[str, Schedule]:
        """By kind of job, those that are on."""
        return read_schedules(self, OF_INSTALLATION)


def read_schedules(settings: object, kinds: Mapping[str, str]) -> dict[str, Schedule]:
    """By kind of job, the schedules of the settings' names that are on."""
    read = {kind: Schedule.parse(getattr(settings, name)) for name, kind in kinds.items()}
    return {kind: schedule for kind, schedule in read.items() if schedule is not None}


@frozen
class WorkerSettings:
    """How workers work; all times are seconds, but ``keep_jobs_days`` and ``keep_dead_days``.

    A worker says every ``beat`` that it lives; one that was ``silent`` is taken for dead, which others look for every
    ``look``: a killed worker's job runs again within ``silent`` + ``look`` + ``poll``. A stopping worker has ``grace``
    to end the job it has. ``backup_folder`` keeps the last ``backups`` files.
    """

    poll: float = 1.0
    beat: float = 10.0
    silent: float = 30.0
    look: float = 10.0
    grace: float = 25.0
    tries: int = 8
    backup_folder: str = ""
    backups: int = 7
    keep_jobs_days: int = 30
    keep_dead_days: int = 365

    def __attrs_post_init__(self) -> None:
        """Refuse times with which living workers would be taken for dead."""
        if not self.poll > 0 or not self.beat > 0 or self.silent < 2 * self.beat:
            raise ValueError("worker: poll and beat must be above zero, and silent at least twice beat")
        if self.tries < 1 or self.backups < 1 or self.look <= 0 or self.grace < 0:
            raise ValueError("worker: tries, backups, look and grace must be above zero")

    @property
    def silence(self) -> timedelta:
        """After which a worker is taken for dead."""
        return timedelta(seconds=self.silent)


@frozen
class HookSettings:
    """What partners post: ``validation`` is ``accept`` or ``known-references`` (M-Pesa then refuses other payments).

    After a payment came, ``reconcile`` asks for a reconciliation; raw bodies are kept ``keep_days`` once they are read.
    ``addresses`` are the networks that partners post from, such as ``196.201.214.0/24``; none lets any address post.
    """

    validation: str = ValidationRule.ACCEPT.value
    reconcile: bool = True
    keep_days: int = 90
    addresses: tuple[str, ...] = ()

    @property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of ``addresses``."""
        try:
            return tuple(ip_network(it.strip()) for it in self.addresses)
        except ValueError as problem:
            raise ConfigurationError(f"hooks.addresses: {problem}") from problem

    def lets_in(self, address: str) -> bool:
        """True where a partner may post from an address."""
        if not self.addresses:
            return True
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found in it for it in self.networks)

    @property
    def rule(self) -> ValidationRule:
        """What is let pass before the money is taken."""
        try:
            return ValidationRule(self.validation)
        except ValueError as problem:
            known = ", ".join(ValidationRule)
            raise ConfigurationError(f"hooks.validation is {self.validation!r}: there is {known}") from problem


@frozen
class WebhookSettings:
    """Events told to others: ``key`` is a long random text, from which each subscription's signing keys derive.

    ``allow_http`` lets addresses without TLS pass, for development. A receiver has ``seconds`` to answer.
    """

    key: Secret = Factory(Secret)
    allow_http: bool = False
    seconds: float = 10.0


def setting_names(kind: type, prefix: str) -> tuple[str, ...]:
    """The names of a part's settings, with the part's before them."""
    return tuple(f"{prefix}_{one.name}" for one in fields(kind))
