"""Settings, cursors, ids and errors of the portal's adapter, without a database."""

from __future__ import annotations

from datetime import datetime

import pymysql
import pytest
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from marketplace_adapters.cocorico import Cocorico, CocoricoServer
from marketplace_adapters.cocorico.cursors import place, read_id, read_place
from marketplace_adapters.cocorico.errors import TABLE, translated
from marketplace_core.domain.money import KES
from marketplace_core.errors import (
    AlreadyExists,
    ConcurrentChange,
    ConfigurationError,
    InvalidInput,
    MarketplaceError,
    PartnerDrift,
    PartnerUnavailable,
)

DSN = "mysql://us:secret@db.example.org:3307/cocorico"


@pytest.mark.parametrize("scheme", ["mysql", "mariadb", "mysql+pymysql", "mariadb+pymysql"])
def test_each_usual_scheme_is_taken(scheme: str) -> None:
    """All are reached by the same driver."""
    server = CocoricoServer(DSN.replace("mysql", scheme), KES)
    assert server.url.drivername == "mysql+pymysql"
    assert server.label == "us@db.example.org:3307/cocorico"


@pytest.mark.parametrize(
    "settings",
    [
        {"dsn": "postgresql://us:secret@db.example.org/cocorico"},
        {"dsn": "mysql://us:secret@db.example.org"},
        {"dsn": "mysql://db.example.org/cocorico"},
        {"dsn": "secret"},
        {"dsn": "mysql://us:secret@db.example.org:port/cocorico"},
        {"locales": ()},
        {"locales": ("en", "en")},
        {"zone": "Nairobi"},
        {"days_a_month": 0},
        {"timeout_seconds": 0.0},
    ],
)
def test_wrong_settings_are_refused_at_once(settings: dict[str, object]) -> None:
    """And no secret is in what is said."""
    with pytest.raises(ConfigurationError) as refused:
        CocoricoServer(**{"dsn": DSN, "currency": KES, **settings})  # type: ignore[arg-type]
    assert "secret" not in str(refused.value)


def test_the_password_is_never_shown() -> None:
    """By neither the settings nor the adapter."""
    server = CocoricoServer(DSN, KES)
    assert "secret" not in repr(server) + str(server) + repr(Cocorico(server)) + server.label


def test_ids_depend_on_seed_and_attempt_alone() -> None:
    """They lie where the portal's own do, and the next attempt gives another."""
    listings = Cocorico(CocoricoServer(DSN, KES)).listings
    chosen = [listings.choose_id(f"pf-1/li-{number}", attempt) for number in range(200) for attempt in (1, 2, 3)]
    assert chosen == [listings.choose_id(f"pf-1/li-{number}", it) for number in range(200) for it in (1, 2, 3)]
    assert len(set(chosen)) == 600
    assert all(10_000 <= int(it) <= 2_147_483_640 for it in chosen)


@pytest.mark.parametrize(
    "cursor",
    ["somewhere", "|", "2026-03-02|1", "2026-13-02T09:00:00|1", "2026-03-02T09:00:00|-1", "\u0661|2", "x" * 100],
)
def test_foreign_cursors_are_refused(cursor: str) -> None:
    """As no place in the stream, whoever sent them."""
    with pytest.raises(InvalidInput):
        read_place(cursor)
    with pytest.raises(InvalidInput):
        read_id(cursor)


def test_cursors_come_back() -> None:
    """With and without a time, to the part of a second, and with a time of no day."""
    assert read_place("") is None
    assert read_place(place(None, 7)) == (None, 7)
    part = datetime(2026, 3, 2, 9, 0, 0, 250_000)  # noqa: DTZ001 - as a column there keeps it
    times: tuple[datetime | str, ...] = (part, "0000-00-00 00:00:00", "2026-00-10 09:00:00")
    for time in times:
        assert read_place(place(time, 7)) == (time, 7)
    # A column of wide numbers passes the check of columns, so its ids are places too.
    assert (read_place(place(None, 2**63 - 1)), read_id(str(2**63 - 1))) == ((None, 2**63 - 1), 2**63 - 1)
    known = read_place("2026-03-02T09:00:00|7")
    assert known is not None
    assert place(*known) == "2026-03-02T09:00:00|7"


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (1264, InvalidInput),
        (1406, InvalidInput),
        (1366, InvalidInput),
        (1062, AlreadyExists),
        (1452, ConcurrentChange),
        (1142, ConfigurationError),
        (1143, ConfigurationError),
        (1045, ConfigurationError),
        (1049, ConfigurationError),
        (1665, ConfigurationError),
        (1698, ConfigurationError),
        (1820, ConfigurationError),
        (4151, ConfigurationError),
        (1054, PartnerDrift),
        (1146, PartnerDrift),
        (1205, PartnerUnavailable),
        (1213, PartnerUnavailable),
        (2006, PartnerUnavailable),
        (2013, PartnerUnavailable),
        (2003, PartnerUnavailable),
        (4711, PartnerUnavailable),
    ],
)
def test_each_number_means_one_error_of_ours(number: int, kind: type[MarketplaceError]) -> None:
    """One table; what is not in it leaves open whether it was done. Neither values nor statements are told."""
    raised = pymysql.err.OperationalError(number, "words of the database")
    problem = OperationalError("SELECT 1 FROM user WHERE email = 'a@example.org'", {"email": "a@example.org"}, raised)
    told = translated(problem, "us@db")
    assert type(told) is kind
    assert f"us@db), error {number}" in str(told)
    assert "example.org" not in str(told)


def test_every_meaning_says_something() -> None:
    """Of each number in the table."""
    assert all(it.says and issubclass(it.kind, MarketplaceError) for it in TABLE.values())


@pytest.mark.parametrize("problem", [PoolTimeout("words"), SQLAlchemyError("words")])
def test_errors_without_a_number_leave_open_what_was_done(problem: SQLAlchemyError) -> None:
    """A pool that is empty, and what the driver says by itself."""
    assert type(translated(problem, "us@db")) is PartnerUnavailable
