"""A folder and the memory keep every promise of the port of pictures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from marketplace_adapters.pictures import FolderPictures
from marketplace_core.errors import IntegrityBroken, NotFound, StorageFull, StoreUnavailable
from marketplace_core.ports.listings.pictures import Pictures
from marketplace_core.testing.contracts import PicturesContract
from marketplace_core.testing.contracts.pictures import JPEG, PNG
from marketplace_core.testing.portal.pictures import MemoryPictures


class TestMemoryPictures(PicturesContract):
    """The shipped suite over the memory."""

    @pytest.fixture
    def pictures(self) -> Pictures:
        """Give an empty one."""
        return MemoryPictures()


class TestFolderPictures(PicturesContract):
    """The shipped suite over a folder that is not there yet."""

    @pytest.fixture
    def pictures(self, tmp_path: Path) -> Pictures:
        """Give one over a new folder; a secret lies beside it."""
        (tmp_path / "secret.jpg").write_bytes(JPEG)
        return FolderPictures(tmp_path / "kept" / "pictures")


def files_of(folder: Path) -> list[str]:
    """The names of all files."""
    return sorted(it.name for it in folder.rglob("*") if it.is_file())


def test_a_write_that_breaks_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a file of that name nor one beside it; a full disk is told as such."""
    pictures = FolderPictures(tmp_path)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StorageFull):
            pictures.keep(JPEG)
    assert files_of(tmp_path) == []
    kept = pictures.keep(JPEG)
    assert files_of(tmp_path) == [kept.name]


def test_a_picture_that_is_there_is_not_written_again(tmp_path: Path) -> None:
    """Its file stays the one that it was."""
    pictures = FolderPictures(tmp_path)
    path = tmp_path / "*" / pictures.keep(JPEG).name
    (file,) = tmp_path.glob(str(path.relative_to(tmp_path)))
    before = file.stat().st_ino
    pictures.keep(JPEG)
    pictures.keep(PNG)
    assert file.stat().st_ino == before


def test_a_file_that_was_altered_is_not_shown(tmp_path: Path) -> None:
    """It is told, and keeping the picture again mends it."""
    pictures = FolderPictures(tmp_path)
    kept = pictures.keep(JPEG)
    (file,) = tmp_path.glob(f"*/{kept.name}")
    for altered in (b"", JPEG[:-1], JPEG[:-1] + b"x"):
        file.write_bytes(altered)
        with pytest.raises(IntegrityBroken, match=kept.name):
            pictures.content(kept.name)
        pictures.keep(JPEG)
        assert pictures.content(kept.name) == JPEG


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    """Where a file stands in its place nothing is kept; nothing was there to be found."""
    (tmp_path / "file").write_text("x")
    pictures = FolderPictures(tmp_path / "file")
    with pytest.raises(StoreUnavailable, match="folder"):
        pictures.keep(JPEG)
    with pytest.raises((StoreUnavailable, NotFound)):
        pictures.content(f"{'0' * 64}.jpg")
