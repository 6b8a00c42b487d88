"""What the bytes of a picture say of it: its kind by its first bytes, its name by its digest."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from marketplace_core.domain.listings.listing import Picture
from marketplace_core.errors import InvalidInput

MOST_PICTURE_BYTES: Final = 10_000_000
_JPEG: Final = b"\xff\xd8\xff"
_PNG: Final = b"\x89PNG\r\n\x1a\n"


def picture_of(content: bytes, caption: str = "") -> Picture:
    """The picture of these bytes; ``InvalidInput`` where they are no JPEG, PNG or WebP, or too many."""
    if len(content) > MOST_PICTURE_BYTES:
        raise InvalidInput(f"the picture has {len(content)} bytes: {MOST_PICTURE_BYTES} are kept at most")
    return Picture(sha256(content).hexdigest(), _suffix(content), caption)


def _suffix(content: bytes) -> str:
    if content.startswith(_JPEG):
        return "jpg"
    if content.startswith(_PNG):
        return "png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    raise InvalidInput("these bytes are no picture that is shown: send a JPEG, PNG or WebP")
