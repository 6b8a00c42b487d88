"""Argon2id, random secrets and signed tokens keep every promise of their ports."""

from pathlib import Path

import pytest

from marketplace_core.ports.identity.access_tokens import AccessTokens
from marketplace_core.ports.identity.passwords import Passwords
from marketplace_core.ports.identity.tokens import Tokens
from marketplace_core.testing.contracts import AccessTokensContract, PasswordsContract, TokensContract

pytest.importorskip("argon2")
pytest.importorskip("joserfc")

from marketplace_adapters.credentials import ArgonPasswords, KeyFile, RandomTokens, SignedAccessTokens


class TestArgonPasswords(PasswordsContract):
    """The shipped suite over Argon2id, with as much work as in daily use."""

    @pytest.fixture
    def passwords(self) -> Passwords:
        """Give the hasher."""
        return ArgonPasswords()


class TestRandomTokens(TokensContract):
    """The shipped suite over random secrets."""

    @pytest.fixture
    def tokens(self) -> Tokens:
        """Give the maker."""
        return RandomTokens()


class TestSignedAccessTokens(AccessTokensContract):
    """The shipped suite over signed tokens."""

    @pytest.fixture
    def access_tokens(self, tmp_path: Path) -> AccessTokens:
        """Give a signer with a key of its own."""
        return SignedAccessTokens(KeyFile(tmp_path / "keys.json"), issuer="https://rent.example", audience="rent")
