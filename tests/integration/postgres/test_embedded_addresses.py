"""Addresses of databases are read in every usual form and never show their password."""

import socket

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.fixtures.databases import Database

from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_adapters.postgres.server.external import check_server
from marketplace_core.errors import ConfigurationError, StoreUnavailable

pytestmark = pytest.mark.postgres
SECRET = "p@ss/w:rd%"
ENCODED = "p%40ss%2Fw%3Ard%25"


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://ann:{ENCODED}@db.example:6543/books",
        f"postgres://ann:{ENCODED}@db.example:6543/books",
        f"postgresql+psycopg://ann:{ENCODED}@db.example:6543/books",
        f"host=db.example port=6543 user=ann dbname=books password='{SECRET}'",
    ],
)
def test_every_usual_form_says_the_same_without_its_password(text: str) -> None:
    """The forms agree; only what is handed to a client holds the password."""
    dsn = Dsn.parse(text)
    assert dsn == Dsn({"host": "db.example", "port": "6543", "user": "ann", "dbname": "books"}, {"password": SECRET})
    shown = [repr(dsn), str(dsn), dsn.label, dsn.public_conninfo(), dsn.without_secret(f"bad {SECRET}")]
    assert [text for text in shown if SECRET in text or ENCODED in text] == []
    assert repr(dsn) == "Dsn(ann@db.example:6543/books)"
    assert conninfo_to_dict(dsn.conninfo())["password"] == SECRET
    assert Dsn.parse(dsn.sqlalchemy_url()) == dsn


@pytest.mark.parametrize(
    "text", [f"postgresql://ann:{SECRET}@:x:/", f"colour=blue password={SECRET}", "postgresql://h"]
)
def test_an_address_that_cannot_be_read_is_refused_without_repeating_it(text: str) -> None:
    """The message shows the expected form; neither it nor its cause holds the text."""
    with pytest.raises(ConfigurationError, match="expected postgresql://") as refused:
        Dsn.parse(text)
    assert SECRET not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_a_server_that_is_not_there_is_unavailable() -> None:
    """The message names the server and not the password."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        dsn = Dsn.parse(f"postgresql://ann:{ENCODED}@127.0.0.1:{port}/books")
        with pytest.raises(StoreUnavailable, match=rf"cannot connect to ann@127\.0\.0\.1:{port}/books") as refused:
            check_server(dsn, timeout_seconds=2)
    assert SECRET not in str(refused.value)


def test_a_missing_database_is_a_wrong_setting(postgres_server: Database) -> None:
    """Trying again would not help, and the message says so."""
    with pytest.raises(ConfigurationError, match=r'database "nowhere" does not exist: correct the database'):
        check_server(postgres_server.owner.with_database("nowhere"))


def test_a_server_says_what_it_is(postgres_server: Database) -> None:
    """Version, encoding and our rank are known before the books are opened."""
    facts = check_server(postgres_server.application)
    assert facts.major_version >= 15
    assert facts.encoding == "UTF8"


def test_a_fresh_database_comes_with_the_template_of_its_tests(fresh_database: Database) -> None:
    """The application role reads and writes what the owner makes."""
    with psycopg.connect(fresh_database.owner.conninfo()) as owner:
        owner.execute("CREATE TABLE facts (id int PRIMARY KEY)")
    with psycopg.connect(fresh_database.application.conninfo()) as application:
        application.execute("INSERT INTO facts VALUES (1)")
        found = application.execute("SELECT count(*) FROM facts").fetchone()
    assert found == (1,)
