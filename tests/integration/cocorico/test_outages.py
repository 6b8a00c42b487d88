"""The portal's database dies, is busy or is not there: nothing is half written, and what it means is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from tests.fixtures.cocorico_portal import CHOSEN_AT, cocorico_of, fields_of, shown

from marketplace_adapters.cocorico.testing import CocoricoPortal, MariaDb
from marketplace_core.errors import MarketplaceError, PartnerUnavailable

pytestmark = pytest.mark.cocorico


@pytest.fixture
def doomed(own_mariadb: MariaDb) -> Iterator[CocoricoPortal]:
    """Give a portal with a landlord, on a server that may die."""
    portal = CocoricoPortal.make(own_mariadb)
    portal.hand.add_landlord()
    yield portal
    portal.hand.rows.close()


def test_a_server_that_dies_at_each_statement_leaves_all_or_nothing(doomed: CocoricoPortal) -> None:
    """Killed before each statement and the commit of a publication in turn; made again it is whole and there once."""
    cocorico = cocorico_of(doomed, timeout_seconds=5)
    wanted = fields_of(cocorico)
    cocorico.listings.put("20000", CHOSEN_AT, None, wanted)
    deaths = 0
    for number in range(1, 40):
        external_id = str(20_000 + number)
        seen = 0

        def die(*_facts: object, at: int = number) -> None:
            nonlocal seen
            seen += 1
            if seen == at:
                doomed.server.kill()

        steps = ("before_cursor_execute", "commit")
        for it in steps:
            event.listen(Engine, it, die)
        try:
            cocorico.listings.put(external_id, CHOSEN_AT, None, wanted)
            died = False
        except PartnerUnavailable:
            died = True
        finally:
            for it in steps:
                event.remove(Engine, it, die)
        if not died and seen < number:
            break
        deaths += 1
        doomed.server.come_back()
        there = cocorico.listings.look([external_id])
        assert there in ({}, {external_id: wanted})
        orphans = doomed.hand.rows.rows("SELECT id FROM listing WHERE location_id IS NULL")
        assert orphans == []
        cocorico.listings.put(external_id, CHOSEN_AT, None, wanted)
        assert shown(cocorico, external_id) == wanted
    assert deaths >= 10
    assert len(doomed.hand.rows.all("geo_coordinate")) == 1
    cocorico.close()


def test_a_server_that_is_away_is_told_and_found_again(doomed: CocoricoPortal) -> None:
    """Every call says that nobody answers; the first after it came back is answered, on old connections too."""
    cocorico = cocorico_of(doomed, timeout_seconds=5)
    wanted = fields_of(cocorico)
    cocorico.listings.put("20000", CHOSEN_AT, None, wanted)
    doomed.server.kill()
    for act in (
        lambda: cocorico.listings.look(["20000"]),
        lambda: cocorico.listings.put("20001", CHOSEN_AT, None, wanted),
        lambda: cocorico.bookings.bookings(None, "", 10),
        lambda: cocorico.bookings.booking_ids("", 10),
        lambda: cocorico.inquiries.inquiries(None, "", 10),
        cocorico.check,
    ):
        with pytest.raises(PartnerUnavailable, match="Cocorico's database"):
            act()
    doomed.server.come_back()
    assert shown(cocorico, "20000") == wanted
    cocorico.close()


@pytest.mark.parametrize(
    "setting",
    [
        "completion_type = CHAIN",
        "sql_select_limit = 1",
        "sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,ONLY_FULL_GROUP_BY,NO_ZERO_DATE,NO_ZERO_IN_DATE'",
        "autocommit = 0",
        "time_zone = '+09:00'",
    ],
)
def test_settings_of_the_server_change_nothing_for_us(doomed: CocoricoPortal, setting: str) -> None:
    """Our sessions have their own: one that chains transactions, or cuts answers short, would stop all of ours."""
    doomed.server.run(f"SET GLOBAL {setting}")
    cocorico = cocorico_of(doomed)
    wanted = {**fields_of(cocorico), "title.en": 'It\'s a "fine" \\ 100% %s one'}
    for external_id in ("20000", "20001"):
        cocorico.listings.put(external_id, CHOSEN_AT, None, wanted)
    assert cocorico.listings.look(["20000", "20001"]) == {"20000": wanted, "20001": wanted}
    assert cocorico.bookings.bookings(None, "", 10).rows == ()
    assert doomed.hand.rows.one("listing", 20_000)["createdAt"] == CHOSEN_AT.replace(tzinfo=None)
    cocorico.close()


def test_who_waits_too_long_for_a_row_is_told(portal: CocoricoPortal) -> None:
    """Somebody there holds the listing: nothing is written, and it works when they are done."""
    portal.hand.add_landlord()
    cocorico = cocorico_of(portal, timeout_seconds=2)
    wanted = fields_of(cocorico)
    cocorico.listings.put("20000", CHOSEN_AT, None, wanted)
    other = {**wanted, "price": "170000"}
    with closing(portal.server.connect(portal.database)) as holder, holder.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT id FROM listing FOR UPDATE")
        with pytest.raises(PartnerUnavailable, match="try again"):
            cocorico.listings.put("20000", CHOSEN_AT, wanted, other)
        cursor.execute("ROLLBACK")
    assert shown(cocorico, "20000") == wanted
    cocorico.listings.put("20000", CHOSEN_AT, wanted, other)
    assert shown(cocorico, "20000") == other
    cocorico.close()


def test_nobody_comes_between_look_and_write(portal: CocoricoPortal) -> None:
    """Another writer begins when the first has looked and not written: it waits, and is told that the copy changed."""
    portal.hand.add_landlord()
    cocorico = cocorico_of(portal)
    wanted = fields_of(cocorico)
    cocorico.listings.put("20000", CHOSEN_AT, None, wanted)
    outcome, second = list[str](), list[threading.Thread]()

    def put() -> None:
        try:
            cocorico.listings.put("20000", CHOSEN_AT, wanted, {**wanted, "price": "101"})
            outcome.append("done")
        except MarketplaceError as problem:
            outcome.append(type(problem).__name__)

    def come_between(_connection: object, _cursor: object, statement: str, *_facts: object) -> None:
        if statement.startswith("UPDATE") and not second:
            second.append(threading.Thread(target=put))
            second[0].start()
            second[0].join(0.5)

    event.listen(Engine, "before_cursor_execute", come_between)
    try:
        cocorico.listings.put("20000", CHOSEN_AT, wanted, {**wanted, "price": "100"})
    finally:
        event.remove(Engine, "before_cursor_execute", come_between)
    second[0].join()
    assert outcome == ["ConcurrentChange"]
    assert shown(cocorico, "20000")["price"] == "100"
    cocorico.close()


def test_a_server_that_never_answers_is_given_up(portal: CocoricoPortal) -> None:
    """A query that takes longer than the time-out is not waited for."""
    portal.hand.add_landlord()
    cocorico = cocorico_of(portal, timeout_seconds=1)
    cocorico.check()
    with closing(portal.server.connect(portal.database)) as holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLES booking WRITE, user WRITE")
        with pytest.raises(PartnerUnavailable):
            cocorico.bookings.bookings(None, "", 10)
        cursor.execute("UNLOCK TABLES")
    cocorico.close()
