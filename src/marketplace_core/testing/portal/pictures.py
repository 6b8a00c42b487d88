"""Pictures kept in memory."""

from __future__ import annotations

from typing_extensions import override

from marketplace_core.domain.listings.listing import Picture
from marketplace_core.domain.listings.pictures import picture_of
from marketplace_core.errors import NotFound
from marketplace_core.ports.listings.pictures import Pictures


class MemoryPictures(Pictures):
    """Pictures by the names of their files."""

    def __init__(self) -> None:
        """Begin with none."""
        self._contents: dict[str, bytes] = {}

    @override
    def keep(self, content: bytes, caption: str = "") -> Picture:
        picture = picture_of(content, caption)
        self._contents[picture.name] = content
        return picture

    @override
    def content(self, name: str) -> bytes:
        found = self._contents.get(name)
        if found is None:
            raise NotFound(f"there is no picture {name[:80]!r}")
        return found
