"""Where pictures go, without a database: what is wrong there names the setting as an operator writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketplace_adapters.cocorico.pictures import placed
from marketplace_core.domain.listings.listing import Picture
from marketplace_core.errors import ConfigurationError, PartnerUnavailable
from marketplace_entrypoints.settings import names

PICTURE = Picture("ab" * 32, "png")


def test_a_folder_that_is_missing_names_the_setting_that_there_is(tmp_path: Path) -> None:
    """``cocorico.images``, both where it is not set and where nothing can be written."""
    assert "cocorico_images" in names()
    with pytest.raises(ConfigurationError, match=r"cocorico\.images is not set"):
        placed(None, PICTURE, b"picture")
    with pytest.raises(PartnerUnavailable, match=r"cannot be written .*: look at cocorico\.images"):
        placed(tmp_path / "nowhere", PICTURE, b"picture")
