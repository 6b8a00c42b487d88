"""Started as root, the server runs unprivileged, widens no right, and lets nobody else in."""

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from marketplace_adapters.postgres.embedded import open_server
from marketplace_adapters.postgres.server.accounts import ROOT, Account
from marketplace_adapters.postgres.server.binaries import Binaries, wheel_binaries
from marketplace_core.errors import ConfigurationError, StorageFull

pytestmark = pytest.mark.skipif(os.geteuid() != ROOT, reason="needs root")

STRANGER = Account(65534, 65534)


def said_as_stranger(action: Callable[[], object]) -> str:
    """Do something in a child process as another user; return "done", or the error's words."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child only does this and ends
        child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(STRANGER.gid)
            os.setuid(STRANGER.uid)
            action()
            os.write(writing, b"done")
        except BaseException as problem:  # noqa: BLE001 - the child must not go on as a second test run
            os.write(writing, f"{type(problem).__name__}: {problem}".encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as said:
        return said.read()


@pytest.fixture
def closed_parent(tmp_path: Path) -> Path:
    """Give a folder of root's in a folder that nobody else may enter."""
    parent = tmp_path / "closed"
    parent.mkdir(mode=0o700)
    return parent


@pytest.fixture
def open_parent() -> Iterator[Path]:
    """Give a folder of root's that everybody may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_parents_keep_their_rights(closed_parent: Path) -> None:
    """The server reads its data below a closed folder, and no folder's mode or owner changes."""
    books = closed_parent / "deep" / "books"
    books.mkdir(parents=True, mode=0o755)
    folders = [books, *books.parents]
    before = [(path.stat().st_mode, path.stat().st_uid) for path in folders]
    with open_server(books, durable=False) as server:
        with psycopg.connect(server.application.conninfo()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        account = Path(f"/proc/{server.process}").stat().st_uid
        assert account == (books / "postgres" / "cluster").stat().st_uid != ROOT
    assert [(path.stat().st_mode, path.stat().st_uid) for path in folders] == before


def test_programs_in_a_closed_folder_are_copied_to_where_the_account_can_run_them(
    closed_parent: Path, open_parent: Path
) -> None:
    """The copy is root's and runs; a place that others could write to is passed over; the original stays closed."""
    original = wheel_binaries().folder
    closed = Binaries(closed_parent / original.parent.name / original.name)
    shutil.copytree(original, closed.folder, ignore=shutil.ignore_patterns("*.a", "include"))
    libraries = original.parent.with_name(f"{original.parent.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, closed_parent / libraries.name)
    planted = open_parent / "planted"
    planted.mkdir()
    planted.chmod(0o777)
    places = [planted, open_parent / "safe"]
    copy = closed.reachable_by(STRANGER, places)
    assert copy.folder.is_relative_to(open_parent / "safe")
    assert list(planted.iterdir()) == []
    assert copy == closed.reachable_by(STRANGER, places)
    with open_server(closed_parent / "books", binaries=copy, durable=False) as server:
        assert server.process is not None


def test_a_stranger_cannot_connect(open_parent: Path) -> None:
    """Another user is stopped by the folder, by the socket's mode and by the kernel's word, one after the other."""
    books = open_parent / "books"
    with open_server(books, durable=False) as server:

        def connect() -> None:
            psycopg.connect(server.application.conninfo()).close()

        connect()
        assert "Permission denied" in said_as_stranger(connect)
        for folder in (books, books / "postgres", books / "postgres" / "cluster"):
            folder.chmod(0o755)
        assert "Permission denied" in said_as_stranger(connect)
        (books / "postgres" / "cluster" / ".s.PGSQL.5432").chmod(0o777)
        assert "Peer authentication failed" in said_as_stranger(connect)


def test_the_servers_account_cannot_reach_the_cluster_from_outside(closed_parent: Path) -> None:
    """Locks, log and folder stay root's, so another process of that account does not get in."""
    with open_server(closed_parent, durable=False):
        postgres = closed_parent / "postgres"
        owners = {path.name: path.stat().st_uid for path in postgres.iterdir()}
        assert postgres.stat().st_uid == ROOT
    assert {name for name, owner in owners.items() if owner != ROOT} == {"cluster"}


def test_a_folder_of_an_ordinary_user_stays_usable_without_root(open_parent: Path) -> None:
    """Root's server in a user's folder runs as that user, who goes on with the same rows alone."""
    books = open_parent / "books"
    books.mkdir(mode=0o700)
    os.chown(books, STRANGER.uid, STRANGER.gid)
    with open_server(books, durable=False) as server:
        assert Path(f"/proc/{server.process}").stat().st_uid == STRANGER.uid
        with psycopg.connect(server.owner.conninfo()) as connection:
            connection.execute("CREATE TABLE facts AS SELECT 7 AS number")
    assert [path for path in books.rglob("*") if path.stat().st_uid != STRANGER.uid] == []

    def go_on() -> None:
        with open_server(books, durable=False) as own, psycopg.connect(own.application.conninfo()) as connection:
            assert connection.execute("SELECT number FROM facts").fetchone() == (7,)

    assert said_as_stranger(go_on) == "done"


def test_a_folder_that_is_not_writable_is_refused(open_parent: Path) -> None:
    """An ordinary user gets the path and the reason, not a traceback."""
    said = said_as_stranger(lambda: open_server(open_parent / "books"))
    assert said.startswith(f"{ConfigurationError.__name__}: cannot use the data folder {open_parent}")
    assert "permission denied" in said


def test_a_full_disk_is_named(closed_parent: Path) -> None:
    """A first start on a disk of 8 MB says that the disk is full and leaves nothing half made."""
    disk = closed_parent / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    try:
        with pytest.raises(StorageFull, match="the disk is full: free some space"):
            open_server(disk / "books")
        assert not (disk / "books" / "postgres" / "cluster").exists()
        assert not list((disk / "books" / "postgres").glob("cluster.unfinished*"))
    finally:
        subprocess.run(["/bin/umount", str(disk)], check=True)


def test_a_planted_link_is_not_followed(closed_parent: Path) -> None:
    """Access rules replace whatever stands in their place: root overwrites no foreign file for the account."""
    victim = closed_parent / "victim"
    victim.write_text("precious")
    with open_server(closed_parent / "books", durable=False):
        pass
    rules = closed_parent / "books" / "postgres" / "cluster" / "pg_hba.conf"
    rules.unlink()
    rules.symlink_to(victim)
    with open_server(closed_parent / "books", durable=False):
        assert not rules.is_symlink()
    assert victim.read_text() == "precious"
