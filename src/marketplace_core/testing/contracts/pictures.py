"""What every keeper of pictures must do."""

from __future__ import annotations

from functools import partial
from hashlib import sha256

import pytest

from marketplace_core.domain.listings.listing import Picture
from marketplace_core.domain.listings.pictures import MOST_BYTES
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.ports.listings.pictures import Pictures
from marketplace_core.testing.contracts.base import at_once

JPEG = b"\xff\xd8\xff\xe0 a house"
PNG = b"\x89PNG\r\n\x1a\n a kitchen"
WEBP = b"RIFF\x10\x00\x00\x00WEBP a view"


class PicturesContract:
    """Needs a fixture ``pictures``: a fresh, empty keeper for each test, safe for eight threads."""

    @pytest.fixture
    def pictures(self) -> Pictures:
        """Override me."""
        raise NotImplementedError("give a fixture `pictures` that returns a fresh, empty keeper")

    @pytest.mark.parametrize(("content", "suffix"), [(JPEG, "jpg"), (PNG, "png"), (WEBP, "webp")])
    def test_a_picture_is_kept_by_its_digest(self, pictures: Pictures, content: bytes, suffix: str) -> None:
        """Its name is its digest and its kind, told by its bytes; it comes back byte by byte."""
        kept = pictures.keep(content, "The house")
        assert kept == Picture(sha256(content).hexdigest(), suffix, "The house")
        assert pictures.content(kept.name) == content

    def test_the_same_picture_is_one(self, pictures: Pictures) -> None:
        """Whatever is said below it, and by whomever it is kept at the same moment."""
        kept = at_once([partial(pictures.keep, JPEG, f"by {number}") for number in range(8)])
        assert {it.name for it in kept if isinstance(it, Picture)} == {f"{sha256(JPEG).hexdigest()}.jpg"}
        assert [it.caption for it in kept if isinstance(it, Picture)] == [f"by {number}" for number in range(8)]
        assert pictures.content(pictures.keep(JPEG).name) == JPEG

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"GIF89a",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"<html>",
            b"\xff\xd8",
            b"RIFF\x10\x00\x00\x00WAVE",
        ],
    )
    def test_what_is_no_picture_is_refused(self, pictures: Pictures, content: bytes) -> None:
        """Also what begins like one and is none, such as a sound."""
        with pytest.raises(InvalidInput):
            pictures.keep(content)

    def test_a_picture_has_a_bound(self, pictures: Pictures) -> None:
        """One of just so many bytes is kept, one byte more is not."""
        largest = JPEG.ljust(MOST_BYTES, b"x")
        assert pictures.content(pictures.keep(largest).name) == largest
        with pytest.raises(InvalidInput, match=str(MOST_BYTES)):
            pictures.keep(largest + b"x")

    @pytest.mark.parametrize(
        "name",
        [
            "",
            ".",
            "..",
            "../secret.jpg",
            "/etc/passwd",
            "a/../../b.png",
            f"{'0' * 64}.jpg",
            f"{'0' * 64}.jpg/..",
            "x\0.jpg",
        ],
    )
    def test_what_was_not_kept_is_not_found(self, pictures: Pictures, name: str) -> None:
        """Whatever it is called: a name is no path."""
        pictures.keep(JPEG)
        with pytest.raises(NotFound):
            pictures.content(name)

    def test_a_kind_is_part_of_the_name(self, pictures: Pictures) -> None:
        """The right digest with another kind is no picture's name."""
        kept = pictures.keep(JPEG)
        with pytest.raises(NotFound):
            pictures.content(f"{kept.digest}.png")
