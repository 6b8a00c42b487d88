"""The books in memory keep every promise that a store of books makes."""

import pytest

from marketplace_core.testing.contracts import BookStoreContract, PublicListingsContract
from marketplace_core.testing.life import BookStore
from marketplace_core.testing.memory import MemoryBooks


class TestMemoryBooks(BookStoreContract):
    """The shipped suite over the books in memory."""

    @pytest.fixture
    def store(self) -> BookStore:
        """Give empty books."""
        return MemoryBooks()


class TestMemoryPublicListings(PublicListingsContract):
    """The same for what the public sees."""

    @pytest.fixture
    def store(self) -> BookStore:
        """Give empty books."""
        return MemoryBooks()
