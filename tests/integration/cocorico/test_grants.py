"""The account that `grants` makes: tried on a real MariaDB, column by column and table by table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pymysql
import pytest
from tests.fixtures.cocorico_portal import CHOSEN_AT, cocorico_of, fields_of, shown

from marketplace_adapters.cocorico import grants
from marketplace_adapters.cocorico.grants import SECRET_COLUMNS
from marketplace_adapters.cocorico.tables import METADATA, USES
from marketplace_adapters.cocorico.testing import CocoricoPortal
from marketplace_adapters.cocorico.testing.definitions import table_names
from marketplace_adapters.cocorico.testing.portal import HOST, PASSWORD
from marketplace_core.errors import ConfigurationError

pytestmark = pytest.mark.cocorico

Answer = Callable[[str], int]
DENIED = {1142, 1143, 1044, 1227}
WRITTEN = {
    "geo_area",
    "geo_area_translation",
    "geo_city",
    "geo_city_translation",
    "geo_coordinate",
    "geo_country",
    "geo_country_translation",
    "geo_department",
    "geo_department_translation",
    "listing",
    "listing_image",
    "listing_listing_category",
    "listing_location",
    "listing_translation",
}


@pytest.fixture
def answer(portal: CocoricoPortal) -> Iterator[Answer]:
    """Give what asks the database as our account: the number with which it refuses a statement, 0 where it takes it."""
    account = portal.account_in(portal.database)
    connection = pymysql.connect(
        host=HOST, port=portal.server.port, user=account, password=PASSWORD, database=portal.database
    )

    def asked(statement: str) -> int:
        with connection.cursor() as cursor:
            try:
                cursor.execute(statement)
            except pymysql.err.MySQLError as problem:
                return int(problem.args[0])
            finally:
                connection.rollback()
        return 0

    with closing(connection):
        yield asked


def _columns(portal: CocoricoPortal) -> list[tuple[str, str]]:
    query = "SELECT TABLE_NAME AS t, COLUMN_NAME AS c FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s"
    return [(str(it["t"]), str(it["c"])) for it in portal.hand.rows.rows(query, [portal.database])]


def test_each_column_can_be_read_or_not_as_listed(portal: CocoricoPortal, answer: Answer) -> None:
    """Of all columns of all tables exactly those that our table of columns reads."""
    readable = {
        (table, column) for table, column in _columns(portal) if answer(f"SELECT `{column}` FROM `{table}`") == 0
    }
    listed = {(t.name, c.name) for t in METADATA.sorted_tables for c in t.columns if "r" in c.info[USES]}
    assert readable == listed


def test_no_secret_of_a_person_can_be_read(portal: CocoricoPortal, answer: Answer) -> None:
    """Passwords, salts, tokens and bank accounts are refused by name, and so is the whole row."""
    portal.hand.add_landlord()
    for column in sorted(SECRET_COLUMNS):
        assert answer(f"SELECT `{column}` FROM user") in DENIED
        assert answer(f"SELECT id FROM user WHERE `{column}` LIKE 'a%'") in DENIED
        assert answer(f"SELECT id FROM user ORDER BY `{column}`") in DENIED
    assert answer("SELECT * FROM user") in DENIED
    assert answer("SELECT id, email FROM user") == 0


def test_each_column_can_be_changed_or_not_as_listed(portal: CocoricoPortal, answer: Answer) -> None:
    """Of all columns exactly those that our table of columns changes: none of a booking, message or person."""
    changeable = {
        (table, column)
        for table, column in _columns(portal)
        if answer(f"UPDATE `{table}` SET `{column}` = `{column}` WHERE FALSE") == 0
    }
    # To set a column to itself reads it too: what is changed is all read.
    listed = {(t.name, c.name) for t in METADATA.sorted_tables for c in t.columns if "u" in c.info[USES]}
    assert changeable == listed
    assert {table for table, _column in changeable} < WRITTEN


def test_rows_come_into_our_tables_alone_and_go_from_none(portal: CocoricoPortal, answer: Answer) -> None:
    """No row can be deleted anywhere, so nothing cascades; bookings, messages and people take no new row of ours."""
    assert all(answer(f"DELETE FROM `{it}` WHERE FALSE") in DENIED for it in table_names())
    assert all(answer(f"TRUNCATE `{it}`") in DENIED for it in table_names())
    taking = {
        it for it in table_names() if answer(f"INSERT INTO `{it}` () SELECT 1 FROM DUAL WHERE FALSE") not in DENIED
    }
    assert taking <= WRITTEN
    insertable = {
        table
        for table, column in _columns(portal)
        if answer(f"INSERT INTO `{table}` (`{column}`) VALUES (NULL)") not in DENIED
    }
    assert insertable == WRITTEN


def test_a_new_row_takes_the_listed_columns_alone(answer: Answer) -> None:
    """Such as no rating of ours for a listing, and no discount."""
    for table, column in [("listing", "certified"), ("listing", "average_rating"), ("listing_discount", "discount")]:
        assert answer(f"INSERT INTO `{table}` (`{column}`) VALUES (1)") in DENIED


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE ours (id INT)",
        "ALTER TABLE listing ADD ours INT",
        "DROP TABLE listing_image",
        "CREATE INDEX ours ON listing (price)",
        "LOCK TABLES listing WRITE",
        "GRANT SELECT ON user TO CURRENT_USER()",
        "SELECT * FROM mysql.user",
    ],
)
def test_nothing_else_is_allowed(answer: Answer, statement: str) -> None:
    """Neither to change tables nor to give rights."""
    assert answer(statement) in DENIED


def test_another_database_is_out_of_reach(portal: CocoricoPortal, answer: Answer) -> None:
    """The rights are those of one database."""
    portal.server.run(
        "CREATE DATABASE IF NOT EXISTS beside_it", "CREATE TABLE IF NOT EXISTS beside_it.listing (id INT)"
    )
    assert answer("SELECT id FROM beside_it.listing") in DENIED


def test_too_many_rights_are_told_by_these_tests(portal: CocoricoPortal, answer: Answer) -> None:
    """The control: an account with all rights would fail each of them."""
    portal.server.run(f"GRANT ALL ON `{portal.database}`.* TO '{portal.database}'@'{HOST}'")
    assert answer(f"USE `{portal.database}`") == 0
    assert answer("SELECT password FROM user") == 0
    assert answer("DELETE FROM booking WHERE FALSE") == 0


def test_without_a_right_the_adapter_says_which(portal: CocoricoPortal, landlord: int) -> None:
    """Nothing is begun: it names the columns and the command that prints the SQL."""
    portal.server.run(
        f"REVOKE UPDATE (`price`) ON `{portal.database}`.listing FROM '{portal.database}'@'{HOST}'",
        f"REVOKE SELECT (`phone`) ON `{portal.database}`.user FROM '{portal.database}'@'{HOST}'",
    )
    cocorico = cocorico_of(portal)
    with pytest.raises(ConfigurationError) as refused:
        cocorico.listings.put("20000", CHOSEN_AT, None, fields_of(cocorico))
    assert "listing.price: update" in str(refused.value)
    assert "user.phone is not to be seen by us" in str(refused.value)
    assert "marketplace cocorico grants" in str(refused.value)
    assert portal.hand.rows.all("listing", user_id=landlord) == []
    portal.server.run(*grants(portal.database, portal.database, HOST))
    cocorico.check()
    cocorico.listings.put("20000", CHOSEN_AT, None, fields_of(cocorico))
    assert shown(cocorico, "20000") == fields_of(cocorico)


@pytest.mark.parametrize(
    ("database", "user", "password"),
    [("a`b", "marketplace", ""), ("cocorico", "a'b", ""), ("cocorico", "marketplace", "it's")],
)
def test_names_that_would_need_quoting_are_refused(database: str, user: str, password: str) -> None:
    """The statements are printed for people to run: nothing can be slipped into them."""
    with pytest.raises(ConfigurationError):
        grants(database, user, "localhost", password)


def test_a_wrong_password_is_told(portal: CocoricoPortal) -> None:
    """As a setting to look at, and the password is not in what is said."""
    cocorico = cocorico_of(portal, dsn=portal.url.replace(PASSWORD, "wrong-secret"))
    with pytest.raises(ConfigurationError, match=r"cocorico\.dsn") as refused:
        cocorico.check()
    assert "wrong-secret" not in str(refused.value) + repr(cocorico)


def test_bookings_cannot_be_written(answer: Answer) -> None:
    """Not even the status of one that stands there."""
    statements = [
        "UPDATE booking SET status = 3",
        "INSERT INTO booking (id, status) VALUES (1, 3)",
        "DELETE FROM booking",
        "INSERT INTO message (thread_id, body) VALUES (1, '')",
        "UPDATE user SET email = 'us@example.org'",
    ]
    assert all(answer(it) in DENIED for it in statements)
