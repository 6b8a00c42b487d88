"""The port that puts papers on pages."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from marketplace_core.domain.papers import ReceiptPaper, StatementPaper


class Documents(Protocol):
    """Makes PDF files: texts stand in them as they were written, whatever they look like.

    The same paper gives the same bytes.
    """

    @abstractmethod
    def receipt(self, paper: ReceiptPaper) -> bytes:
        """A receipt on a page."""

    @abstractmethod
    def statement(self, paper: StatementPaper) -> bytes:
        """A statement of account over as many pages as it takes, its head on each."""
