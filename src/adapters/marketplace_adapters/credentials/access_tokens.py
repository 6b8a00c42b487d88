"""Access tokens: JWTs of one algorithm, for one audience, by keys that we know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, OKPKey
from typing_extensions import override

from marketplace_adapters.credentials.key_file import ALGORITHM, KeyFile
from marketplace_core.domain.access import Action
from marketplace_core.domain.identifiers import ClientId
from marketplace_core.domain.identity.access_claims import AccessClaims
from marketplace_core.errors import MarketplaceError, NotAuthenticated
from marketplace_core.ports.identity.access_tokens import AccessTokens

LEEWAY: Final = timedelta(seconds=30)
_LONGEST: Final = 8192
_TYPE: Final = "at+jwt"
_REFUSED: Final = "the access token does not count, or no longer: ask for a new one"


class SignedAccessTokens(AccessTokens):
    """JWTs as RFC 9068 has them, signed with Ed25519.

    The header's ``alg``, ``typ`` and ``kid`` and the claims ``iss``, ``aud``, ``sub``, ``exp``, ``nbf``, ``iat``,
    ``jti`` and ``scope`` are all asked for; whatever else a token says is not listened to.
    """

    def __init__(self, keys: KeyFile, *, issuer: str, audience: str) -> None:
        """Sign and verify for an audience, as an issuer."""
        self._keys = keys
        self._issuer = issuer
        self._audience = audience

    @override
    def sign(self, claims: AccessClaims) -> str:
        newest = self._keys.held()[-1]
        body = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": claims.client_id,
            "scope": " ".join(sorted(claims.scopes)),
            "jti": claims.token_id,
            "iat": int(claims.issued_at.timestamp()),
            "nbf": int(claims.issued_at.timestamp()),
            "exp": int(claims.expires_at.timestamp()),
        }
        header = {"alg": ALGORITHM, "kid": newest.key_id, "typ": _TYPE}
        return jwt.encode(header, body, newest.key, algorithms=[ALGORITHM])

    @override
    def verify(self, token: str, now: datetime) -> AccessClaims:
        known = {it.key_id: it.key for it in self._keys.held()}

        def key_of(guest: GuestProtocol) -> OKPKey:
            """The key that the header names, by our list alone: what else the header brings is not looked at."""
            kid = guest.headers().get("kid")
            if not isinstance(kid, str) or kid not in known:
                raise NotAuthenticated(_REFUSED)
            return known[kid]

        if len(token) > _LONGEST or not token.isascii():
            raise NotAuthenticated(_REFUSED)
        try:
            found = jwt.decode(token, key_of, algorithms=[ALGORITHM])
            if found.header.get("typ") != _TYPE:
                raise NotAuthenticated(_REFUSED)
            claims = self._claims(found.claims)
        except MarketplaceError:
            raise
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as problem:
            raise NotAuthenticated(_REFUSED) from problem
        if now >= claims.expires_at + LEEWAY or now < claims.issued_at - LEEWAY:
            raise NotAuthenticated(_REFUSED)
        return claims

    def _claims(self, plain: Mapping[str, Any]) -> AccessClaims:
        if plain["iss"] != self._issuer or plain["aud"] != self._audience:
            raise NotAuthenticated(_REFUSED)
        _instant(plain["iat"])
        begins, ends = _instant(plain["nbf"]), _instant(plain["exp"])
        names = _text(plain["scope"]).split()
        scopes = frozenset(Action(it) for it in names)
        return AccessClaims(ClientId(_text(plain["sub"])), scopes, _text(plain["jti"]), begins, ends)

    @override
    def public_keys(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        return {"keys": [it.public() for it in self._keys.held()]}


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _instant(value: object) -> datetime:
    if type(value) is not int:
        raise TypeError
    return datetime.fromtimestamp(value, UTC)
