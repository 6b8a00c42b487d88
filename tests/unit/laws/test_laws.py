"""The laws of the books over the books in memory."""

import pytest

from marketplace_core.testing.laws import LawSuite
from marketplace_core.testing.life import BookStore
from marketplace_core.testing.memory import MemoryBooks

pytestmark = pytest.mark.laws


class TestLawsOfMemoryBooks(LawSuite):
    """The shipped laws over the books in memory."""

    @pytest.fixture
    def store(self) -> BookStore:
        """Give empty books."""
        return self.new_store()

    def new_store(self) -> BookStore:
        """Give empty books."""
        return MemoryBooks()
