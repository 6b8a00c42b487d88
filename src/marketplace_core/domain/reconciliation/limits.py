"""How far a search goes and how much a certificate shows: the limits that certificates state.

Shared as code: deciding keeps to these figures, and checking requires them.
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

INVOICES_MOST: Final = 60
"""A search over more open invoices is not begun."""
STATES_MOST: Final = 20_000
"""A search that would keep more partial sums than this is given up."""
SETS_MOST: Final = 3
"""A search stops at so many sets: two are already too many to choose."""
SIDES_MOST: Final = 5
"""A person chooses among so many sides at most; further leases are counted as rivals."""
RIVALS_MOST: Final = 3
"""A certificate names so many rivals and counts the rest."""


@frozen
class SearchBound:
    """How far a search went: over how many invoices, within what limits, and whether it saw everything."""

    invoices: int
    invoices_most: int
    states_most: int
    complete: bool
