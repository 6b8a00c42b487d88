"""Access tokens that must not count, each forged in one way, with the real keys where an attack would have them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

ALGORITHM = "Ed25519"


def forged_tokens(keys: Path, good: str, *, issuer: str, audience: str, now: datetime) -> dict[str, str]:
    """Tokens by what is wrong with them; with ``well_made`` nothing is, so that the others fail for their reason.

    ``good`` is one that counts, ``keys`` the file that signed it.
    """
    newest = json.loads(keys.read_text("utf-8"))["keys"][-1]
    newest.pop("made_at")
    key, other = OKPKey.import_key(newest), OKPKey.generate_key("Ed25519")
    kid, begun = str(newest["kid"]), int(now.timestamp())
    header = {"alg": ALGORITHM, "kid": kid, "typ": "at+jwt"}
    claims: dict[str, Any] = {
        **_claims_of(good),
        "iat": begun,
        "nbf": begun,
        "exp": int((now + timedelta(minutes=30)).timestamp()),
    }

    def signed(changed: dict[str, Any], key: OKPKey = key, **headers: Any) -> str:  # noqa: ANN401 - header values
        return jwt.encode({**header, **headers}, {**claims, **changed}, key, algorithms=[ALGORITHM])

    public = {name: value for name, value in newest.items() if name != "d"}
    raw = base64.urlsafe_b64decode(newest["x"] + "==")
    without_expiry = {name: value for name, value in claims.items() if name != "exp"}
    own_jwk = other.as_dict(private=False)
    return {
        "well_made": signed({}),
        "expired": signed({"exp": begun - 3600, "iat": begun - 7200, "nbf": begun - 7200}),
        "future": signed({"nbf": begun + 3600, "iat": begun + 3600, "exp": begun + 7200}),
        "audience": signed({"aud": "another-api"}),
        "audiences": signed({"aud": [audience, "another-api"]}),
        "issuer": signed({"iss": f"{issuer}.evil.example"}),
        "scope": signed({"scope": "system.operate everything"}),
        "client": signed({"sub": "client-nobody"}),
        "kid": signed({}, kid="0" * 32),
        "kid_path": signed({}, kid="../../../../dev/null"),
        "type": signed({}, typ="JWT"),
        "other_key": signed({}, key=other),
        "own_jwk": signed({}, key=other, jwk=own_jwk),
        "no_expiry": jwt.encode(header, without_expiry, key, algorithms=[ALGORITHM]),
        "none": _unsigned(claims, "none", kid),
        "none_capitals": _unsigned(claims, "NoNe", kid),
        "hs256_raw": _hmac(claims, kid, raw),
        "hs256_jwk": _hmac(claims, kid, json.dumps(public).encode()),
        "altered": _altered(good),
        "no_signature": good.rpartition(".")[0] + ".",
    }


def _claims_of(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def _altered(token: str) -> str:
    """The claims changed under the signature that was made for others."""
    head, _, signature = token.split(".")
    return f"{head}.{_part({**_claims_of(token), 'sub': 'client-operator'})}.{signature}"


def _unsigned(claims: dict[str, Any], algorithm: str, kid: str) -> str:
    return f"{_part({'alg': algorithm, 'kid': kid, 'typ': 'at+jwt'})}.{_part(claims)}."


def _hmac(claims: dict[str, Any], kid: str, secret: bytes) -> str:
    """Signed with the public key as if it were a shared secret."""
    told = f"{_part({'alg': 'HS256', 'kid': kid, 'typ': 'at+jwt'})}.{_part(claims)}"
    return f"{told}.{_encoded(hmac.new(secret, told.encode(), hashlib.sha256).digest())}"


def _part(value: dict[str, Any]) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
