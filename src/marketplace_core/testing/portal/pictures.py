"""Pictures kept in memory."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from typing_extensions import override

from marketplace_core.domain.listings.listing import Picture
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.ports.listings.pictures import Pictures

_SUFFIX_OF: Final = ((b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"RIFF", "webp"))
MOST_BYTES: Final = 10_000_000


class MemoryPictures(Pictures):
    """Pictures by the names of their files."""

    def __init__(self) -> None:
        """Begin with none."""
        self._contents: dict[str, bytes] = {}

    @override
    def keep(self, content: bytes, caption: str = "") -> Picture:
        suffix = next((suffix for begins, suffix in _SUFFIX_OF if content.startswith(begins)), None)
        if suffix is None or len(content) > MOST_BYTES:
            raise InvalidInput(f"a picture is a JPEG, PNG or WebP of at most {MOST_BYTES} bytes")
        picture = Picture(sha256(content).hexdigest(), suffix, caption)
        self._contents[picture.name] = content
        return picture

    @override
    def content(self, name: str) -> bytes:
        found = self._contents.get(name)
        if found is None:
            raise NotFound(f"there is no picture {name[:80]}")
        return found
