"""Where Kill Bill is, who we are there, and what it holds."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from attrs import field, frozen

from marketplace_core.domain.money import Money
from marketplace_core.errors import ConfigurationError

_SCHEMES: Final = ("https://", "http://")


@frozen
class KillBillServer:
    """A Kill Bill and our tenant of it; secrets are never shown by ``repr``.

    ``timeout_seconds`` bounds one call with all its parts. ``most_amount``, in whole units such as shillings: the
    largest amount of one item or payment that its columns hold; ``Decimal("999999.99")`` as delivered, more once
    an operator widened them. ``currencies`` are those that the catalog prices. ``failures_to_open`` calls without an
    answer in a row let all further ones fail at once for ``cooldown_seconds``.
    """

    url: str
    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    user: str = field(repr=False)
    password: str = field(repr=False)
    timeout_seconds: float = 20.0
    most_amount: Decimal = Decimal("999999.99")
    currencies: tuple[str, ...] = ("KES",)
    catalog_name: str = "Marketplace"
    product_name: str = "Lease"
    plan_name: str = "lease-monthly"
    created_by: str = "marketplace-core"
    attempts: int = 3
    failures_to_open: int = 5
    cooldown_seconds: float = 15.0

    def __attrs_post_init__(self) -> None:
        """Refuse what would fail only at the first call, or would send secrets where they do not belong."""
        if not self.url.startswith(_SCHEMES) or "@" in self.url or "?" in self.url:
            raise ConfigurationError("killbill.url must be such as https://billing.example.org, with no user in it")
        if not all((self.api_key, self.api_secret, self.user, self.password)):
            raise ConfigurationError("killbill.api_key, api_secret, user and password must all be set")
        if not self.timeout_seconds > 0 or self.attempts < 1 or self.failures_to_open < 1:
            raise ConfigurationError("killbill.timeout must be above zero, attempts and failures_to_open at least one")
        if not self.currencies:
            raise ConfigurationError("killbill.currencies must name one currency at least, such as KES")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        return (self.password, self.api_secret, self.api_key)

    def holds(self, amount: Money) -> bool:
        """True where its columns hold the amount."""
        return abs(amount.to_decimal()) <= self.most_amount

    def without_secrets(self, text: str) -> str:
        """The text with every secret in it blackened."""
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return text
