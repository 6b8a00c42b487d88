"""What every store of subscriptions must do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import pytest
from attrs import evolve

from marketplace_core.domain.delivery import Subscription, SubscriptionId
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.errors import AlreadyExists, NotFound
from marketplace_core.ports.subscriptions import Subscriptions
from marketplace_core.testing.contracts.base import at_once

_NOW: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
_LATER: Final = _NOW + timedelta(hours=1)
_ID: Final = SubscriptionId("s1")
_FIRST: Final = Subscription(_ID, PortfolioId("p1"), "https://example.com/in", _NOW, ("bill",))


class SubscriptionsContract:
    """Needs a fixture ``work``: a fresh, empty store of work, safe for eight threads."""

    @pytest.fixture
    def work(self) -> Subscriptions:
        """Override me."""
        raise NotImplementedError("give a fixture `work` that returns a fresh, empty store of work")

    @pytest.fixture
    def told(self, work: Subscriptions) -> Subscriptions:
        """One subscription."""
        work.add_subscription(_FIRST)
        return work

    def test_a_subscription_is_kept_as_it_was_given(self, told: Subscriptions) -> None:
        """Once; listed with its portfolio's and with all."""
        other = evolve(_FIRST, subscription_id=SubscriptionId("s0"), portfolio_id=PortfolioId("p2"), kinds=())
        told.add_subscription(other)
        assert told.subscriptions() == (other, _FIRST)
        assert told.subscriptions(PortfolioId("p1")) == (_FIRST,)
        with pytest.raises(AlreadyExists):
            told.add_subscription(_FIRST)

    def test_a_cursor_moves_only_from_where_it_was_seen(self, told: Subscriptions) -> None:
        """Of eight that saw the same one moves it; a late one moves nothing back."""
        moved = at_once([partial(told.acknowledge, _ID, 0, n) for n in range(1, 9)])
        assert sorted(map(bool, moved)) == [False] * 7 + [True]
        at = told.subscriptions()[0].sequence
        assert not told.acknowledge(_ID, 0, 99)
        assert told.acknowledge(_ID, at, 20)
        assert told.subscriptions()[0].sequence == 20

    def test_failures_count_until_an_acknowledgement(self, told: Subscriptions) -> None:
        """With since when, until when to wait, and why."""
        told.fail(_ID, _NOW, _LATER, "no answer")
        found = told.fail(_ID, _LATER, _LATER, "still none")
        assert found == evolve(_FIRST, failures=2, failing_since=_NOW, retry_at=_LATER, last_words="still none")
        assert told.subscriptions() == (found,)
        told.acknowledge(_ID, 0, 1)
        assert told.subscriptions() == (evolve(_FIRST, sequence=1),)

    def test_two_keys_sign_while_rotating(self, told: Subscriptions) -> None:
        """The new and the one before; then the new one alone."""
        found = told.rotate_key(_ID)
        assert (found.key_version, found.old_key_version) == (2, 1)
        found = told.rotate_key(_ID, end_old=True)
        assert (found.key_version, found.old_key_version) == (2, None)
        assert told.subscriptions() == (found,)

    def test_a_disabled_one_is_told_nothing_until_it_is_enabled(self, told: Subscriptions) -> None:
        """It keeps its cursor, and when it was disabled first."""
        told.fail(_ID, _NOW, _LATER, "no answer")
        for at in (_NOW, _LATER):
            told.disable_subscription(_ID, at)
        assert told.subscriptions()[0].disabled_at == _NOW
        assert not told.acknowledge(_ID, 0, 1)
        told.enable_subscription(_ID)
        assert told.subscriptions() == (_FIRST,)

    def test_an_unknown_one_is_not_found(self, work: Subscriptions) -> None:
        """Whatever is asked of it."""
        for ask in (
            partial(work.fail, _ID, _NOW, _LATER, ""),
            partial(work.rotate_key, _ID),
            partial(work.disable_subscription, _ID, _NOW),
            partial(work.enable_subscription, _ID),
        ):
            with pytest.raises(NotFound):
                ask()
