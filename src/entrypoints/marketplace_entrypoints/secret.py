"""Texts that must not show."""

from __future__ import annotations

from typing_extensions import override


class Secret:
    """A text that ``repr``, ``str``, logs and errors never show; ``reveal`` is for whoever needs it."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        """Hide the text."""
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __bool__(self) -> bool:
        """True where there is one."""
        return bool(self._text)

    @override
    def __repr__(self) -> str:
        return "Secret(***)" if self._text else "Secret()"

    @override
    def __str__(self) -> str:
        return "***" if self._text else ""
