"""A server with some of its defences taken away, to show that the checks from outside can fail.

Usage: open_door.py DEFENCES PORT, the defences joined by commas.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve

from marketplace_adapters.credentials import access_tokens
from marketplace_core.domain import access
from marketplace_core.services import gate
from marketplace_entrypoints.cli.__main__ import run
from marketplace_entrypoints.http import app, framing, identity, operation
from marketplace_entrypoints.http.resources import sessions


def _put(place: object, name: str, found: object) -> None:
    """Let a module or class have something else by that name."""
    if not hasattr(place, name):
        raise SystemExit(f"{place} has no {name} any more: this control takes nothing away")
    setattr(place, name, found)


def _without_csrf() -> None:
    _put(identity, "compare_digest", lambda _one, _other: True)


def _with_any_origin() -> None:
    made = vars(app)["CORSConfig"]
    _put(app, "CORSConfig", lambda **told: made(**{**told, "allow_origins": [], "allow_origin_regex": ".*"}))


def _with_the_whole_book() -> None:
    def whole(actor: Any, action: Any, portfolio_id: Any) -> Any:  # noqa: ANN401 - as the function it stands for
        return evolve(access.reach_of(actor, action, portfolio_id), is_whole=True)

    _put(operation, "reach_of", whole)
    _put(gate, "reach_of", whole)


def _with_a_loose_cookie() -> None:
    _put(sessions, "session_cookie", lambda token, seconds: f"__Host-session={token}; Path=/; Max-Age={seconds}")


def _with_any_token() -> None:
    checked = vars(access_tokens.SignedAccessTokens)["_claims"]

    def unchecked(self: Any, plain: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as the method it stands for
        return checked(self, {**plain, "iss": vars(self)["_issuer"], "aud": vars(self)["_audience"]})

    _put(access_tokens.SignedAccessTokens, "_claims", unchecked)


def _without_headers() -> None:
    _put(framing, "_HEADERS", ())


DEFENCES: Mapping[str, Callable[[], None]] = {
    "csrf": _without_csrf,
    "cors": _with_any_origin,
    "reach": _with_the_whole_book,
    "cookie": _with_a_loose_cookie,
    "tokens": _with_any_token,
    "headers": _without_headers,
}

if __name__ == "__main__":
    for name in sys.argv[1].split(","):
        DEFENCES[name]()
    sys.exit(run(["serve", "--port", sys.argv[2]]))
