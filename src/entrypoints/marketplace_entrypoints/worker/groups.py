"""Groups of kinds of jobs: what ``--only`` takes beside the kinds themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from marketplace_entrypoints.worker.condo_kinds import CONDO_KINDS
from marketplace_entrypoints.worker.portal_kinds import COCORICO_KINDS

GROUPS: Final[Mapping[str, Collection[str]]] = {"condo": CONDO_KINDS, "cocorico": COCORICO_KINDS}


def kinds_of(only: Collection[str] | None) -> list[str] | None:
    """The kinds that are meant, where a group's name stands for all of its kinds; None for all."""
    return [kind for name in only for kind in GROUPS.get(name, (name,))] if only else None
