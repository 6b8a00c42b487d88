"""People who sign in: invite, give and take roles, let in and out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from getpass import getpass
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from marketplace_core.domain.identifiers import UserId
from marketplace_core.domain.identity.emails import normalised_email
from marketplace_core.domain.identity.users import User
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.ports.notifier import Message, Notifier
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.failures import Refused
from marketplace_entrypoints.cli.identity import (
    RoleMeant,
    ShownLetters,
    grant_words,
    identities_of,
    identity_act,
    operator,
    plain_user,
)
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Where
from marketplace_entrypoints.cli.session import Session, opened

if TYPE_CHECKING:
    from marketplace_entrypoints.composition_identity import IdentityContainer

app = group("users", "People who sign in: invite, give and take roles, let in and out.")


@app.default
@app.command(name="list")
def list_users(*, where: Where = HERE) -> int:
    """Every user with their roles; of one portfolio, with those in it."""
    with opened(where) as here:
        own = here.portfolio_id if where.portfolio else None
        found = list(_use_cases(here).list_users()(operator(here, PLAINLY), own))
        shown = [it for user in found for it in _rows(user, own)]
        return here.answer(
            {"users": [plain_user(it) for it in found]},
            table(("user", "address", "name", "status", "role", "grant"), shown),
        )


@app.command(name="invite")
def invite(
    email: str,
    *,
    role: RoleMeant,
    name: Annotated[str, Parameter(help="What they are called.")] = "",
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Give somebody a login with a role; they choose their password by mail, or by the code that is shown."""
    with opened(where, may_begin=True) as here:
        shown = None if here.settings.smtp_host else ShownLetters()
        invite_user = _use_cases(here, shown).invite_user()
        command = identity_act(here, act, "user.invite")
        user = invite_user(command, operator(here, act), email, name, role.grant(here), dry_run=act.dry_run)
        letters = shown.letters if shown else []
        told = {**plain_user(user), "letters": [it.text for it in letters], "dry_run": act.dry_run}
        verb = "Would invite" if act.dry_run else "Invited"
        return here.answer(told, f"{verb} {user.email} as {_roles(user)}: user {user.user_id}", *_shown(letters))


