"""A backup is whole or not there, proves it, and restores all or nothing."""

import hashlib
import json
import stat
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from tests.fixtures.databases import Database, new_database

from marketplace_adapters.postgres.dumps import (
    BackupManifest,
    dump_database,
    read_manifest,
    restore_database,
    verify_backup,
)
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_core.errors import AlreadyExists, ConfigurationError, IntegrityBroken, InvalidInput, MarketplaceError

pytestmark = pytest.mark.postgres

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ROWS = [(number, f"tenant {number} – Wanjikũ") for number in range(1, 2001)]


def fill(database: Database) -> None:
    """Make an append-only table with rows, a sequence, and a schema of its own."""
    with psycopg.connect(database.owner.conninfo()) as connection:
        connection.execute("CREATE SCHEMA books")
        connection.execute("CREATE TABLE books.entries (id int PRIMARY KEY, note text NOT NULL)")
        connection.execute("REVOKE UPDATE, DELETE ON books.entries FROM marketplace_app")
        connection.execute("CREATE SEQUENCE numbers START 41")
        connection.execute("SELECT nextval('numbers')")
        with connection.cursor().copy("COPY books.entries FROM STDIN") as copy:
            for row in ROWS:
                copy.write_row(row)


def content(dsn: Dsn) -> list[tuple[int, str]]:
    """Return the rows as the role sees them."""
    with psycopg.connect(dsn.conninfo()) as connection:
        return connection.execute("SELECT id, note FROM books.entries ORDER BY id").fetchall()


def dump(database: Database, target: Path) -> BackupManifest:
    """Back up with the test's figures."""
    return dump_database(database.owner, target, schema_version="0007", created_at=NOW)


@pytest.fixture
def backup(fresh_database: Database, tmp_path: Path) -> Path:
    """Give a backup of a filled database."""
    fill(fresh_database)
    dump(fresh_database, tmp_path / "books.backup")
    return tmp_path / "books.backup"


def tables(dsn: Dsn) -> list[str]:
    """Return the names of all tables of ours."""
    with psycopg.connect(dsn.conninfo()) as connection:
        found = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        return [row[0] for row in found]


def test_a_restored_database_holds_the_same_rows_rights_and_numbers(backup: Path, postgres_server: Database) -> None:
    """Rows, revoked rights, default rights and the next number come back."""
    with new_database(postgres_server) as target:
        manifest = restore_database(backup, target.owner)
        assert content(target.application) == ROWS
        with psycopg.connect(target.application.conninfo(), autocommit=True) as connection:
            assert connection.execute("SELECT nextval('numbers')").fetchone() == (42,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("DELETE FROM books.entries")
        with psycopg.connect(target.owner.conninfo()) as connection:
            connection.execute("CREATE TABLE later (id int)")
        with psycopg.connect(target.application.conninfo()) as connection:
            assert connection.execute("DELETE FROM later").rowcount == 0
    assert manifest == read_manifest(backup) == verify_backup(backup)
    assert (manifest.schema_version, manifest.created_at) == ("0007", NOW)


def test_a_backup_is_private_alone_and_an_ordinary_archive(backup: Path) -> None:
    """Only its owner reads it, no unfinished file stands beside it, and any ZIP program opens it."""
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert [path.name for path in backup.parent.iterdir() if path.is_file()] == [backup.name]
    with zipfile.ZipFile(backup) as archive:
        assert sorted(archive.namelist()) == ["database.dump", "manifest.json"]
        assert archive.read("database.dump").startswith(b"PGDMP")


def test_a_backup_is_never_overwritten(backup: Path, fresh_database: Database) -> None:
    """The second backup to one name is refused and the first stays."""
    before = backup.read_bytes()
    with pytest.raises(AlreadyExists, match="choose another name"):
        dump(fresh_database, backup)
    assert backup.read_bytes() == before


def test_a_failed_backup_leaves_no_file(fresh_database: Database, tmp_path: Path) -> None:
    """A table that the asking role may not read ends the backup, with PostgreSQL's reason."""
    fill(fresh_database)
    with psycopg.connect(fresh_database.owner.conninfo()) as connection:
        connection.execute("REVOKE SELECT ON books.entries FROM marketplace_app")
    with pytest.raises(MarketplaceError, match="permission denied for table entries"):
        dump_database(fresh_database.application, tmp_path / "x", schema_version="1", created_at=NOW)
    with pytest.raises(ConfigurationError, match="cannot write the backup"):
        dump(fresh_database, tmp_path / "no" / "such" / "folder")
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9, 0.999])
def test_a_cut_off_backup_is_refused(backup: Path, fresh_database: Database, kept: float) -> None:
    """However much of it is left, it is no backup, and the database stays as it was."""
    whole = backup.read_bytes()
    backup.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(InvalidInput, match="not a backup, or was cut off"):
        restore_database(backup, fresh_database.owner, replace=True)
    assert content(fresh_database.owner) == ROWS


