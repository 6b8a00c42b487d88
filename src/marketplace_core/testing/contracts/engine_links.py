"""What every store that reads many links at once must do."""

from __future__ import annotations

import pytest

from marketplace_core.domain.facts import ExternalLinked
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.errors import NotFound
from marketplace_core.ports.outside_engine.engine_links import EngineLink
from marketplace_core.testing.contracts.base import StoreContract
from marketplace_core.testing.life import PortfolioLife

_SYSTEM, _KIND = "killbill", "invoice"
_LINKS = (("a-2", "i1"), ("a-10", "i2"), ("B-1", "i3"), ("b-1", "i1"), ("é", "i4"))
_IN_ORDER = ["B-1", "a-10", "a-2", "b-1", "é"]
"""By code point, as everywhere."""


def _link(life: PortfolioLife, *links: tuple[str, str], system: str = _SYSTEM, kind: str = _KIND) -> None:
    own = life.portfolio_id
    life.store.record(life.command(), [ExternalLinked(own, system, kind, *link) for link in links])


class EngineLinksContract(StoreContract):
    """Links come by page and by set, of one system, kind and portfolio alone."""

    @pytest.fixture
    def linked(self, life: PortfolioLife) -> PortfolioLife:
        """Five links, and others beside them that nobody asks for."""
        _link(life, *_LINKS)
        _link(life, ("a-3", "i1"), system="condo")
        _link(life, ("a-3", "i1"), kind="payment")
        _link(PortfolioLife(life.store, "p2").opened(), ("a-4", "i1"))
        return life

    @pytest.mark.parametrize("limit", [1, 2, 5, 6])
    def test_pages_are_all_links_once_in_order(self, linked: PortfolioLife, limit: int) -> None:
        """Whatever their size; behind the last one there is none."""
        found: list[EngineLink] = []
        while page := self._page(linked, found[-1].external_id if found else "", limit):
            assert len(page) <= limit
            assert not set(page) & set(found)
            found.extend(page)
        assert [it.external_id for it in found] == _IN_ORDER
        assert {tuple(it) for it in found} == set(_LINKS)

    def _page(self, life: PortfolioLife, after: str, limit: int) -> tuple[EngineLink, ...]:
        return life.store.links_of(life.portfolio_id, _SYSTEM, _KIND, after, limit)

    def test_one_of_ours_has_all_its_links(self, linked: PortfolioLife) -> None:
        """Two of theirs may stand for one of ours; what has none is left out, and nothing asked gives nothing."""
        ask = linked.store.external_of
        own = linked.portfolio_id
        assert ask(own, _SYSTEM, _KIND, ["i1", "i3", "i9"]) == (
            EngineLink("B-1", "i3"),
            EngineLink("a-2", "i1"),
            EngineLink("b-1", "i1"),
        )
        assert ask(own, _SYSTEM, "payment", {"i1"}) == (EngineLink("a-3", "i1"),)
        assert ask(own, _SYSTEM, _KIND, []) == ()

    def test_what_theirs_stand_for(self, linked: PortfolioLife) -> None:
        """Those that are known, in order."""
        ask = linked.store.ours_of
        own = linked.portfolio_id
        assert ask(own, _SYSTEM, _KIND, ["b-1", "a-10", "a-3", "a-4"]) == (
            EngineLink("a-10", "i2"),
            EngineLink("b-1", "i1"),
        )
        assert ask(own, _SYSTEM, _KIND, []) == ()

    def test_an_unknown_portfolio_has_no_links(self, life: PortfolioLife) -> None:
        """It is an error, not an empty page."""
        nowhere = PortfolioId("nowhere")
        with pytest.raises(NotFound):
            life.store.links_of(nowhere, _SYSTEM, _KIND)
        with pytest.raises(NotFound):
            life.store.external_of(nowhere, _SYSTEM, _KIND, ["i1"])
        with pytest.raises(NotFound):
            life.store.ours_of(nowhere, _SYSTEM, _KIND, ["a-2"])
