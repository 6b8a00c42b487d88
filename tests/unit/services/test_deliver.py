"""Events reach who asked for them: in order, at least once, without a name in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import RLock

import pytest
from attrs import define, field
from typing_extensions import override

from marketplace_core.domain.delivery import Message, Subscription, SubscriptionId, body_of
from marketplace_core.domain.facts import PersonRecorded
from marketplace_core.domain.identifiers import PersonId
from marketplace_core.domain.party import Person
from marketplace_core.errors import PartnerUnavailable
from marketplace_core.ports.event_sink import EventSink
from marketplace_core.services.deliver import TURN, DeliverEvents
from marketplace_core.services.memory_work import MemoryWork
from marketplace_core.testing.clocks import A_MONDAY, FixedClock
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks


@define
class Sink(EventSink):
    """Keeps messages; fails for the addresses that are away; ``takes`` is what it does each time."""

    got: list[Message] = field(factory=list[Message])
    away: set[str] = field(factory=set[str])
    takes: Callable[[], None] = field(default=lambda: None)

    @override
    def post(self, message: Message) -> None:
        if message.url in self.away:
            raise PartnerUnavailable("no answer")
        self.takes()
        self.got.append(message)

    @override
    def check(self, url: str) -> None:
        return


def key_of(name: str, version: int) -> bytes:
    """A key that says whose it is."""
    return f"{name}/{version}".encode()


class Post:
    """A book with events and a subscription."""

    def __init__(self) -> None:
        """Open a portfolio, let and bill."""
        self.life = PortfolioLife(MemoryBooks()).opened()
        self.life.let()
        self.life.bill("2026-01")
        self.clock = FixedClock()
        self.work = MemoryWork(self.clock, RLock())
        self.sink = Sink()
        self.deliver = DeliverEvents(
            self.life.store,
            self.work,
            self.sink,
            lambda name, version: f"{name}/{version}".encode(),
            self.clock,
            lambda: 1.0,
        )
        self.subscribe("s1")

    def subscribe(self, name: str, *kinds: str) -> None:
        """Add a subscription."""
        url, now = f"https://{name}.example", self.clock.now()
        self.work.add_subscription(Subscription(SubscriptionId(name), self.life.portfolio_id, url, now, kinds))

    def told(self, name: str = "s1") -> list[int]:
        """The sequences that a subscription got, in order."""
        mine = (it for it in self.sink.got if it.url == f"https://{name}.example")
        return [json.loads(it.body)["data"]["sequence"] for it in mine]

    def events(self) -> list[int]:
        """The sequences of the log."""
        return [it.sequence for it in self.life.store.events(self.life.portfolio_id)]

    def standing(self, name: str = "s1") -> Subscription:
        """A subscription as it stands."""
        return next(it for it in self.work.subscriptions() if it.subscription_id == name)

    def at(self, moment: datetime) -> None:
        """Deliver at an instant."""
        self.clock.instant = moment
        self.deliver(self.life.portfolio_id)


@pytest.fixture
def post() -> Post:
    """Give a post."""
    return Post()


def test_each_event_is_told_in_order_and_once(post: Post) -> None:
    """The second time only what is new; each with an id of its own, the same whenever it is made."""
    first = post.deliver(post.life.portfolio_id)
    assert post.told() == post.events()
    assert first == {"delivered": len(post.events()), "failed": 0}
    post.life.bill("2026-02")
    post.deliver(post.life.portfolio_id)
    assert post.told() == post.events()
    assert len({it.message_id for it in post.sink.got}) == len(post.events())


def test_only_the_kinds_that_were_asked_for_are_told(post: Post) -> None:
    """The cursor passes the others too."""
    post.subscribe("s2", "bill")
    post.deliver(post.life.portfolio_id)
    kinds = [json.loads(it.body)["type"] for it in post.sink.got if "s2" in it.url]
    assert kinds == ["bill"]
    assert post.standing("s2").sequence == post.events()[-1]


def test_who_fails_waits_by_itself_and_misses_nothing(post: Post) -> None:
    """Longer each time; others are told meanwhile; what was not acknowledged comes when it is back."""
    post.subscribe("s2")
    post.sink.away = {"https://s1.example"}
    post.at(A_MONDAY)
    assert post.told("s2") == post.events()
    assert post.standing().retry_at == A_MONDAY + timedelta(seconds=2)
    post.at(A_MONDAY + timedelta(seconds=2))
    assert post.standing().retry_at == A_MONDAY + timedelta(seconds=6)
    post.sink.away = set()
    post.at(A_MONDAY + timedelta(seconds=5))
    assert post.told() == []
    post.at(A_MONDAY + timedelta(seconds=6))
    assert post.told() == post.events()
    assert post.standing().failures == 0


def test_who_fails_for_days_is_told_nothing_any_more(post: Post) -> None:
    """Until a person enables it: then it goes on from where it stopped."""
    post.sink.away = {"https://s1.example"}
    post.at(A_MONDAY)
    post.at(A_MONDAY + timedelta(days=5) - timedelta(seconds=1))
    assert post.standing().disabled_at is None
    post.at(A_MONDAY + timedelta(days=6))
    assert post.standing().disabled_at is not None
    post.sink.away = set()
    post.at(A_MONDAY + timedelta(days=7))
    assert post.told() == []
    post.work.enable_subscription(SubscriptionId("s1"))
    post.at(A_MONDAY + timedelta(days=7))
    assert post.told() == post.events()


def test_a_worker_that_comes_late_stops(post: Post) -> None:
    """Where another moved the cursor meanwhile, the late one posts what it has in hand and no more."""

    class Rival(Sink):
        def post(self, message: Message) -> None:
            super().post(message)
            post.work.acknowledge(SubscriptionId("s1"), 0, post.events()[-1])

    rival = Rival()
    late = DeliverEvents(post.life.store, post.work, rival, lambda *_: b"k", post.clock, lambda: 1.0)
    late(post.life.portfolio_id)
    assert len(rival.got) == 1
    assert post.standing().sequence == post.events()[-1]


def test_two_keys_sign_while_rotating(post: Post) -> None:
    """The new one first."""
    post.work.rotate_key(SubscriptionId("s1"))
    post.deliver(post.life.portfolio_id)
    assert post.sink.got[0].keys == (b"s1/2", b"s1/1")
    assert "s1/2" not in repr(post.sink.got[0])


def test_no_name_leaves_the_books(post: Post) -> None:
    """Neither a person's data, nor free text, nor who acted; ids, kinds and amounts do."""
    person = Person(PersonId("t9"), "Wanjiku Kamau", ("254722000111",), "wanjiku@example.com", national_id="31245678")
    command = post.life.command("person.record", "she said so")
    post.life.store.record(command, [PersonRecorded(post.life.portfolio_id, person)])
    post.life.pay("TK60708BHZ", 500, "2026-01-05")
    bodies = b"".join(body_of(it) for it in post.life.store.events(post.life.portfolio_id))
    secret = ("Wanjiku", "254722000111", "254712345678", "example.com", "31245678", "she said so", command.actor, "A1")
    assert [it for it in secret if it.encode() in bodies] == []
    assert b'"amount":{"amount_minor":50000,"currency":"KES"}' in bodies
    assert b'"person_id":"t9"' in bodies


def test_a_slow_receiver_has_its_turn_and_no_more(post: Post) -> None:
    """Half a turn an event: two are told, the next job goes on where it ended, and the worker is free between."""
    every = post.events()
    assert len(every) > 2

    def takes_long() -> None:
        post.clock.instant += TURN / 2

    post.sink.takes = takes_long
    assert post.deliver(post.life.portfolio_id) == {"delivered": 2, "failed": 0}
    assert post.told() == every[:2]
    while post.told() != every:
        post.deliver(post.life.portfolio_id)
        assert post.told() == every[: len(post.told())]
