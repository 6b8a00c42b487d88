"""What everything that makes and checks credentials must do."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from marketplace_core.domain.access import Action
from marketplace_core.domain.identifiers import ClientId
from marketplace_core.domain.identity.access_claims import AccessClaims
from marketplace_core.errors import NotAuthenticated
from marketplace_core.ports.identity.access_tokens import AccessTokens
from marketplace_core.ports.identity.passwords import Passwords
from marketplace_core.ports.identity.tokens import Tokens
from marketplace_core.testing.clocks import A_MONDAY

_SHORTEST = 43
"""Of 256 bits in base64 without padding."""


class PasswordsContract:
    """Needs a fixture ``passwords``."""

    @pytest.fixture
    def passwords(self) -> Passwords:
        """Override me."""
        raise NotImplementedError("give a fixture `passwords`")

    def test_only_the_password_fits(self, passwords: Passwords) -> None:
        """Not another one, not one that begins alike, however long."""
        kept = passwords.hash("nyumba ya pili, mlango wa bluu")
        assert passwords.verify(kept, "nyumba ya pili, mlango wa bluu")
        assert not passwords.verify(kept, "nyumba ya pili, mlango wa blu")
        assert not passwords.verify(kept, "")
        long = passwords.hash("x" * 127 + "y")
        assert not passwords.verify(long, "x" * 128)

    def test_two_hashes_of_a_password_differ(self, passwords: Passwords) -> None:
        """Each has a salt, and none holds the password."""
        one, two = (passwords.hash("nyumba ya pili, mlango wa bluu") for _ in range(2))
        assert one != two
        assert "nyumba" not in one + two

    def test_no_hash_fits_nothing(self, passwords: Passwords) -> None:
        """Where a user has no password, no password fits, not even none."""
        assert not passwords.verify("", "")
        assert not passwords.verify("", "nyumba ya pili")

    def test_a_hash_just_made_needs_no_other(self, passwords: Passwords) -> None:
        """It was made with as much work as is asked for."""
        assert not passwords.needs_rehash(passwords.hash("nyumba ya pili"))


class TokensContract:
    """Needs a fixture ``tokens``."""

    @pytest.fixture
    def tokens(self) -> Tokens:
        """Override me."""
        raise NotImplementedError("give a fixture `tokens`")

    def test_no_secret_comes_twice(self, tokens: Tokens) -> None:
        """A thousand are a thousand, long enough and fit for an address and a header."""
        found = {tokens.new_secret() for _ in range(1000)}
        assert len(found) == 1000
        assert all(len(it) >= _SHORTEST and it.replace("-", "").replace("_", "").isalnum() for it in found)
        assert all(it.isascii() for it in found)


class AccessTokensContract:
    """Needs a fixture ``access_tokens``."""

    @pytest.fixture
    def access_tokens(self) -> AccessTokens:
        """Override me."""
        raise NotImplementedError("give a fixture `access_tokens`")

    def test_a_token_says_what_was_signed(self, access_tokens: AccessTokens) -> None:
        """To the second and the scope."""
        claims = claims_at(A_MONDAY)
        assert access_tokens.verify(access_tokens.sign(claims), A_MONDAY + timedelta(seconds=1)) == claims

    @pytest.mark.parametrize("seconds", [331, 3600, -31, -3600])
    def test_a_token_out_of_its_time_is_refused(self, access_tokens: AccessTokens, seconds: int) -> None:
        """After it expired and before it was issued, with no more than half a minute of grace for clocks."""
        token = access_tokens.sign(claims_at(A_MONDAY))
        with pytest.raises(NotAuthenticated):
            access_tokens.verify(token, A_MONDAY + timedelta(seconds=seconds))

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "..", "é.é.é", "Bearer a.b.c", "a" * 100_000])
    def test_garbage_is_refused(self, access_tokens: AccessTokens, token: str) -> None:
        """As not authenticated, never as another error."""
        with pytest.raises(NotAuthenticated):
            access_tokens.verify(token, A_MONDAY)


def claims_at(at: datetime, seconds: int = 300) -> AccessClaims:
    """What a token of a client says that was issued at an instant."""
    scopes = frozenset([Action.READ_LEASE, Action.BILL])
    return AccessClaims(ClientId("sync"), scopes, "jwt_1", at, at + timedelta(seconds=seconds))
