"""Who was erased is nobody any more: no name, no way back in, and nothing in the log to guess by."""

from __future__ import annotations

import pytest
from attrs import evolve
from tests.unit.identity.conftest import ADMIN_HERE, ADMIN_THERE, EMAIL, OPERATOR, PASSWORD, Installation

from marketplace_core.domain.codec import canonical, digest
from marketplace_core.domain.identity.users import User
from marketplace_core.errors import IllegalTransition, InvalidInput, NotAuthenticated, NotFound
from marketplace_core.services.identity.erasing import EraseUser
from marketplace_core.services.identity.proof import verify_identities
from marketplace_core.services.identity.roles import ChangeUsers


def erase(here: Installation, user: User, actor: object = OPERATOR, *, why: str = "they asked") -> User:
    """Erase a user."""
    command = evolve(here.act("user.erase"), reason=why)
    return EraseUser(ChangeUsers(here.store), here.store)(command, actor, user.user_id)  # type: ignore[arg-type]


def gone(here: Installation) -> tuple[User, User]:
    """A user before and after the erasure."""
    user = here.active().user
    here.disable(here.act(), OPERATOR, user.user_id)
    erase(here, user)
    return user, here.store.user(user.user_id)


def test_no_name_address_password_or_salt_is_left(here: Installation) -> None:
    """The id and roles stay; the log proves itself, and without the salt its digest cannot be guessed."""
    before, after = gone(here)
    assert (after.email, after.name, after.password_hash, after.salt) == ("", "", "", "")
    assert after.grants == before.grants
    assert verify_identities(here.store).ok
    guess = digest(canonical(["", before.email, before.name]))
    assert guess not in str(list(here.store.identity_events()))


def test_nobody_comes_back_and_the_address_is_free(here: Installation) -> None:
    """Neither enabled nor signed in; an invitation to the address makes somebody new."""
    before, _ = gone(here)
    with pytest.raises(IllegalTransition, match="anew"):
        here.enable(here.act(), OPERATOR, before.user_id)
    with pytest.raises(NotAuthenticated):
        here.sign_in(EMAIL, PASSWORD, "127.0.0.1", here.now)
    assert here.invited().user_id != before.user_id


def test_again_changes_nothing(here: Installation) -> None:
    """No further link."""
    before, after = gone(here)
    links = len(list(here.store.identity_events()))
    assert erase(here, before) == after
    assert len(list(here.store.identity_events())) == links


def test_who_may_sign_in_is_not_erased(here: Installation) -> None:
    """They are disabled first; and a reason is said."""
    user = here.active().user
    with pytest.raises(IllegalTransition, match="disable"):
        erase(here, user)
    with pytest.raises(InvalidInput, match="why"):
        erase(here, user, why=" ")


def test_only_who_could_have_given_the_roles_erases(here: Installation) -> None:
    """An admin of the portfolio, not of another one."""
    user = here.active().user
    here.disable(here.act(), OPERATOR, user.user_id)
    with pytest.raises(NotFound):
        erase(here, user, ADMIN_THERE)
    assert erase(here, user, ADMIN_HERE).is_erased
