"""Pictures where the portal shows them from: a folder, which may be a mounted one."""

from __future__ import annotations

import tempfile
from pathlib import Path

from marketplace_core.domain.listings.listing import Picture
from marketplace_core.errors import ConfigurationError, PartnerUnavailable

_READABLE = 0o644


def placed(folder: Path | None, picture: Picture, content: bytes) -> None:
    """Put a picture there under the name of its digest, whole or not at all; one that is there is left as it is.

    ConfigurationError where no folder is set, PartnerUnavailable where it cannot be written.
    """
    if folder is None:
        raise ConfigurationError(
            "cocorico.images is not set: name the folder from which the portal shows the pictures of listings"
        )
    target = folder / picture.name
    try:
        if target.exists() and target.stat().st_size == len(content):
            return
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".unfinished-", delete=False) as unfinished:
            path = Path(unfinished.name)
            try:
                unfinished.write(content)
                unfinished.flush()
                path.chmod(_READABLE)
                path.replace(target)
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    except OSError as problem:
        raise PartnerUnavailable(
            f"the pictures' folder {folder} cannot be written ({problem.strerror}): look at cocorico.images"
        ) from problem
