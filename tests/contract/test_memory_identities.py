"""Identities in memory, and the credentials of tests, keep every promise of their ports."""

import pytest

from marketplace_core.ports.identity.access_tokens import AccessTokens
from marketplace_core.ports.identity.identities import Identities
from marketplace_core.ports.identity.passwords import Passwords
from marketplace_core.ports.identity.tokens import Tokens
from marketplace_core.testing.contracts import (
    AccessTokensContract,
    IdentityStoreContract,
    PasswordsContract,
    TokensContract,
)
from marketplace_core.testing.identity import CountedTokens, MemoryIdentities, OpenAccessTokens, QuickPasswords


class TestMemoryIdentities(IdentityStoreContract):
    """The shipped suite over identities in memory."""

    @pytest.fixture
    def identities(self) -> Identities:
        """Give an empty store."""
        return MemoryIdentities()


class TestQuickPasswords(PasswordsContract):
    """The shipped suite over the hashes of tests."""

    @pytest.fixture
    def passwords(self) -> Passwords:
        """Give the hasher."""
        return QuickPasswords()


class TestCountedTokens(TokensContract):
    """The shipped suite over the secrets of tests."""

    @pytest.fixture
    def tokens(self) -> Tokens:
        """Give the maker."""
        return CountedTokens()


class TestOpenAccessTokens(AccessTokensContract):
    """The shipped suite over the access tokens of tests."""

    @pytest.fixture
    def access_tokens(self) -> AccessTokens:
        """Give the signer."""
        return OpenAccessTokens()
