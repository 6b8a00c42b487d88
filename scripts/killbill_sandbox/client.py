"""What tests and developers ask a Kill Bill in test mode: its health, its clock, a tenant of one's own."""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from attrs import define, field, frozen

from marketplace_core.errors import PartnerUnavailable

USER: Final = "admin"
PASSWORD: Final = "password"  # noqa: S105 - what Kill Bill's own manual gives; a sandbox listens on 127.0.0.1 only
_ANSWER_SECONDS: Final = 60.0


@frozen
class Tenant:
    """A tenant of a Kill Bill: what one tenant makes no other sees."""

    tenant_id: str
    api_key: str
    api_secret: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """What names the tenant in a request."""
        return {"X-Killbill-ApiKey": self.api_key, "X-Killbill-ApiSecret": self.api_secret}


@define
class Server:
    """A Kill Bill in test mode, wherever it runs."""

    url: str
    _own: Tenant | None = field(default=None, init=False)
    """Asks for the clock: Kill Bill wants a tenant's name even for what is the same for all of them."""

    def is_healthy(self) -> bool:
        """True if it answers and calls itself healthy."""
        try:
            self.call("GET", "/1.0/healthcheck")
        except PartnerUnavailable:
            return False
        return True

    def clock(self) -> datetime:
        """The time that it takes to be now, in UTC; one for all its tenants."""
        said = json.loads(self.call("GET", "/1.0/kb/test/clock?timeZone=UTC", headers=self._own_headers()))
        return datetime.fromisoformat(said["currentUtcTime"])

    def set_clock(self, now: datetime) -> None:
        """Move its clock; what falls due by that runs soon afterwards, stamped with the new time.

        Move it month by month: invoices of two months passed at once all bear the last day.
        """
        stamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        asked = urllib.parse.urlencode({"requestedDate": stamp, "timeZone": "UTC"})
        self.call("POST", f"/1.0/kb/test/clock?{asked}", body="", headers=self._own_headers())

    def reset_clock(self) -> None:
        """Let its clock show the real time again."""
        self.call("POST", "/1.0/kb/test/clock", body="", headers=self._own_headers())

    def make_tenant(self) -> Tenant:
        """Make a tenant with a random key and secret."""
        name = f"tenant-{secrets.token_hex(8)}"
        tenant = {"apiKey": name, "apiSecret": secrets.token_hex(16), "externalKey": name}
        self.call("POST", "/1.0/kb/tenants", body=json.dumps(tenant))
        found = json.loads(self.call("GET", f"/1.0/kb/tenants?apiKey={name}"))
        return Tenant(found["tenantId"], name, tenant["apiSecret"])

    def call(self, method: str, path: str, *, body: str | None = None, headers: Mapping[str, str] | None = None) -> str:
        """The body of the answer to one request of the administrator; PartnerUnavailable for all but a 2xx."""
        known = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        request = urllib.request.Request(  # noqa: S310 - the address is a sandbox's
            self.url + path,
            data=None if body is None else body.encode(),
            method=method,
            headers={
                "Authorization": f"Basic {known}",
                "Content-Type": "application/json",
                "Accept": "application/json",
                "X-Killbill-CreatedBy": "sandbox",
                **(headers or {}),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310 - the same
                said: bytes = answer.read()
        except urllib.error.HTTPError as problem:
            said = problem.read()
            raise PartnerUnavailable(f"Kill Bill answered {method} {path} with {problem.code}: {said!r}") from problem
        except OSError as problem:
            raise PartnerUnavailable(f"no Kill Bill answers at {self.url}: {problem}") from problem
        return said.decode()

    def _own_headers(self) -> Mapping[str, str]:
        if self._own is None:
            self._own = self.make_tenant()
        return self._own.headers
