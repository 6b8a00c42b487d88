"""Which leases have a tenant whose name may be a payer's, found by words that both names have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.reconciliation.inputs import LeaseProfile
from marketplace_core.domain.reconciliation.lease_index import lease_index
from marketplace_core.domain.reconciliation.names import name_words

NAMESAKES_MOST: Final = 16
"""Words of a name that more leases share tell nothing."""

_Words = tuple[str, ...]


class Namesakes:
    """Tables of one portfolio's tenants by the words of their names, each built when it is first asked."""

    def __init__(self, leases: Iterable[LeaseProfile]) -> None:
        """Take the leases with their people."""
        self._named = [(name_words(tenant.name), lease.lease_id) for lease in leases for tenant in lease.tenants]

    @cached_property
    def _names(self) -> dict[_Words, tuple[LeaseId, ...]]:
        return lease_index(
            (key, lease_id) for words, lease_id in self._named for key in (*_whole_keys(words), *_pair_keys(words))
        )

    @cached_property
    def _short_names(self) -> dict[_Words, tuple[LeaseId, ...]]:
        return lease_index((key, lease_id) for words, lease_id in self._named for key in _short_keys(words))

    def of(self, words: _Words) -> set[LeaseId]:
        """The leases with a name of the same words; failing that, two of them; failing that, one and an initial.

        Words that more than ``NAMESAKES_MOST`` leases share are left out.
        """
        return (
            _few(self._names, _whole_keys(words))
            or _few(self._names, _pair_keys(words))
            or _few(self._short_names, _short_keys(words))
        )


def _few(names: dict[_Words, tuple[LeaseId, ...]], keys: Iterator[_Words]) -> set[LeaseId]:
    found: set[LeaseId] = set()
    for key in keys:
        leases = names.get(key, ())
        if len(leases) <= NAMESAKES_MOST:
            found.update(leases)
    return found


def _whole_keys(words: _Words) -> Iterator[_Words]:
    """The whole name, where it has three words or more: a pair is its own key."""
    if len(words) > 2 and min(map(len, words)) > 1:  # noqa: PLR2004
        yield words


def _pair_keys(words: _Words) -> Iterator[_Words]:
    """Each pair of whole words."""
    whole = [word for word in words if len(word) > 1]
    for place, one in enumerate(whole):
        for other in whole[place + 1 :]:
            yield (one, other)


def _short_keys(words: _Words) -> Iterator[_Words]:
    """Each whole word with each other's initial."""
    for one in words:
        for other in words:
            if other is not one and len(one) > 1:
                yield (other[0], one)
