"""No token counts that we did not sign, for us, to be used now: forged in every usual way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("joserfc")

from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey

from marketplace_adapters.credentials import KeyFile, SignedAccessTokens
from marketplace_adapters.credentials.key_file import ALGORITHM
from marketplace_core.errors import NotAuthenticated
from marketplace_core.testing.clocks import A_MONDAY
from marketplace_core.testing.contracts.credentials import claims_at

NOW = A_MONDAY + timedelta(seconds=10)


@pytest.fixture
def keys(tmp_path: Path) -> KeyFile:
    """Give a file of keys."""
    return KeyFile(tmp_path / "keys.json")


@pytest.fixture
def tokens(keys: KeyFile) -> SignedAccessTokens:
    """Give a signer."""
    return SignedAccessTokens(keys, issuer="us", audience="rent")


def _part(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _read(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    header, body, signature = token.split(".")
    return (
        json.loads(base64.urlsafe_b64decode(header + "==")),
        json.loads(base64.urlsafe_b64decode(body + "==")),
        signature,
    )


def _refused(tokens: SignedAccessTokens, token: str) -> None:
    with pytest.raises(NotAuthenticated, match=r"^the access token does not count"):
        tokens.verify(token, NOW)


def test_what_a_token_says_to_everybody(tokens: SignedAccessTokens, keys: KeyFile) -> None:
    """One algorithm, the key's id, and no more of the client than its id and scopes."""
    header, body, _ = _read(tokens.sign(claims_at(A_MONDAY)))
    assert header == {"alg": "Ed25519", "kid": keys.held()[-1].key_id, "typ": "at+jwt"}
    at = int(A_MONDAY.timestamp())
    assert body == {
        "iss": "us",
        "aud": "rent",
        "sub": "sync",
        "scope": "lease.read money.bill",
        "jti": "jwt_1",
        "iat": at,
        "nbf": at,
        "exp": at + 300,
    }


@pytest.mark.parametrize("name", ["none", "None", "nOnE", "NONE"])
def test_a_token_without_a_signature_is_refused(tokens: SignedAccessTokens, name: str) -> None:
    """``alg`` none in any spelling, with no signature or with the old one."""
    header, body, signature = _read(tokens.sign(claims_at(A_MONDAY)))
    for rest in ("", signature):
        _refused(tokens, f"{_part({**header, 'alg': name})}.{_part(body)}.{rest}")


@pytest.mark.parametrize("form", ["x", "jwk", "d-less"])
def test_the_public_key_is_no_shared_secret(tokens: SignedAccessTokens, keys: KeyFile, form: str) -> None:
    """HS256 with what everybody may read as the secret."""
    header, body, _ = _read(tokens.sign(claims_at(A_MONDAY)))
    public = keys.held()[-1].public()
    secret = {
        "x": public["x"].encode(),
        "jwk": json.dumps(public).encode(),
        "d-less": base64.urlsafe_b64decode(public["x"] + "=="),
    }[form]
    signed = f"{_part({**header, 'alg': 'HS256'})}.{_part(body)}"
    mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    _refused(tokens, f"{signed}.{_part(mac)}")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "them"},
        {"aud": "another"},
        {"aud": ["rent", "another"]},
        {"aud": None},
        {"sub": ""},
        {"sub": 7},
        {"exp": int(A_MONDAY.timestamp()) - 30},
        {"exp": "9999999999"},
        {"exp": 1e300},
        {"exp": 10**30},
        {"exp": True},
        {"nbf": int(A_MONDAY.timestamp()) + 41},
        {"iat": "x"},
        {"scope": "everything"},
        {"scope": ["money.bill"]},
        {"jti": None},
    ],
)
def test_a_signed_token_that_is_not_ours_or_not_for_now_is_refused(
    tokens: SignedAccessTokens, keys: KeyFile, changes: dict[str, Any]
) -> None:
    """Another issuer, audience, time or type, although the signature holds."""
    header, body, _ = _read(tokens.sign(claims_at(A_MONDAY)))
    key = keys.held()[-1].key
    tokens.verify(jwt.encode(header, body, key, algorithms=[ALGORITHM]), NOW)
    _refused(tokens, jwt.encode(header, {**body, **changes}, key, algorithms=[ALGORITHM]))


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "scope"])
def test_a_token_says_all_of_it(tokens: SignedAccessTokens, keys: KeyFile, missing: str) -> None:
    """One claim less, and it counts no more."""
    header, body, _ = _read(tokens.sign(claims_at(A_MONDAY)))
    del body[missing]
    _refused(tokens, jwt.encode(header, body, keys.held()[-1].key, algorithms=[ALGORITHM]))


