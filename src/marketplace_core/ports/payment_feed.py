"""Where payments are read from: a statement file of a provider or bank."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import BinaryIO, Protocol

from marketplace_core.domain.feed import FeedRow
from marketplace_core.domain.payment import CollectionAccount


class PaymentFeed(Protocol):
    """Reads one format of statements; holds no state between files and touches no store."""

    @abstractmethod
    def read(self, content: BinaryIO, account: CollectionAccount, file: str) -> Iterator[FeedRow]:
        """The file's rows in their order, as a stream: what it holds is never all in memory.

        ``content`` needs ``read`` and ``readline`` only; ``file`` is the name that messages give. A row that
        cannot be taken comes as ``Rejected`` and the stream goes on: the caller decides whether to. Signs of
        missing rows come as ``Caution``.

        Raises:
            InvalidInput: while iterating, where the file as a whole cannot be read: it is empty, another
                format, of another collection account or above the size bound.
        """
        ...
