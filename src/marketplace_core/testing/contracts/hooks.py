"""What every raw inbox of hooks must do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, Protocol

import pytest

from marketplace_core.domain.hooks import Hook, HookId, HookRoute, HookState, RouteId, hook_job, token_digest
from marketplace_core.domain.identifiers import CollectionAccountId, PortfolioId
from marketplace_core.domain.jobs import JobState
from marketplace_core.errors import AlreadyExists, NotFound
from marketplace_core.ports.hook_inbox import HookInbox
from marketplace_core.ports.jobs import Jobs
from marketplace_core.testing.contracts.base import at_once

_NOW: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
_LATER: Final = _NOW + timedelta(days=1)
_FIRST, _SECOND, _THIRD = (token_digest(sign * 32) for sign in "abc")
_ROUTE: Final = HookRoute(
    RouteId("r1"), "mpesa-c2b", PortfolioId("p1"), CollectionAccountId("paybill"), _NOW, live_tokens=1
)
_BODY: Final = b'\x00\xff{"TransID": "\xc3\xa9"}'


class HookStore(HookInbox, Jobs, Protocol):
    """An inbox with the queue that its jobs go to."""


class HookInboxContract:
    """Needs a fixture ``work``: a fresh, empty store of work, safe for eight threads."""

    @pytest.fixture
    def work(self) -> HookStore:
        """Override me."""
        raise NotImplementedError("give a fixture `work` that returns a fresh, empty store of work")

    @pytest.fixture
    def inbox(self, work: HookStore) -> HookStore:
        """An inbox with one route."""
        work.add_route(_ROUTE, _FIRST)
        return work

    def test_a_body_is_kept_to_the_byte_with_its_job(self, inbox: HookStore) -> None:
        """Whatever it is; the job names it."""
        route = inbox.keep(_FIRST, HookId("h1"), _BODY, {"user-agent": "x"}, _NOW)
        assert route == _ROUTE
        assert inbox.hook(HookId("h1")) == (Hook(HookId("h1"), RouteId("r1"), _NOW, _BODY, {"user-agent": "x"}), _ROUTE)
        (job,) = inbox.jobs(JobState.WAITING)
        assert job.request == hook_job(HookId("h1"), _ROUTE, _NOW)

    def test_a_route_of_the_installation_is_of_no_book(self, inbox: HookStore) -> None:
        """What a billing engine posts is read by jobs of its own, in a line of their own."""
        route = HookRoute(RouteId("r9"), "killbill", None, None, _NOW, live_tokens=1)
        inbox.add_route(route, _SECOND)
        assert inbox.keep(_SECOND, HookId("h9"), _BODY, {}, _NOW) == route
        assert inbox.hook(HookId("h9"))[1] == route
        assert inbox.routes() == (_ROUTE, route)
        (job,) = inbox.jobs(JobState.WAITING)
        assert job.request == hook_job(HookId("h9"), route, _NOW)
        assert (job.request.portfolio_id, job.request.line) == (None, "kind/engine-hook")

    def test_an_unknown_token_lets_nothing_in(self, inbox: HookStore) -> None:
        """Neither a body nor a job is kept."""
        for digest in (_SECOND, "", "x"):
            with pytest.raises(NotFound):
                inbox.keep(digest, HookId("h1"), _BODY, {}, _NOW)
            with pytest.raises(NotFound):
                inbox.route_of(digest)
        assert inbox.hooks(HookState.KEPT) == ()
        assert inbox.jobs(JobState.WAITING) == ()

    def test_two_tokens_live_while_rotating(self, inbox: HookStore) -> None:
        """The newest and the one before let in; a third ends the first, and the old one can be ended."""
        inbox.add_token(RouteId("r1"), _SECOND, _NOW)
        assert [inbox.route_of(it).live_tokens for it in (_FIRST, _SECOND)] == [2, 2]
        inbox.add_token(RouteId("r1"), _THIRD, _NOW)
        with pytest.raises(NotFound):
            inbox.route_of(_FIRST)
        assert inbox.route_of(_SECOND).live_tokens == 2
        assert inbox.end_old_tokens(RouteId("r1"), _NOW) == 1
        assert inbox.route_of(_THIRD).live_tokens == 1
        with pytest.raises(NotFound):
            inbox.route_of(_SECOND)

    def test_a_disabled_route_lets_nothing_in(self, inbox: HookStore) -> None:
        """It is still listed, with when it was disabled first."""
        for at in (_NOW, _LATER):
            inbox.disable(RouteId("r1"), at)
        with pytest.raises(NotFound):
            inbox.keep(_FIRST, HookId("h1"), _BODY, {}, _NOW)
        (route,) = inbox.routes()
        assert (route.disabled_at, route.live_tokens) == (_NOW, 0)

    def test_a_token_is_of_one_route_for_ever(self, inbox: HookStore) -> None:
        """No second route gets it, nor the same route twice; no route is added twice."""
        other = HookRoute(RouteId("r2"), "mpesa-c2b", PortfolioId("p2"), CollectionAccountId("paybill"), _NOW)
        for again in (
            partial(inbox.add_route, other, _FIRST),
            partial(inbox.add_route, _ROUTE, _SECOND),
            partial(inbox.add_token, RouteId("r1"), _FIRST, _NOW),
        ):
            with pytest.raises(AlreadyExists):
                again()
        assert inbox.routes() == (_ROUTE,)

    def test_an_unknown_route_or_hook_is_not_found(self, inbox: HookStore) -> None:
        """Whatever is asked of it."""
        none = RouteId("none")
        for ask in (
            partial(inbox.add_token, none, _SECOND, _NOW),
            partial(inbox.end_old_tokens, none, _NOW),
            partial(inbox.disable, none, _NOW),
            partial(inbox.hook, HookId("none")),
            partial(inbox.settle, HookId("none"), HookState.REFUSED, "", _NOW),
        ):
            with pytest.raises(NotFound):
                ask()

    def test_what_became_of_a_hook_is_said(self, inbox: HookStore) -> None:
        """The last word counts; it is listed in its state, the oldest first."""
        for name in ("h2", "h1"):
            inbox.keep(_FIRST, HookId(name), _BODY, {}, _NOW)
        inbox.settle(HookId("h1"), HookState.REFUSED, "no JSON", _NOW)
        assert [it.hook_id for it in inbox.hooks(HookState.KEPT)] == ["h2"]
        (refused,) = inbox.hooks(HookState.REFUSED)
        assert (refused.reason, refused.settled_at, refused.body) == ("no JSON", _NOW, _BODY)
        inbox.settle(HookId("h1"), HookState.PROCESSED, "T1", _LATER)
        assert inbox.hooks(HookState.REFUSED) == ()

    def test_settled_hooks_are_forgotten_in_time(self, inbox: HookStore) -> None:
        """What waits to be read stays, however old."""
        for name in ("h1", "h2"):
            inbox.keep(_FIRST, HookId(name), _BODY, {}, _NOW)
        inbox.settle(HookId("h1"), HookState.PROCESSED, "", _NOW)
        assert inbox.forget_hooks(_NOW) == 0
        assert inbox.forget_hooks(_LATER) == 1
        assert [it.hook_id for it in inbox.hooks(HookState.KEPT)] == ["h2"]

    def test_eight_bodies_at_once_are_all_kept(self, inbox: HookStore) -> None:
        """Each with a job of its own."""
        assert (
            at_once([partial(inbox.keep, _FIRST, HookId(f"h{n}"), _BODY, {}, _NOW) for n in range(8)]) == [_ROUTE] * 8
        )
        assert len(inbox.jobs(JobState.WAITING)) == len(inbox.hooks(HookState.KEPT)) == 8