@pytest.mark.parametrize("changes", [{"kid": "unknown"}, {"kid": None}, {"kid": ["x"]}, {"typ": "JWT"}, {"typ": None}])
def test_another_header_is_refused(tokens: SignedAccessTokens, keys: KeyFile, changes: dict[str, Any]) -> None:
    """An unknown key or kind of token, although our key signed it."""
    header, body, _ = _read(tokens.sign(claims_at(A_MONDAY)))
    header |= changes
    signed = f"{_part({name: value for name, value in header.items() if value is not None})}.{_part(body)}"
    private: Any = keys.held()[-1].key.private_key
    _refused(tokens, f"{signed}.{_part(private.sign(signed.encode()))}")


def test_a_key_that_the_token_brings_is_not_used(tokens: SignedAccessTokens) -> None:
    """Its own key in the header, under our key's id; another curve's key; another key."""
    header, body, _ = _read(tokens.sign(claims_at(A_MONDAY)))
    stranger = OKPKey.generate_key("Ed25519")
    brought = {**header, "jwk": stranger.as_dict(private=False)}
    for given in (header, brought):
        _refused(tokens, jwt.encode(given, body, stranger, algorithms=[ALGORITHM]))
    elliptic = ECKey.generate_key("P-256")
    _refused(tokens, jwt.encode({**header, "alg": "ES256"}, body, elliptic, algorithms=["ES256"]))


def test_an_altered_token_is_refused(tokens: SignedAccessTokens) -> None:
    """One sign of the body or signature changed, a part missing or added, no JSON inside."""
    token = tokens.sign(claims_at(A_MONDAY))
    header, body, signature = token.split(".")
    altered = _part({**_read(token)[1], "sub": "another"})
    for forged in (
        f"{header}.{altered}.{signature}",
        f"{header}.{body}.{_part(b'x' * 64)}",
        f"{header}.{body}",
        f"{token}.{signature}",
        f"{header}.{body}.",
        f"{_part(b'{')}.{body}.{signature}",
        f"{_part([])}.{body}.{signature}",
        f"{_part(b'[' * 5000)}.{body}.{signature}",
    ):
        _refused(tokens, forged)


def test_clocks_may_be_half_a_minute_apart(tokens: SignedAccessTokens) -> None:
    """And not more."""
    token = tokens.sign(claims_at(A_MONDAY))
    for seconds in (-30, 329):
        tokens.verify(token, A_MONDAY + timedelta(seconds=seconds))
    for seconds in (-31, 330):
        with pytest.raises(NotAuthenticated):
            tokens.verify(token, A_MONDAY + timedelta(seconds=seconds))


def test_a_token_whose_signature_is_known_ends_all_the_same(tokens: SignedAccessTokens) -> None:
    """What is remembered of a token is who signed it, never that it counts."""
    token = tokens.sign(claims_at(A_MONDAY))
    claims = tokens.verify(token, NOW)
    with pytest.raises(NotAuthenticated):
        tokens.verify(token, claims.expires_at + timedelta(minutes=1))
    assert tokens.verify(token, NOW) == claims


def test_no_other_token_gains_by_one_that_is_known(tokens: SignedAccessTokens) -> None:
    """The same words under another signature are refused after the right one was seen, too."""
    token = tokens.sign(claims_at(A_MONDAY))
    tokens.verify(token, NOW)
    said, _, signature = token.rpartition(".")
    _refused(tokens, f"{said}.{signature[::-1]}")
