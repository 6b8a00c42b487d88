"""Access tokens: JWTs of one algorithm, for one audience, by keys that we know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from attrs import field, frozen
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, OKPKey
from typing_extensions import override

from marketplace_adapters.credentials.key_file import ALGORITHM, KeyFile, SigningKey
from marketplace_core.domain.access import Action
from marketplace_core.domain.identifiers import ClientId
from marketplace_core.domain.identity.access_claims import AccessClaims
from marketplace_core.errors import MarketplaceError, NotAuthenticated
from marketplace_core.ports.identity.access_tokens import AccessTokens

LEEWAY: Final = timedelta(seconds=30)
_LONGEST: Final = 8192
_TYPE: Final = "at+jwt"
_REMEMBERED: Final = 1000
_REFUSED: Final = "the access token does not count, or no longer: ask for a new one"


@frozen
class _Verified:
    """Claims by the tokens whose signatures held, with these keys: others are begun anew."""

    keys: Sequence[SigningKey] = field(repr=False)
    claims: dict[str, AccessClaims] = field(factory=dict[str, AccessClaims], repr=False)


class SignedAccessTokens(AccessTokens):
    """JWTs as RFC 9068 has them, signed with Ed25519.

    The header's ``alg``, ``typ`` and ``kid`` and the claims ``iss``, ``aud``, ``sub``, ``exp``, ``nbf``, ``iat``,
    ``jti`` and ``scope`` are all asked for; whatever else a token says is not listened to.

    A signature that held is not verified again for the same token and keys: a service sends one token with many
    requests. The token's time is looked at each time, and so must be, by whoever asks, whether its client still counts.
    """

    def __init__(self, keys: KeyFile, *, issuer: str, audience: str) -> None:
        """Sign and verify for an audience, as an issuer."""
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._verified = _Verified(())

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
        if len(token) > _LONGEST or not token.isascii():
            raise NotAuthenticated(_REFUSED)
        held, verified = self._keys.held(), self._verified
        if verified.keys is not held:
            self._verified = verified = _Verified(held)
        claims = verified.claims.get(token)
        if claims is None:
            claims = self._signed(token, {it.key_id: it.key for it in held})
            if len(verified.claims) >= _REMEMBERED:
                verified.claims.clear()
            verified.claims[token] = claims
        if now >= claims.expires_at + LEEWAY or now < claims.issued_at - LEEWAY:
            raise NotAuthenticated(_REFUSED)
        return claims

    def _signed(self, token: str, known: Mapping[str, OKPKey]) -> AccessClaims:
        """What a token says that one of the keys signed, whenever it counts."""

        def key_of(guest: GuestProtocol) -> OKPKey:
            """The key that the header names, by our list alone: what else the header brings is not looked at."""
            kid = guest.headers().get("kid")
            if not isinstance(kid, str) or kid not in known:
                raise NotAuthenticated(_REFUSED)
            return known[kid]

        try:
            found = jwt.decode(token, key_of, algorithms=[ALGORITHM])
            if found.header.get("typ") != _TYPE:
                raise NotAuthenticated(_REFUSED)
            return self._claims(found.claims)
        except MarketplaceError:
            raise
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as problem:
            raise NotAuthenticated(_REFUSED) from problem

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
