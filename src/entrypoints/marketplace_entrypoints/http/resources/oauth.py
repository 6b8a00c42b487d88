"""OAuth 2 client credentials for services, and the keys that their tokens are checked by."""

from __future__ import annotations

import base64
import binascii
import json
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from marketplace_core.errors import InvalidInput, NotAuthenticated
from marketplace_entrypoints.http.operation import Answer, Call, Form, Public, operation
from marketplace_entrypoints.http.shapes.identity import OAuthError, OAuthToken

_GRANT_TYPE = "client_credentials"
_REFUSED = (HTTPStatus.BAD_REQUEST, OAuthError), (HTTPStatus.UNAUTHORIZED, OAuthError)


@operation(
    "POST",
    "/oauth/token",
    Public("the client's id and secret are the credentials"),
    answers=OAuthToken,
    body=Form,
    also=_REFUSED,
    refuses=(HTTPStatus.TOO_MANY_REQUESTS,),
)
def issue_token(call: Call[Any, Form]) -> Answer:
    """A short access token for a client's id and secret (RFC 6749, client credentials)."""
    given = call.body.fields
    if given.get("grant_type") != _GRANT_TYPE:
        return _refused("unsupported_grant_type", f"grant_type must be {_GRANT_TYPE}")
    try:
        client_id, secret = _credentials(call)
        issue = call.parts.identity.issue_access_token()
        issued = issue(client_id, secret, given.get("scope", "").split(), call.now, address=call.address)
    except NotAuthenticated as problem:
        told = OAuthError("invalid_client", str(problem))
        return Answer(told, HTTPStatus.UNAUTHORIZED, headers=(("WWW-Authenticate", 'Basic realm="token"'),))
    except InvalidInput as problem:
        return _refused("invalid_scope", str(problem))
    scope = " ".join(issued.scopes)
    return Answer(OAuthToken(issued.access_token, "Bearer", issued.expires_in, scope))


@operation("GET", "/.well-known/jwks.json", Public("public keys are for whoever checks tokens"), answers=None)
def read_keys(call: Call[Any, Any]) -> Answer:
    """The public keys by which access tokens are checked (RFC 7517)."""
    return Answer(json.dumps(call.parts.identity.access_tokens().public_keys()).encode())


def _credentials(call: Call[Any, Form]) -> tuple[str, str]:
    """The client's id and secret, of the Authorization header or of the form, not of both."""
    given = call.body.fields
    in_form = "client_id" in given and "client_secret" in given
    authorization = call.headers.get("authorization", "")
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        if not in_form or authorization:
            raise NotAuthenticated("send the client's id and secret, by Basic authentication or in the form")
        return given["client_id"], given["client_secret"]
    if "client_secret" in given:
        raise NotAuthenticated("send the client's secret once: by Basic authentication or in the form")
    try:
        client_id, sign, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        sign = client_id = secret = ""
    if not sign:
        raise NotAuthenticated("the Authorization header is no Basic authentication")
    return unquote(client_id), unquote(secret)


def _refused(error: str, description: str) -> Answer:
    return Answer(OAuthError(error, description), HTTPStatus.BAD_REQUEST)
