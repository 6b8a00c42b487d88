"""An index of leases by whatever tells them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

from marketplace_core.domain.identifiers import LeaseId

_Key = TypeVar("_Key")


def lease_index(pairs: Iterable[tuple[_Key, LeaseId]]) -> dict[_Key, tuple[LeaseId, ...]]:
    """Each key's leases, in order, each once."""
    grouped: defaultdict[_Key, set[LeaseId]] = defaultdict(set)
    for key, lease_id in pairs:
        grouped[key].add(lease_id)
    return {key: tuple(sorted(leases)) for key, leases in grouped.items()}
