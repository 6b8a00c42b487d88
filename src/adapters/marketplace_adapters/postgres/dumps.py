"""Backups: one file that says what it is, proves that it is whole, and restores in one transaction."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

from attrs import asdict, frozen

from marketplace_adapters.postgres.server.binaries import Binaries, wheel_binaries
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_adapters.postgres.server.external import check_server, connect
from marketplace_adapters.postgres.server.problems import from_os_error, from_output, translated
from marketplace_core.errors import AlreadyExists, ConfigurationError, IntegrityBroken, InvalidInput

FORMAT = "marketplace-backup-1"
_DUMP, _MANIFEST = "database.dump", "manifest.json"
_CHUNK_BYTES = 1 << 20
_OWN_OBJECTS = """
    SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
"""
# Default privileges must go first as well: a dump grants what a table has, and does not revoke what the
# defaults of the new database would give on top, such as the right to change an append-only table.
_BEGIN = "BEGIN;\n"
_STILL_EMPTY = f"""
DO $$ BEGIN
    IF ({_OWN_OBJECTS}) > 0 THEN RAISE EXCEPTION 'somebody else is filling the database'; END IF;
END $$;
"""
_DROP_ALL = "DROP OWNED BY CURRENT_USER CASCADE;\n"


@frozen
class BackupManifest:
    """What a backup says about itself; ``sha256`` (hexadecimal) and ``size_bytes`` are of the dump inside."""

    schema_version: str
    created_at: datetime
    postgres_major_version: int
    sha256: str
    size_bytes: int


def dump_database(
    dsn: Dsn, target: Path, *, schema_version: str, created_at: datetime, binaries: Binaries | None = None
) -> BackupManifest:
    """Write one consistent picture of the database to ``target``, which appears whole or not at all.

    The file is a ZIP of a manifest and of `pg_dump`'s custom format, so that it can be read without us. Ask as
    the owner role. Raises AlreadyExists (never overwrites), ConfigurationError, StorageFull, StoreUnavailable.
    """
    if created_at.tzinfo is None:
        raise InvalidInput("the time of a backup needs its zone")
    if target.exists():
        raise AlreadyExists(f"{target} exists already: choose another name for the backup")
    installed = binaries or wheel_binaries()
    major_version = check_server(dsn).major_version
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
    try:
        with translated("cannot write the backup", target):
            sha256, size_bytes = _write_dump(dsn, unfinished, installed)
            manifest = BackupManifest(schema_version, created_at, major_version, sha256, size_bytes)
            with zipfile.ZipFile(unfinished, "a", allowZip64=True) as archive:
                archive.writestr(_MANIFEST, _to_json(manifest))
            _publish(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def read_manifest(backup: Path) -> BackupManifest:
    """Return what the backup says about itself; raises InvalidInput if it is none or was cut off."""
    with _opened(backup) as archive:
        return _manifest_of(archive, backup)


def verify_backup(backup: Path) -> BackupManifest:
    """Return the manifest of a backup that is whole to the byte.

    Raises InvalidInput if the file is no backup or was cut off, IntegrityBroken if its content was changed.
    """
    with _opened(backup) as archive:
        manifest = _manifest_of(archive, backup)
        digest, size_bytes = hashlib.sha256(), 0
        try:
            for chunk in _chunks(archive.open(_DUMP)):
                digest.update(chunk)
                size_bytes += len(chunk)
        except (zipfile.BadZipFile, EOFError) as problem:
            raise IntegrityBroken(f"{backup} is damaged ({problem}): use another backup") from problem
    if (digest.hexdigest(), size_bytes) != (manifest.sha256, manifest.size_bytes):
        raise IntegrityBroken(f"{backup} is not what was backed up: its digest differs; use another backup")
    return manifest


def restore_database(
    backup: Path, dsn: Dsn, *, replace: bool = False, binaries: Binaries | None = None
) -> BackupManifest:
    """Put a verified backup into the database, all of it or, after any error, nothing.

    A database that holds tables is refused with AlreadyExists unless ``replace``, which drops, in the same
    transaction, all that the asking role owns there. Ask as the owner role.
    """
    manifest = verify_backup(backup)
    installed = binaries or wheel_binaries()
    is_superuser = check_server(dsn).role_is_superuser
    if is_superuser and replace:
        raise ConfigurationError(
            f"{dsn.label} is a superuser, whose content cannot be told from the system's: ask as the role that"
            " owns the tables, or restore into an empty database"
        )
    with connect(dsn) as connection:
        counted = connection.execute(_OWN_OBJECTS).fetchone()
    if counted is not None and counted[0] and not replace:
        raise AlreadyExists(
            f"{dsn.label} is not empty: restore into an empty database, or say that its content is to be replaced"
        )
    with _opened(backup) as archive, archive.open(_DUMP) as dump:
        guard = _BEGIN if replace else _BEGIN + _STILL_EMPTY
        _replay(dump, dsn, installed, before=guard if is_superuser else guard + _DROP_ALL)
    return manifest


def _write_dump(dsn: Dsn, unfinished: Path, binaries: Binaries) -> tuple[str, int]:
    command = [
        binaries.program("pg_dump"),
        *("--format=custom", "--no-owner", f"--dbname={dsn.public_conninfo()}"),
    ]
    digest, size_bytes = hashlib.sha256(), 0
    descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        os.fdopen(descriptor, "w+b") as file,
        zipfile.ZipFile(file, "w", allowZip64=True) as archive,
        tempfile.TemporaryFile() as words,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words, env=_environment(dsn)) as pg_dump,  # noqa: S603
    ):
        try:
            with archive.open(_DUMP, "w", force_zip64=True) as entry:
                for chunk in _chunks(cast("IO[bytes]", pg_dump.stdout)):
                    entry.write(chunk)
                    digest.update(chunk)
                    size_bytes += len(chunk)
        except BaseException:
            pg_dump.kill()
            raise
        _check_end(pg_dump, words, dsn, doing=f"cannot back up {dsn.label}")
    return digest.hexdigest(), size_bytes


def _replay(dump: IO[bytes], dsn: Dsn, binaries: Binaries, *, before: str) -> None:
    """Feed the dump through `pg_restore` into `psql`, which commits only on our word after the last byte."""
    environment, doing = _environment(dsn), f"cannot restore into {dsn.label}"
    reading = [binaries.program("pg_restore"), "--no-owner", "--file=-"]
    writing = [
        binaries.program("psql"),
        *("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-", f"--dbname={dsn.public_conninfo()}"),
    ]
    with tempfile.TemporaryFile() as psql_words, tempfile.TemporaryFile() as restore_words:
        psql = subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
            writing, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=psql_words, env=environment
        )
        sink = cast("IO[bytes]", psql.stdin)
        pg_restore = subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
            reading, stdin=subprocess.PIPE, stdout=sink, stderr=restore_words, env=environment
        )
        source = cast("IO[bytes]", pg_restore.stdin)
        # A broken pipe is the echo of a program that failed and tells its reason itself, below.
        with psql, pg_restore, suppress(BrokenPipeError):
            sink.write(before.encode())
            sink.flush()
            with suppress(BrokenPipeError):
                for chunk in _chunks(dump):
                    source.write(chunk)
                source.close()
            if pg_restore.wait() == 0:
                sink.write(b"COMMIT;\n")
            sink.close()
        _check_end(psql, psql_words, dsn, doing=doing)
        _check_end(pg_restore, restore_words, dsn, doing=doing)


def _check_end(program: subprocess.Popen[bytes], words: IO[bytes], dsn: Dsn, *, doing: str) -> None:
    if program.wait() != 0:
        words.seek(0)
        raise from_output(dsn.without_secret(words.read().decode(errors="replace")), doing=doing)


def _environment(dsn: Dsn) -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", **dsn.password_environment()}


def _publish(unfinished: Path, target: Path) -> None:
    for path, mode in ((unfinished, os.O_RDWR), (target.parent, os.O_RDONLY)):
        if path == target.parent:
            unfinished.replace(target)
        descriptor = os.open(path, mode)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _opened(backup: Path) -> Generator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(backup)
    except zipfile.BadZipFile as problem:
        raise InvalidInput(f"{backup} is not a backup, or was cut off: use another file") from problem
    except OSError as problem:
        raise from_os_error(problem, doing=f"cannot read the backup {backup}") from problem
    with archive:
        yield archive


def _manifest_of(archive: zipfile.ZipFile, backup: Path) -> BackupManifest:
    try:
        if sorted(archive.namelist()) != [_DUMP, _MANIFEST]:
            raise InvalidInput(f"{backup} is not a backup of ours: it holds other files")
        content: Any = json.loads(archive.read(_MANIFEST))
        if content["format"] != FORMAT:
            raise InvalidInput(f"{backup} has the format {content['format']!r}, and this reads {FORMAT!r}")
        return BackupManifest(
            schema_version=str(content["schema_version"]),
            created_at=datetime.fromisoformat(content["created_at"]),
            postgres_major_version=int(content["postgres_major_version"]),
            sha256=str(content["sha256"]),
            size_bytes=int(content["size_bytes"]),
        )
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as problem:
        if isinstance(problem, InvalidInput):
            raise
        raise IntegrityBroken(f"{backup} is damaged: its manifest cannot be read; use another backup") from problem


def _to_json(manifest: BackupManifest) -> str:
    content = {"format": FORMAT, **asdict(manifest), "created_at": manifest.created_at.isoformat()}
    return json.dumps(content, indent=2) + "\n"


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK_BYTES):
        yield chunk
