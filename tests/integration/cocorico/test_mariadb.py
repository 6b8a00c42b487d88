"""The MariaDB to test against: strict as the portal's, and it may die in the middle."""

from __future__ import annotations

import pymysql
import pytest

from marketplace_adapters.cocorico.testing import CocoricoPortal, MariaDb
from marketplace_adapters.cocorico.testing.programs import programs
from marketplace_core.errors import AdapterMissing

pytestmark = pytest.mark.cocorico


def test_a_million_does_not_fit(portal: CocoricoPortal) -> None:
    """A price of 1,000,000.00 fails with error 1264, as there; 999,999.99 fits."""
    landlord = portal.hand.add_landlord()
    portal.hand.add_listing(landlord, price=99_999_999)
    with pytest.raises(pymysql.err.DataError) as refused:
        portal.hand.add_listing(landlord, price=100_000_000)
    assert refused.value.args[0] == 1264


def test_what_was_acknowledged_outlives_a_crash(own_mariadb: MariaDb) -> None:
    """Killed and brought back at the same address, with what was committed and without what was not."""
    portal = CocoricoPortal.make(own_mariadb)
    portal.hand.add_landlord()
    with own_mariadb.connect(portal.database) as open_still, open_still.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE user SET first_name = 'Nobody'")
        port = own_mariadb.port
        own_mariadb.kill()
    assert not own_mariadb.runs
    own_mariadb.come_back()
    (user,) = portal.hand.rows.all("user")
    assert (own_mariadb.port, user["first_name"]) == (port, "Baraka")


def test_a_server_is_found_again(own_mariadb: MariaDb) -> None:
    """Whoever asks for the folder next finds the running server, and none where it was stopped."""
    found = MariaDb.found(own_mariadb.folder)
    assert found is not None
    assert (found.port, found.process) == (own_mariadb.port, own_mariadb.process)
    own_mariadb.stop()
    assert MariaDb.found(own_mariadb.folder) is None


def test_secrets_of_the_folder_are_ours_alone(own_mariadb: MariaDb) -> None:
    """Neither the folder nor what it keeps of the password can be read by others."""
    kept = [own_mariadb.folder, own_mariadb.folder / "mariadb.json", own_mariadb.folder / "first.sql"]
    assert [it.stat().st_mode & 0o077 for it in kept] == [0, 0, 0]


def test_where_mariadb_is_missing_its_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever needs it is told what to install, and the tests skip by that name."""
    monkeypatch.setattr("marketplace_adapters.cocorico.testing.programs._MORE_PLACES", ())
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(AdapterMissing, match="apt-get install mariadb-server"):
        programs()
