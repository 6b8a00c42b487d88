"""Who asks: an access token or a session, and that a browser's write was meant by its page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from typing import Final

from attrs import field, frozen

from marketplace_core.domain.access import Actor
from marketplace_core.errors import NotAuthenticated, NotPermitted
from marketplace_entrypoints.http.parts import Authenticator

COOKIE: Final = "__Host-session"
CSRF_HEADER: Final = "x-csrf-token"
NOBODY: Final = Actor("service:nobody", ())


@frozen
class Caller:
    """Who asks, and by which credential."""

    actor: Actor = NOBODY
    user_id: str | None = None
    session_token: str = field(default="", repr=False)
    is_known: bool = False


def csrf_token(session_token: str) -> str:
    """The token that a page sends with each write: of its session, and of no use without it."""
    return blake2b(session_token.encode(), digest_size=24, person=b"csrf-token").hexdigest()


def session_cookie(token: str, max_age_seconds: int) -> str:
    """The cookie that holds a session: of this host alone, out of reach of scripts and of other sites."""
    return f"{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={max_age_seconds}"


def caller_of(
    authenticator: Authenticator, headers: Mapping[str, str], now: datetime, *, writes: bool, is_public: bool
) -> Caller:
    """Who asks. A public operation looks at no credentials, so that wrong ones cannot break it.

    Raises NotAuthenticated without credentials that hold; NotPermitted where a session writes without its CSRF token.
    """
    if is_public:
        return Caller(session_token=session_token_of(headers))
    authorization = headers.get("authorization", "")
    if authorization:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise NotAuthenticated("the Authorization header must be 'Bearer' and an access token")
        known = authenticator.by_bearer(token.strip(), now)
        return Caller(known.actor, known.user_id, is_known=True)
    token = session_token_of(headers)
    if not token:
        raise NotAuthenticated("sign in, or send an access token in the Authorization header")
    known = authenticator.by_session(token, now)
    if writes and not compare_digest(headers.get(CSRF_HEADER, "").encode(), csrf_token(token).encode()):
        raise NotPermitted("a write with a session needs its token in the X-CSRF-Token header: GET /api/session has it")
    return Caller(known.actor, known.user_id, token, is_known=True)


def session_token_of(headers: Mapping[str, str]) -> str:
    """The session's token in the cookies, empty where there is none."""
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(headers.get("cookie", ""))
    except CookieError:
        return ""
    found = cookies.get(COOKIE)
    return found.value if found else ""