def test_a_changed_backup_is_refused(backup: Path, fresh_database: Database) -> None:
    """One changed byte of the dump, even with a recomputed check sum of the archive, is found."""
    changed = bytearray(backup.read_bytes())
    changed[len(changed) // 2] ^= 1
    backup.write_bytes(changed)
    with pytest.raises(IntegrityBroken, match="is damaged"):
        restore_database(backup, fresh_database.owner, replace=True)
    forged = backup.with_name("forged.backup")
    with zipfile.ZipFile(forged, "w") as archive:
        archive.writestr("database.dump", b"PGDMP forged")
        archive.writestr("manifest.json", zipfile.ZipFile(backup).read("manifest.json"))
    with pytest.raises(IntegrityBroken, match="is not what was backed up"):
        restore_database(forged, fresh_database.owner, replace=True)
    assert content(fresh_database.owner) == ROWS


def test_a_database_that_is_not_empty_is_refused_unless_it_shall_be_replaced(
    backup: Path, fresh_database: Database
) -> None:
    """Without the word nothing changes; with it the content is the backup's alone."""
    with psycopg.connect(fresh_database.owner.conninfo()) as connection:
        connection.execute("DELETE FROM books.entries WHERE id > 5")
        connection.execute("CREATE TABLE later ()")
    with pytest.raises(AlreadyExists, match="is not empty"):
        restore_database(backup, fresh_database.owner)
    assert content(fresh_database.owner) == ROWS[:5]
    restore_database(backup, fresh_database.owner, replace=True)
    assert content(fresh_database.application) == ROWS
    assert tables(fresh_database.owner) == ["entries"]


def test_a_restore_that_fails_half_way_changes_nothing(backup: Path, fresh_database: Database) -> None:
    """A role that may not make all of the objects leaves the old content, although it dropped some first."""
    with psycopg.connect(fresh_database.owner.conninfo()) as connection:
        connection.execute("GRANT CREATE ON SCHEMA public TO marketplace_app")
        connection.execute(
            SQL("GRANT CREATE ON DATABASE {} TO marketplace_app").format(Identifier(fresh_database.owner.database))
        )
    with psycopg.connect(fresh_database.application.conninfo()) as connection:
        connection.execute("CREATE TABLE of_the_application AS SELECT 1 AS kept")
    with pytest.raises(MarketplaceError, match=r"cannot restore into .*already exists"):
        restore_database(backup, fresh_database.application, replace=True)
    assert sorted(tables(fresh_database.owner)) == ["entries", "of_the_application"]
    assert content(fresh_database.owner) == ROWS


def test_a_dump_that_ends_too_early_is_not_committed(backup: Path, fresh_database: Database) -> None:
    """Even with a manifest that fits it, half a dump is never restored as if it were whole."""
    half = backup.with_name("half.backup")
    with zipfile.ZipFile(backup) as whole, zipfile.ZipFile(half, "w") as archive:
        dumped = whole.read("database.dump")[:-2000]
        fitting = {"sha256": hashlib.sha256(dumped).hexdigest(), "size_bytes": len(dumped)}
        archive.writestr("database.dump", dumped)
        archive.writestr("manifest.json", json.dumps({**json.loads(whole.read("manifest.json")), **fitting}))
    with psycopg.connect(fresh_database.owner.conninfo()) as connection:
        connection.execute("CREATE TABLE later ()")
    with pytest.raises(MarketplaceError, match="cannot restore into"):
        restore_database(half, fresh_database.owner, replace=True)
    assert content(fresh_database.owner) == ROWS
    assert sorted(tables(fresh_database.owner)) == ["entries", "later"]


def test_a_time_without_a_zone_is_refused(fresh_database: Database, tmp_path: Path) -> None:
    """A backup's time is an instant."""
    with pytest.raises(InvalidInput, match="zone"):
        dump_database(fresh_database.owner, tmp_path / "x", schema_version="1", created_at=NOW.replace(tzinfo=None))
    assert list(tmp_path.iterdir()) == []
