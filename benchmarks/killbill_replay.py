"""The calls that our adapter makes, kept as they go out, and made again by nothing but httpx."""

from __future__ import annotations

import re
from collections.abc import Sequence
from time import perf_counter
from typing import Any, Final, cast

import httpx
from attrs import field, frozen
from scripts.killbill_sandbox import PASSWORD, USER, Tenant
from typing_extensions import override

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_BILLED: Final = frozenset({201, 404})


@frozen
class Said:
    """One request as it went out, the status of its answer, and the id that the answer told."""

    method: str
    target: str
    content: str
    kind: str
    status: int
    told_id: str


@frozen
class Recording(httpx.BaseTransport):
    """Hands requests on, keeps what was said and how long each answer took, in seconds; for one thread."""

    inner: httpx.BaseTransport = field(factory=lambda: httpx.HTTPTransport(trust_env=False))
    calls: list[Said] = field(factory=list[Said])
    waited: list[float] = field(factory=list[float])

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        begun = perf_counter()
        response = self.inner.handle_request(request)
        response.read()
        self.waited.append(perf_counter() - begun)
        content, kind = request.content.decode(), request.headers["Content-Type"]
        target = request.url.raw_path.decode()
        self.calls.append(Said(request.method, target, content, kind, response.status_code, _told_id(response)))
        return response

    @override
    def close(self) -> None:
        self.inner.close()


def plain_client(url: str, tenant: Tenant) -> httpx.Client:
    """Nothing but httpx, signed in to a tenant."""
    headers = {**tenant.headers, "X-Killbill-CreatedBy": "benchmark", "Accept": "application/json, text/xml"}
    return httpx.Client(base_url=url, auth=(USER, PASSWORD), headers=headers, timeout=60, trust_env=False)


def replay(client: httpx.Client, calls: Sequence[Said]) -> None:
    """Make calls again in a tenant that never saw them: ids are those that it gives in the place of the first ones.

    AssertionError where an answer has another status than it had: then it was not the same work. To bill an account
    may find nothing left (404): Kill Bill itself was quicker.
    """
    ids: dict[str, str] = {}

    def known(text: str) -> str:
        return _UUID.sub(lambda found: ids.get(found[0], found[0]), text)

    for it in calls:
        body = known(it.content).encode() if it.content else None
        answer = client.request(it.method, known(it.target), content=body, headers={"Content-Type": it.kind})
        is_billing = it.method == "POST" and it.target.startswith("/1.0/kb/invoices?")
        was_quicker = is_billing and answer.status_code in _BILLED and it.status in _BILLED
        if answer.status_code != it.status and not was_quicker:
            raise AssertionError(f"{it.method} {it.target}: {answer.status_code} instead of {it.status}: {answer.text}")
        if it.told_id:
            ids[it.told_id] = _told_id(answer)


def _told_id(answer: httpx.Response) -> str:
    """The id of what was made, or of the account that was looked for; empty for lists."""
    if found := _UUID.search(answer.headers.get("location", "")):
        return found[0]
    body: Any = answer.json() if answer.content and "json" in answer.headers.get("content-type", "") else None
    told = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    return str(told.get("accountId") or "")
