"""Sessions of people: sign in and out, passwords, invitations."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from marketplace_core.domain.identifiers import UserId
from marketplace_core.errors import NotPermitted
from marketplace_core.services.identity.sign_in import NewSession
from marketplace_entrypoints.http.identity import csrf_token, session_cookie
from marketplace_entrypoints.http.operation import Answer, Call, Public, SignedIn, operation
from marketplace_entrypoints.http.shapes.identity import (
    EmailBody,
    Me,
    PasswordBody,
    RoleShape,
    SessionShape,
    SignInBody,
    TokenBody,
)

_OWN: Final = SignedIn("it is about the caller's own session or password")
_MANY: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY)


@operation(
    "POST",
    "/api/session",
    Public("nobody is signed in before; attempts are limited by account and address"),
    answers=SessionShape,
    body=SignInBody,
    status=HTTPStatus.CREATED,
    refuses=_MANY,
)
def sign_in(call: Call[Any, SignInBody]) -> Answer:
    """Sign in: the session comes as a cookie."""
    begun = call.parts.identity.sign_in()(
        call.body.email, call.body.password, call.address, call.now, old_token=call.session_token or None
    )
    return _begun(begun, call.now)


@operation("GET", "/api/session", SignedIn("it tells the caller about themselves"), answers=Me)
def read_session(call: Call[Any, Any]) -> Answer:
    """Who asks, with every role held, and the token that a session's writes need."""
    roles = tuple(RoleShape(it.role, it.portfolio_id) for it in call.actor.grants)
    token = csrf_token(call.session_token) if call.session_token else None
    return Answer(Me(call.actor.name, call.user_id, token, roles))


@operation("DELETE", "/api/session", _OWN, answers=None, status=HTTPStatus.NO_CONTENT)
def sign_out(call: Call[Any, Any]) -> Answer:
    """Sign out: the session ends."""
    if call.session_token:
        call.parts.identity.sign_out()(call.session_token)
    return Answer(None, HTTPStatus.NO_CONTENT, headers=(("Set-Cookie", session_cookie("", 0)),))


@operation("POST", "/api/session/end-others", _OWN, answers=None, status=HTTPStatus.NO_CONTENT)
def end_other_sessions(call: Call[Any, Any]) -> Answer:
    """End every other session of the caller."""
    call.parts.identity.end_other_sessions()(_user(call), call.session_token)
    return Answer(None, HTTPStatus.NO_CONTENT)


@operation(
    "POST",
    "/api/password",
    _OWN,
    answers=SessionShape,
    body=PasswordBody,
    status=HTTPStatus.CREATED,
    refuses=(HTTPStatus.TOO_MANY_REQUESTS,),
)
def change_password(call: Call[Any, PasswordBody]) -> Answer:
    """Change the caller's password: every session ends, and a new one begins."""
    command = call.identity_command("user.password")
    change = call.parts.identity.change_password()
    return _begun(change(command, _user(call), call.body.old, call.body.new), call.now)


@operation(
    "POST",
    "/api/password-resets",
    Public("who forgot the password cannot sign in; the answer is always the same"),
    answers=None,
    body=EmailBody,
    status=HTTPStatus.ACCEPTED,
    refuses=(HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def request_password_reset(call: Call[Any, EmailBody]) -> Answer:
    """Ask for a link to choose a new password; the answer does not tell whether the address is known."""
    call.parts.identity.request_password_reset()(call.body.email, call.address, call.now)
    return Answer(None, HTTPStatus.ACCEPTED)


@operation(
    "POST",
    "/api/password-resets/complete",
    Public("the token of the letter is the credential"),
    answers=None,
    body=TokenBody,
    status=HTTPStatus.NO_CONTENT,
    refuses=_MANY,
)
def reset_password(call: Call[Any, TokenBody]) -> Answer:
    """Choose a new password with the token of a letter; every session ends."""
    call.parts.rates.require("tokens", call.address, call.now)
    call.parts.identity.reset_password()(call.body.token, call.body.password, call.now)
    return Answer(None, HTTPStatus.NO_CONTENT)


@operation(
    "POST",
    "/api/invitations/accept",
    Public("the token of the letter is the credential"),
    answers=SessionShape,
    body=TokenBody,
    status=HTTPStatus.CREATED,
    refuses=_MANY,
)
def accept_invitation(call: Call[Any, TokenBody]) -> Answer:
    """Turn an invitation into a login by choosing a password; a session begins."""
    call.parts.rates.require("tokens", call.address, call.now)
    accept = call.parts.identity.accept_invitation()
    return _begun(accept(call.body.token, call.body.password, call.now), call.now)


def _user(call: Call[Any, Any]) -> UserId:
    if call.user_id is None:
        raise NotPermitted("a service has no password and no sessions: this is for people")
    return UserId(call.user_id)


def _begun(it: NewSession, now: datetime) -> Answer:
    cookie = session_cookie(it.token, int((it.expires_at - now).total_seconds()))
    told = SessionShape(it.user.user_id, csrf_token(it.token), it.expires_at)
    return Answer(told, HTTPStatus.CREATED, headers=(("Set-Cookie", cookie),))
