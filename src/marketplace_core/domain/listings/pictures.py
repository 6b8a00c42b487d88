"""What counts as a picture, and what it is called: told by its first bytes, whatever it came as."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from marketplace_core.domain.listings.listing import Picture
from marketplace_core.errors import InvalidInput

MOST_BYTES: Final = 10_000_000
_JPEG: Final = b"\xff\xd8\xff"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_RIFF: Final = b"RIFF"
_WEBP: Final = b"WEBP"
"""After the length that follows ``_RIFF``: sounds and films begin like it, too."""


def picture_of(content: bytes, caption: str = "") -> Picture:
    """The picture that bytes are; ``InvalidInput`` where they are no JPEG, PNG or WebP, or too many.

    >>> picture_of(b"GIF89a")
    Traceback (most recent call last):
    ...
    marketplace_core.errors.InvalidInput: the file is no JPEG, PNG or WebP: give the picture as one of these
    """
    if len(content) > MOST_BYTES:
        raise InvalidInput(f"the picture has {len(content)} bytes: give one of {MOST_BYTES} at most")
    suffix = _suffix_of(content)
    if suffix is None:
        raise InvalidInput("the file is no JPEG, PNG or WebP: give the picture as one of these")
    return Picture(sha256(content).hexdigest(), suffix, caption)


def _suffix_of(content: bytes) -> str | None:
    if content.startswith(_JPEG):
        return "jpg"
    if content.startswith(_PNG):
        return "png"
    return "webp" if content.startswith(_RIFF) and content[8:12] == _WEBP else None