@app.command(name="grant")
def grant(user: str, *, role: RoleMeant, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Give a user a role, from their next request on; the same one in another extent replaces it."""
    with opened(where) as here:
        command = identity_act(here, act, "user.grant")
        given = role.grant(here)
        done = _use_cases(here).grant_role()(
            command, operator(here, act), _user(here, user).user_id, given, dry_run=act.dry_run
        )
        words = f"{_verb(act, 'grant')} {done.email}: {grant_words(given)}"
        return here.answer({**plain_user(done), "dry_run": act.dry_run}, words)


@app.command(name="revoke")
def revoke(user: str, grant_id: str, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Take a role from a user, by its id as users list shows it, from their next request on."""
    with opened(where) as here:
        command = identity_act(here, act, "user.revoke")
        done = _use_cases(here).revoke_role()(
            command, operator(here, act), _user(here, user).user_id, grant_id, dry_run=act.dry_run
        )
        words = f"{_verb(act, 'revoke')} {grant_id} of {done.email}; left: {_roles(done)}"
        return here.answer({**plain_user(done), "dry_run": act.dry_run}, words)


@app.command(name="disable")
def disable(user: str, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Let a user in no more; their sessions end."""
    with opened(where) as here:
        command = identity_act(here, act, "user.disable")
        done = _use_cases(here).disable_user()(
            command, operator(here, act), _user(here, user).user_id, dry_run=act.dry_run
        )
        return here.answer({**plain_user(done), "dry_run": act.dry_run}, f"{_verb(act, 'disable')} {done.email}")


@app.command(name="enable")
def enable(user: str, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Let a disabled user in again."""
    with opened(where) as here:
        command = identity_act(here, act, "user.enable")
        done = _use_cases(here).enable_user()(
            command, operator(here, act), _user(here, user).user_id, dry_run=act.dry_run
        )
        return here.answer({**plain_user(done), "dry_run": act.dry_run}, f"{_verb(act, 'enable')} {done.email}")


@app.command(name="erase")
def erase(user: str, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Empty a disabled user's name and address for good; their id and roles stay."""
    with opened(where) as here:
        here.require_reason(act, "erase")
        command = identity_act(here, act, "user.erase")
        found = _user(here, user)
        here.require_yes(act, f"Erase user {found.user_id} for good?")
        done = _use_cases(here).erase_user()(command, operator(here, act), found.user_id, dry_run=act.dry_run)
        words = f"{_verb(act, 'erase')} user {done.user_id}"
        return here.answer({**plain_user(done), "dry_run": act.dry_run}, words)


@app.command(name="set-password")
def set_password(user: str, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Give a user a password, asked for at the terminal or read from standard input; their sessions end."""
    with opened(where) as here:
        found = _user(here, user)
        password = _read_password()
        command = identity_act(here, act, "user.set_password")
        done = _use_cases(here).set_password()(command, found.user_id, password, dry_run=act.dry_run)
        words = f"{'Would set' if act.dry_run else 'Set'} the password of {done.email}; their sessions end"
        return here.answer({**plain_user(done), "dry_run": act.dry_run}, words)


@app.command(name="sessions")
def sessions(
    user: str,
    *,
    end: Annotated[bool, Parameter(negative=(), help="End them all.")] = False,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """A user's sessions: since when, last seen; or end them."""
    with opened(where) as here:
        found = _user(here, user)
        live = [it for it in identities_of(here).sessions_of(found.user_id) if it.epoch == found.epoch]
        if end and not act.dry_run:
            _use_cases(here).end_other_sessions()(found.user_id)
        limits = here.settings.session_limits
        told = {
            "user": found.user_id,
            "sessions": [
                {
                    "created_at": plain.instant(it.created_at),
                    "seen_at": plain.instant(it.seen_at),
                    "ends_at": plain.instant(it.ends_at(limits)),
                }
                for it in live
            ],
            "ended": end and not act.dry_run,
            "dry_run": act.dry_run,
        }
        words = f"{_verb(act, 'end')} {len(live)} sessions of {found.email}" if end else f"{len(live)} sessions"
        rows = ((it.created_at, it.seen_at, it.ends_at(limits)) for it in live)
        return here.answer(told, words, table(("since", "last seen", "ends"), rows))


def _use_cases(here: Session, notifier: Notifier | None = None) -> IdentityContainer:
    from marketplace_entrypoints.composition_identity import wired_identity

    return wired_identity(here.settings, here.store, notifier)


def _user(here: Session, text: str) -> User:
    """The user of an id or address."""
    users = identities_of(here)
    if "@" not in text:
        return users.user(UserId(text))
    found = users.user_by_email(normalised_email(text))
    if found is None:
        raise NotFound(f"nobody has the address {text[:80]}; see marketplace users list")
    return found


def _read_password() -> str:
    """A password that stands in no argument, history or list of processes."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise Refused("give the password on standard input: there is no terminal to ask at")
        return line
    password = getpass("New password: ")
    if getpass("The same again: ") != password:
        raise InvalidInput("the two are not the same; nothing was changed")
    return password


def _rows(user: User, portfolio_id: str | None) -> list[tuple[object, ...]]:
    held = [it for it in user.grants if portfolio_id is None or it.portfolio_id == portfolio_id]
    first = (user.user_id, user.email, user.name, user.status)
    if not held:
        return [(*first, "", "")]
    return [(*first, grant_words(it), it.grant_id) for it in held]


def _roles(user: User) -> str:
    return "; ".join(grant_words(it) for it in user.grants) or "no role"


def _shown(letters: Sequence[Message]) -> list[str]:
    """What no mail server takes is shown this once."""
    return [f"No mail server is set (smtp_host), so give them this yourself:\n\n{it.text}" for it in letters]


def _verb(act: Act, verb: str) -> str:
    past = f"{verb}d" if verb.endswith("e") else f"{verb}ed"
    return f"Would {verb}" if act.dry_run else past.capitalize()
