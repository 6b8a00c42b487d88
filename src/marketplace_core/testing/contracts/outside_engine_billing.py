"""What every outside engine must bill by itself."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.outside_engine.records import ItemKind, TheirInvoiceStatus, TheirPrice
from marketplace_core.domain.outside_engine.steps import (
    ChangePrice,
    DropPrice,
    EndSubscription,
    ReopenSubscription,
    VoidInvoice,
)
from marketplace_core.errors import RuleViolation
from marketplace_core.testing.contracts.outside_engine_base import NEW_YEAR, EnginePlace, EngineSuite, kes, let

RENT, WATER = ChargeId("rent"), ChargeId("water")
_JANUARY, _FEBRUARY = "2026-01-01 to 2026-01-31", "2026-02-01 to 2026-02-28"


class EngineBillingContract(EngineSuite):
    """Periods in advance, prices, ends, repairs, what rides, and the preview."""

    def test_stubs_cost_their_days_of_the_period(self, engine_place: EnginePlace) -> None:
        """Rule C1: 23/31, 20/28 and 12/31 at the beginning, 14/31, a whole and 12/28 between both ends."""
        starts = {"23/31": (date(2026, 1, 23), 15), "20/28": (date(2026, 2, 23), 15), "12/31": (date(2026, 2, 1), 13)}
        leases = {name: let(engine_place, f"l{n}", day) for n, (name, (_, day)) in enumerate(starts.items())}
        for name, (start, billing_day) in starts.items():
            leases[name].subscribe("10000", start, billing_day)
        both = let(engine_place, "both", 15)
        subscription = both.subscribe("10000", NEW_YEAR, 15)
        both.do(EndSubscription(both.marker("end", "c"), subscription, date(2026, 2, 27)))
        for day in (date(2026, 1, 15), date(2026, 1, 23), date(2026, 2, 1), date(2026, 2, 15), date(2026, 2, 23)):
            engine_place.move_to(day)
        assert {name: it.billed()[0] for name, it in leases.items()} == {
            "23/31": ("2026-01-23 to 2026-02-14", "7419.35"),
            "20/28": ("2026-02-23 to 2026-03-14", "7142.86"),
            "12/31": ("2026-02-01 to 2026-02-12", "3870.97"),
        }
        assert both.billed() == [
            ("2026-01-01 to 2026-01-14", "4516.13"),
            ("2026-01-15 to 2026-02-14", "10000.00"),
            ("2026-02-15 to 2026-02-26", "4285.71"),
        ]

    def test_the_end_of_a_month_is_its_last_day(self, engine_place: EnginePlace) -> None:
        """Rule C5: billed on the 31st, on 28 February, and on the 31st again, a whole amount each."""
        lease = let(engine_place, billing_day=31)
        subscription = lease.subscribe("15000", date(2026, 1, 31), 31)
        for day in (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)):
            engine_place.move_to(day)
        assert lease.billed() == [
            ("2026-01-31 to 2026-02-27", "15000.00"),
            ("2026-02-28 to 2026-03-30", "15000.00"),
            ("2026-03-31 to 2026-04-29", "15000.00"),
        ]
        (found,) = lease.books().subscriptions
        assert (found.subscription_id, found.billed_until, found.billing_day) == (subscription, date(2026, 4, 30), 31)

    def test_one_invoice_bills_a_lease(self, engine_place: EnginePlace) -> None:
        """All its charges for a period stand on one invoice, issued on the engine's day; the stubs are rule C3's."""
        lease = let(engine_place)
        keys = [lease.key.subscription(it) for it in (RENT, WATER)]
        lease.subscribe("10000", date(2026, 1, 11), charge=RENT)
        lease.subscribe("333", date(2026, 1, 11), charge=WATER)
        assert lease.invoices() == []
        for day in (date(2026, 1, 11), date(2026, 2, 1)):
            engine_place.move_to(day)
        stubs = "2026-01-11 to 2026-01-31"
        assert lease.billed() == [(stubs, "225.58"), (stubs, "6774.19"), (_FEBRUARY, "333.00"), (_FEBRUARY, "10000.00")]
        last = lease.invoices()[-1]
        assert (last.issued_on, last.amount, last.balance) == (date(2026, 2, 1), kes("10333"), kes("10333"))
        assert sorted(it.subscription_key for it in last.items if it.kind is ItemKind.RECURRING) == sorted(keys)

    def test_what_begins_in_the_past_is_billed_at_once(self, engine_place: EnginePlace) -> None:
        """And once: a subscription of its key is there already."""
        engine_place.move_to(date(2026, 2, 1))
        lease = let(engine_place)
        assert lease.subscribe() == lease.subscribe()
        assert lease.billed() == [(_JANUARY, "15000.00"), (_FEBRUARY, "15000.00")]
        assert len(lease.books().subscriptions) == 1

    def test_an_account_is_billed_once_its_terms_are_said(self, engine_place: EnginePlace) -> None:
        """A price and an end in the past, said while it is paused, are billed at once and right, and not repaired."""
        today = date(2026, 3, 10)
        engine_place.move_to(today)
        lease = let(engine_place, paused=True)
        found = lease.subscribe()
        lease.do(ChangePrice(lease.marker("price", "c"), found, date(2026, 2, 1), kes("16000")))
        lease.do(EndSubscription(lease.marker("end", "c"), found, date(2026, 2, 15)))
        assert (lease.books().account.is_paused, lease.invoices()) == (True, [])
        for _ in range(2):
            lease.resume(today)
        assert not lease.books().account.is_paused
        assert lease.billed() == [(_JANUARY, "15000.00"), ("2026-02-01 to 2026-02-14", "8000.00")]
        assert (lease.repaired(), lease.balance) == ([], "23000.00")

    def test_a_price_holds_from_its_day_on(self, engine_place: EnginePlace) -> None:
        """Told before its period is billed: on the first day of one, and in the middle, where each costs its days."""
        clean, middle = let(engine_place, "l1"), let(engine_place, "l2")
        for lease, since in ((clean, date(2026, 2, 1)), (middle, date(2026, 2, 15))):
            found = lease.subscribe()
            change = ChangePrice(lease.marker("price", str(since)), found, since, kes("16000"))
            lease.do(change)
            lease.do(change)
            (told,) = lease.books().subscriptions
            assert told.prices == (TheirPrice(NEW_YEAR, kes("15000")), TheirPrice(since, kes("16000")))
        for day in (date(2026, 2, 1), date(2026, 2, 15)):
            engine_place.move_to(day)
        assert clean.billed() == [(_JANUARY, "15000.00"), (_FEBRUARY, "16000.00")]
        halves = [("2026-02-01 to 2026-02-14", "7500.00"), ("2026-02-15 to 2026-02-28", "8000.00")]
        assert middle.billed() == [(_JANUARY, "15000.00"), *halves]
        assert (clean.repaired(), middle.repaired()) == ([], [])

    def test_prices_to_come_stand_in_order_and_can_be_dropped(self, engine_place: EnginePlace) -> None:
        """Both escalations stand; dropped, neither is billed."""
        lease = let(engine_place)
        found = lease.subscribe()
        for since, price in ((date(2026, 2, 1), "16000"), (date(2026, 3, 1), "17000")):
            lease.do(ChangePrice(lease.marker("price", price), found, since, kes(price)))
        assert [it.amount for it in lease.books().subscriptions[0].prices] == [kes("15000"), kes("16000"), kes("17000")]
        lease.do(DropPrice(lease.marker("drop", "c"), found))
        assert lease.books().subscriptions[0].prices == (TheirPrice(NEW_YEAR, kes("15000")),)
        engine_place.move_to(date(2026, 2, 1))
        assert lease.billed()[-1] == (_FEBRUARY, "15000.00")

    def test_a_price_for_days_that_are_billed_repairs_them(self, engine_place: EnginePlace) -> None:
        """The days are taken back and billed anew on one invoice; what comes out below zero is credit."""
        more, less = let(engine_place, "l1"), let(engine_place, "l2")
        ids = {lease: lease.subscribe() for lease in (more, less)}
        less.pay(less.invoices()[0].invoice_id, "15000")
        today, days = date(2026, 1, 16), "2026-01-16 to 2026-01-31"
        engine_place.move_to(today)
        for lease, price in ((more, "16000"), (less, "14000")):
            lease.do(ChangePrice(lease.marker("price", price), ids[lease], today, kes(price)))
        assert more.billed() == [(_JANUARY, "15000.00"), (days, "8258.06")]
        assert (more.repaired(), more.balance) == ([(days, "-7741.94")], "15516.12")
        assert (len(more.invoices()), more.invoices()[1].amount) == (2, kes("516.12"))
        assert (less.repaired(), less.billed()[1]) == ([(days, "-7741.94")], (days, "7225.81"))
        assert (less.balance, less.unused_credit) == ("-516.13", "516.13")
        engine_place.move_to(date(2026, 2, 1))
        assert (less.invoices()[-1].balance, less.unused_credit) == (kes("13483.87"), "0.00")

    def test_an_end_in_days_that_are_billed_repairs_them(self, engine_place: EnginePlace) -> None:
        """Told on its day or ahead, it takes back what the item cost from it on, names that item, and bills no more."""
        ahead, today = let(engine_place, "l1"), let(engine_place, "l2")
        ids = {lease: lease.subscribe() for lease in (ahead, today)}
        ahead.do(EndSubscription(ahead.marker("end", "c"), ids[ahead], date(2026, 1, 20)))
        engine_place.move_to(date(2026, 1, 20))
        for lease in (ahead, today):
            lease.do(EndSubscription(lease.marker("end", "c"), ids[lease], date(2026, 1, 20)))
        engine_place.move_to(date(2026, 2, 1))
        for lease in (ahead, today):
            assert lease.billed() == [(_JANUARY, "15000.00")]
            assert lease.repaired() == [("2026-01-20 to 2026-01-31", "-5806.45")]
            (repair,), (item,) = lease.items(ItemKind.REPAIR), lease.items(ItemKind.RECURRING)
            assert repair.linked_item_id == item.item_id
            (told,) = lease.books().subscriptions
            assert (told.ends_on, told.billed_until) == (date(2026, 1, 20), date(2026, 1, 20))
            assert (lease.balance, lease.unused_credit) == ("9193.55", "0.00")
            with pytest.raises(RuleViolation):
                lease.do(ReopenSubscription(lease.marker("reopen", "c"), ids[lease]))

    def test_an_end_to_come_can_be_forgotten(self, engine_place: EnginePlace) -> None:
        """The lease goes on, and is billed on."""
        lease = let(engine_place)
        found = lease.subscribe()
        lease.do(EndSubscription(lease.marker("end", "c"), found, date(2026, 2, 1)))
        assert lease.books().subscriptions[0].ends_on == date(2026, 2, 1)
        lease.do(ReopenSubscription(lease.marker("reopen", "c"), found))
        assert lease.books().subscriptions[0].ends_on is None
        engine_place.move_to(date(2026, 2, 1))
        assert lease.billed() == [(_JANUARY, "15000.00"), (_FEBRUARY, "15000.00")]

    def test_an_end_that_is_set_does_not_move(self, engine_place: EnginePlace) -> None:
        """Another day, or a price before it, is refused until the end is forgotten."""
        lease = let(engine_place)
        found = lease.subscribe()
        first, second = (EndSubscription(lease.marker("end", it), found, date(2026, int(it), 1)) for it in "34")
        for _ in range(2):
            lease.do(first)
        for step in (second, ChangePrice(lease.marker("price", "1"), found, date(2026, 2, 1), kes("16000"))):
            with pytest.raises(RuleViolation):
                lease.do(step)
        assert lease.books().subscriptions[0].ends_on == date(2026, 3, 1)
        lease.do(ReopenSubscription(lease.marker("reopen", "c"), found))
        lease.do(second)
        assert lease.books().subscriptions[0].ends_on == date(2026, 4, 1)

    def test_the_key_of_what_ended_is_not_free(self, engine_place: EnginePlace) -> None:
        """A charge that begins again needs a subscription of another key."""
        lease = let(engine_place)
        lease.do(EndSubscription(lease.marker("end", "c"), lease.subscribe(), NEW_YEAR))
        with pytest.raises(RuleViolation):
            lease.subscribe(starts_on=date(2026, 2, 1))

    def test_an_earlier_price_forgets_later_ones(self, engine_place: EnginePlace) -> None:
        """Who tells prices tells them in order of their days, and tells later ones again."""
        lease = let(engine_place)
        found = lease.subscribe()
        for since, price in ((date(2026, 3, 1), "17000"), (date(2026, 2, 1), "16000")):
            lease.do(ChangePrice(lease.marker("price", price), found, since, kes(price)))
        assert [it.amount for it in lease.books().subscriptions[0].prices] == [kes("15000"), kes("16000")]

    def test_a_draft_rides_on_the_next_invoice(self, engine_place: EnginePlace) -> None:
        """Two charges wait, ask for nothing, and stand with the rent of February, each with its marker."""
        lease = let(engine_place)
        lease.subscribe()
        markers = {lease.charge("2500", "o1", rides=True), lease.charge("700", "o2", rides=True)}
        assert lease.balance == "15000.00"
        drafts = [it for it in lease.books().invoices if it.status is TheirInvoiceStatus.DRAFT]
        assert {item.marker for it in drafts for item in it.items} == markers
        engine_place.move_to(date(2026, 2, 1))
        _, february = lease.invoices()
        assert {it.marker for it in february.items if it.kind is ItemKind.CHARGE} == markers
        assert (february.amount, lease.balance) == (kes("18200"), "33200.00")
        assert february.issued_on == date(2026, 2, 1)
        assert [it for it in lease.books().invoices if it.status is TheirInvoiceStatus.DRAFT] == []

    def test_a_voided_period_is_billed_again(self, engine_place: EnginePlace) -> None:
        """At the next run; until then nothing is billed."""
        lease = let(engine_place)
        lease.subscribe()
        (january,) = lease.invoices()
        lease.do(VoidInvoice(lease.marker("void", "i"), january.invoice_id))
        assert (lease.billed(), lease.balance, lease.books().subscriptions[0].billed_until) == ([], "0.00", None)
        engine_place.move_to(date(2026, 2, 1))
        assert lease.billed() == [(_JANUARY, "15000.00"), (_FEBRUARY, "15000.00")]

    def test_a_preview_is_what_will_be_billed(self, engine_place: EnginePlace) -> None:
        """A rent that stands, one that begins later, a price to come: the same days and amounts, nothing written."""
        lease = let(engine_place)
        found = lease.subscribe("15000", charge=RENT)
        lease.subscribe("333", date(2026, 1, 11), charge=WATER)
        lease.do(ChangePrice(lease.marker("price", "16000"), found, date(2026, 2, 1), kes("16000")))
        engine_place.move_to(date(2026, 1, 11))
        before = lease.books()
        told = engine_place.reading.preview(lease.account_id, date(2026, 2, 1))
        assert lease.books() == before
        engine_place.move_to(date(2026, 2, 1))
        billed = [it for it in lease.invoices()[-1].items if it.kind is ItemKind.RECURRING]
        assert len(billed) == len(told) == len((RENT, WATER))
        assert {(it.kind, it.subscription_key, it.span, it.amount) for it in told} == {
            (it.kind, it.subscription_key, it.span, it.amount) for it in billed
        }
