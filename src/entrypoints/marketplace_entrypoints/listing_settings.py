"""Settings of listings and of the portal of our own: what a listing needs, where pictures are, who may read it how."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from attrs import frozen

from marketplace_core.domain.listings.completeness import ListingRules
from marketplace_core.errors import ConfigurationError, InvalidInput

ANY_ORIGIN: Final = "*"
_LONGEST_SECONDS: Final = 3600


@frozen
class ListingSettings:
    """What is asked of a listing, and how the public reads it.

    ``locales``: each needs a text. ``pictures``: how many are needed at least. ``point``: the place needs a point on
    the map. ``categories``: those that there are; none for any. ``folder``: where pictures are kept; in the data folder
    where it is empty. ``origins``: origins of pages that may call ``/portal`` from browsers, ``*`` for any; no
    credentials are ever taken there. ``max_age``: seconds that others may keep an answer of ``/portal``; ``cache``:
    seconds that this process keeps one, 0 for never; ``cached``: how many it keeps.
    """

    locales: tuple[str, ...] = ("en",)
    pictures: int = 1
    point: bool = True
    categories: tuple[str, ...] = ()
    folder: str = ""
    origins: tuple[str, ...] = ()
    max_age: int = 60
    cache: int = 5
    cached: int = 500

    def __attrs_post_init__(self) -> None:
        """Refuse an age that no cache should take, and a cache without an end."""
        if not 0 <= self.max_age <= _LONGEST_SECONDS or not 0 <= self.cache <= _LONGEST_SECONDS:
            raise ValueError(f"listings: max_age and cache are 0 to {_LONGEST_SECONDS} seconds")
        if self.cached < 1:
            raise ValueError("listings: cached must be above zero")
        if self.pictures < 0:
            raise ValueError("listings: pictures must not be below zero")

    def check(self) -> None:
        """Refuse values that would fail only when they are used."""
        _ = self.rules
        for it in self.origins:
            if it != ANY_ORIGIN and (not it.startswith(("https://", "http://")) or it.count("/") > 2):  # noqa: PLR2004 - the scheme's
                raise ConfigurationError(f"listings.origins has {it[:80]!r}: write it as https://portal.example.org")

    @property
    def rules(self) -> ListingRules:
        """What is asked of a listing before it is approved."""
        try:
            return ListingRules(self.locales, self.pictures, self.point, self.categories)
        except InvalidInput as problem:
            raise ConfigurationError(f"listings.locales: {problem}") from problem

    def picture_folder(self, data_folder: Path) -> Path:
        """Where pictures are kept."""
        return Path(self.folder) if self.folder else data_folder / "pictures"

    def lets_in(self, origin: str) -> bool:
        """True where a page of that origin may read ``/portal``."""
        return bool(origin) and (ANY_ORIGIN in self.origins or origin in self.origins)
