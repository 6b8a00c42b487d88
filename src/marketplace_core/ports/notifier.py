"""The port that sends messages to people."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from attrs import field, frozen


@frozen
class Message:
    """A plain text to one address; the text may hold a token, so ``repr`` shows neither.

    ``kind`` names why it is sent, such as ``invitation``, for counting and for choosing a channel.
    """

    kind: str
    recipient: str = field(repr=False)
    subject: str
    text: str = field(repr=False)


class Notifier(Protocol):
    """Sends messages, or takes them to be sent."""

    @abstractmethod
    def send(self, message: Message) -> None:
        """Hand a message over.

        ``Unavailable`` where another try may do, ``InvalidInput`` where the address or message is refused for good,
        ``ConfigurationError`` where nothing can be sent from here.
        """
