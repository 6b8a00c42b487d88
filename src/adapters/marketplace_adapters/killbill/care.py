"""Sets our place in Kill Bill up and says whether it is well."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from attrs import frozen
from typing_extensions import override

from marketplace_adapters.killbill import catalog
from marketplace_adapters.killbill.accounts import PARKED
from marketplace_adapters.killbill.client import Client
from marketplace_adapters.killbill.errors import rule_of
from marketplace_core.errors import ConfigurationError, MarketplaceError, PartnerUnavailable
from marketplace_core.ports.outside_engine.engine_care import EngineCare, EngineFinding

_CONFIGURED: Final = {"org.killbill.invoice.maxDailyNumberOfItemsSafetyBound": "-1"}
"""As delivered Kill Bill parks an account for which it makes more than 15 items of a subscription in a day, which a
lease that began two years ago has."""
_CALLBACK: Final = "/tenants/registerNotificationCallback"
_CONFIG: Final = "/tenants/uploadPerTenantConfig"
_LEAST_TOKEN: Final = 20
_SET_UP: Final = "set Kill Bill up (marketplace killbill setup)"
_LOOK: Final = "see whether it runs at killbill.url"
_FIXES: Final = {
    "reachable": "see killbill.url, killbill.user and killbill.password",
    "tenant": "marketplace killbill setup makes it where there is none; else see killbill.api_key and api_secret",
}
"""What to do where it answers and refuses us."""


@frozen
class KillBillCare(EngineCare):
    """Looks after one tenant."""

    client: Client

    @override
    def check(self) -> Sequence[EngineFinding]:
        found: list[EngineFinding] = []
        for name, look in (("reachable", self._reachable), ("tenant", self._tenant)):
            found.append(_told(name, look))
            if not found[-1].is_well:
                return found
        looks = (
            ("catalog", self._catalog),
            ("settings", self._settings),
            ("overdue", self._overdue),
            ("callback", self._callback),
            ("parked", self._parked),
        )
        return [*found, *(_told(name, look) for name, look in looks), self._largest()]

    @override
    def identity(self) -> str:
        """The tenant's id."""
        return (
            self.client.well(self.client.get("/tenants", apiKey=self.client.server.api_key)).fields().text("tenantId")
        )

    @override
    def time_there(self) -> datetime:
        """Its own clock where it runs in test mode, which can be moved; else that of its machine."""
        moved = self.client.get("/test/clock", timeZone="UTC")
        if moved.is_well:
            return moved.fields().instant("currentUtcTime")
        said = self.client.well(self.client.get("/1.0/healthcheck")).said_at
        try:
            return parsedate_to_datetime(said)
        except ValueError as problem:
            raise PartnerUnavailable(f"Kill Bill does not say what time it is: {said[:40]!r} is no date") from problem

    @override
    def set_up(self, callback_url: str = "", *, dry_run: bool = False) -> Sequence[EngineFinding]:
        found = [self._reachable()]
        tenant = self._make_tenant(dry_run=dry_run)
        found.append(tenant)
        if dry_run and not tenant.is_well:
            return found
        found.extend((self._make_catalog(dry_run=dry_run), self._make_settings(dry_run=dry_run)))
        if callback_url:
            found.append(self._make_callback(callback_url, dry_run=dry_run))
        return found

    def _reachable(self) -> EngineFinding:
        """Kill Bill answers; its version is told where we may ask."""
        self.client.well(self.client.get("/1.0/healthcheck"))
        nodes = self.client.well(self.client.get("/nodesInfo")).rows()
        version = nodes[0].words("kbVersion") if nodes else "of an unknown version"
        return EngineFinding("reachable", is_well=True, says=f"Kill Bill {version} answers at {self.client.server.url}")

    def _tenant(self) -> EngineFinding:
        self.client.well(self.client.get(_CALLBACK))
        return EngineFinding("tenant", is_well=True, says="our tenant is known and its secret holds")

    def _catalog(self) -> EngineFinding:
        if not self.client.well(self.client.get("/catalog")).rows():
            return EngineFinding("catalog", is_well=False, says="there is no catalog", fix=_SET_UP)
        differs = catalog.differences(self.client.server, self.client.well(self.client.get("/catalog/xml")))
        if not differs:
            return EngineFinding("catalog", is_well=True, says="it has our plan, and nothing else than we need")
        fix = "use a tenant of its own, or upload a catalog version that has what is missing"
        return EngineFinding("catalog", is_well=False, says="; ".join(differs), fix=fix)

    def _settings(self) -> EngineFinding:
        held = self._config()
        wrong = [
            f"{name} is {held.get(name, 'not set')}" for name, value in _CONFIGURED.items() if held.get(name) != value
        ]
        if held.get("org.killbill.invoice.enabled", "true") != "true":
            wrong.append("invoicing is switched off")
        if wrong:
            return EngineFinding("settings", is_well=False, says="; ".join(wrong), fix=_SET_UP)
        return EngineFinding("settings", is_well=True, says="leases of any length can be billed")

    def _overdue(self) -> EngineFinding:
        states = self.client.well(self.client.get("/overdue")).fields().rows("overdueStates")
        blocking = [it.words("name") for it in states if it.flag("isBlockChanges") or it.flag("isDisableEntitlement")]
        if blocking:
            says = f"the overdue states {', '.join(blocking)} stop billing of leases in arrears"
            return EngineFinding("overdue", is_well=False, says=says, fix="take those states out of its overdue rules")
        return EngineFinding("overdue", is_well=True, says="nothing stops billing of leases in arrears")

    def _callback(self) -> EngineFinding:
        held = self._callbacks()
        if not held:
            says, fix = "it tells nobody what happens", f"{_SET_UP} with the address of our hook"
            return EngineFinding("callback", is_well=False, says=says, fix=fix)
        return EngineFinding("callback", is_well=True, says=f"it tells {', '.join(map(_without_token, held))}")

    def _parked(self) -> EngineFinding:
        answer = self.client.well(self.client.get("/tags/search/__PARK__", offset=0, limit=100))
        parked = [it.text("objectId") for it in answer.rows() if it.words("tagDefinitionId") == PARKED]
        if parked:
            says = f"it stopped to bill {len(parked)} accounts or more, the first {parked[0]}"
            return EngineFinding(
                "parked", is_well=False, says=says, fix="see its log, mend, and take the tag __PARK__ off"
            )
        return EngineFinding("parked", is_well=True, says="it bills every account")

    def _largest(self) -> EngineFinding:
        says = f"amounts up to {self.client.server.most_amount} are sent, larger ones are refused before"
        fix = "to hold more, widen its amount columns to numeric(24,9) and raise killbill.most_amount"
        return EngineFinding("largest_amount", is_well=True, says=says, fix=fix)

    def _make_tenant(self, *, dry_run: bool) -> EngineFinding:
        server = self.client.server
        answer = self.client.get("/tenants", apiKey=server.api_key)
        if answer.is_well:
            self.client.well(self.client.get(_CALLBACK))
            return EngineFinding("tenant", is_well=True, says="our tenant is there")
        if rule_of(answer).kind is not ConfigurationError or answer.status in {401, 403}:
            self.client.well(answer)
        if dry_run:
            return EngineFinding("tenant", is_well=False, says="our tenant would be made, and all else in it")
        body = {"apiKey": server.api_key, "apiSecret": server.api_secret, "externalKey": server.api_key}
        self.client.done("POST", "/tenants", body)
        self.client.well(self.client.get(_CALLBACK))
        return EngineFinding("tenant", is_well=True, says="our tenant was made")

    def _make_catalog(self, *, dry_run: bool) -> EngineFinding:
        if self.client.well(self.client.get("/catalog")).rows():
            found = self._catalog()
            if not found.is_well:
                raise ConfigurationError(f"Kill Bill's catalog of our tenant is otherwise: {found.says}; {found.fix}")
            return found
        if dry_run:
            return EngineFinding("catalog", is_well=False, says="our catalog would be uploaded")
        self.client.done("POST", "/catalog/xml", catalog.catalog_xml(self.client.server))
        return EngineFinding("catalog", is_well=True, says="our catalog was uploaded")

    def _make_settings(self, *, dry_run: bool) -> EngineFinding:
        """Add our settings to those that stand; one of them that says otherwise is somebody's wish."""
        held = self._config()
        other = [name for name, value in _CONFIGURED.items() if held.get(name, value) != value]
        if other:
            raise ConfigurationError(f"Kill Bill's settings of our tenant have another {other[0]}: set it to -1")
        if all(name in held for name in _CONFIGURED):
            return EngineFinding("settings", is_well=True, says="our settings are there")
        if dry_run:
            return EngineFinding("settings", is_well=False, says="our settings would be uploaded")
        self.client.done("POST", _CONFIG, json.dumps({**held, **_CONFIGURED}))
        return EngineFinding("settings", is_well=True, says="our settings were uploaded")

    def _make_callback(self, url: str, *, dry_run: bool) -> EngineFinding:
        """Register the address; the same one with another token is replaced, another one is somebody's."""
        held = self._callbacks()
        if held == [url]:
            return EngineFinding("callback", is_well=True, says=f"it tells {_without_token(url)}")
        other = [it for it in held if _without_token(it) != _without_token(url)]
        if other:
            raise ConfigurationError(
                f"Kill Bill tells {_without_token(other[0])} what happens in our tenant, and can tell one address only:"
                f" take it away, or use a tenant of its own"
            )
        if dry_run:
            return EngineFinding("callback", is_well=False, says=f"it would be told to tell {_without_token(url)}")
        self.client.done("POST", _CALLBACK, cb=url)
        return EngineFinding("callback", is_well=True, says=f"it was told to tell {_without_token(url)}")

    def _callbacks(self) -> list[str]:
        return self.client.well(self.client.get(_CALLBACK)).fields().texts("values")

    def _config(self) -> dict[str, str]:
        """The tenant's settings: the last text that was uploaded."""
        held = self.client.well(self.client.get(_CONFIG)).fields().texts("values")
        try:
            said: object = json.loads(held[-1]) if held else {}
        except ValueError as problem:
            raise PartnerUnavailable("Kill Bill's settings of our tenant are no JSON") from problem
        return {str(name): str(value) for name, value in dict(_items(said)).items()}


def _items(said: object) -> Iterator[tuple[object, object]]:
    if not isinstance(said, dict):
        raise PartnerUnavailable("Kill Bill's settings of our tenant are no object")
    yield from said.items()


def _told(name: str, look: Callable[[], EngineFinding]) -> EngineFinding:
    """What was found; what could not be looked at is not well."""
    try:
        return look()
    except MarketplaceError as problem:
        fix = _FIXES.get(name, _FIXES["reachable"]) if isinstance(problem, ConfigurationError) else _LOOK
        return EngineFinding(name, is_well=False, says=str(problem), fix=fix)


def _without_token(url: str) -> str:
    """An address without what may be a token: its query, and a long last part of its path.

    >>> _without_token("https://rent.example.org/hooks/killbill/SvdoGMufyRLS9PZ03o0GJHEf")
    'https://rent.example.org/hooks/killbill/…'
    """
    path = url.partition("?")[0]
    place, _, last = path.rpartition("/")
    return f"{place}/…" if len(last) >= _LEAST_TOKEN else path
