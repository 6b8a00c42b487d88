"""Pictures in a folder by their digests: a file appears whole, under a name that nobody outside chooses."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Final

from typing_extensions import override

from marketplace_core.domain.listings.listing import Picture
from marketplace_core.domain.listings.pictures import picture_of
from marketplace_core.errors import IntegrityBroken, NotFound, StorageFull, StoreUnavailable
from marketplace_core.ports.listings.pictures import Pictures

_NAME: Final = re.compile(r"[0-9a-f]{64}\.(jpg|png|webp)")
_FULL: Final = frozenset([errno.ENOSPC, errno.EDQUOT])


class FolderPictures(Pictures):
    """Safe for many threads and processes: two who keep one picture write the same file, one over the other.

    Files lie in 256 folders by the first two digits, so that none grows long.
    """

    def __init__(self, folder: Path) -> None:
        """Keep pictures there; the folder is made when the first is kept."""
        self._folder = folder

    @override
    def keep(self, content: bytes, caption: str = "") -> Picture:
        picture = picture_of(content, caption)
        with _only_ours():
            path = self._path(picture.name)
            if not _holds(path, content):
                _write_whole(path, content)
        return picture

    @override
    def content(self, name: str) -> bytes:
        if not _NAME.fullmatch(name):
            raise NotFound(f"there is no picture {name[:80]!r}")
        with _only_ours():
            try:
                found = self._path(name).read_bytes()
            except FileNotFoundError as error:
                raise NotFound(f"there is no picture {name!r}") from error
        if sha256(found).hexdigest() != name.partition(".")[0]:
            raise IntegrityBroken(f"picture {name} is not what was kept: keep it again, or restore the folder")
        return found

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except FileNotFoundError:
        return False


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file beside and rename it: who reads sees nothing of it or all, also after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    for folder in (path.parent, path.parent.parent):
        _settle(folder)


def _settle(folder: Path) -> None:
    """Let the folder's entries outlast a loss of power."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _only_ours() -> Generator[None]:
    """Let only errors of ours out of a block that speaks to the file system."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull("the disk of the pictures' folder is full: free some space and try again") from error
        raise StoreUnavailable(
            f"the pictures' folder cannot be read or written ({error.strerror}): does it exist, and is it this user's?"
        ) from error
