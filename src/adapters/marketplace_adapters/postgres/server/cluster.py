"""A cluster: PostgreSQL's data directory, made whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from marketplace_adapters.postgres.server.accounts import Account, client_names, named_account, run_as
from marketplace_adapters.postgres.server.binaries import MAJOR_VERSION, Binaries
from marketplace_adapters.postgres.server.folders import ServerFolder
from marketplace_adapters.postgres.server.problems import from_output, translated
from marketplace_adapters.postgres.server.roles import (
    BOOTSTRAP_STATEMENTS,
    HOST_BASED_ACCESS,
    SUPERUSER,
    identity_map,
)
from marketplace_adapters.postgres.server.sizing import settings_for
from marketplace_core.errors import ConfigurationError

# On Linux a process reaches its own working directory by this path even where the parents are closed to it,
# so the server's account needs no right on them, and no path is too long.
HERE = "/proc/self/cwd"
_INITDB_TIMEOUT_SECONDS = 120


def data_argument(cluster: Path) -> str:
    """Return how the server, which is started inside the cluster, is told where its data are."""
    return HERE if sys.platform == "linux" else str(cluster)


def ensure_cluster(folder: ServerFolder, binaries: Binaries, *, durable: bool) -> None:
    """Make the cluster if there is none, refuse one of another major version, and renew who may connect.

    The caller holds the start lock.
    """
    version_file = folder.cluster / "PG_VERSION"
    with translated("cannot make the database in", folder.root):
        if not folder.cluster.exists():
            _create(folder, binaries, durable=durable)
        version = version_file.read_text().strip() if version_file.exists() else "(no version)"
    if version != str(MAJOR_VERSION):
        raise ConfigurationError(
            f"{folder.cluster} was made by PostgreSQL {version}, and this is {MAJOR_VERSION}: back it up"
            " with the version that made it and restore the backup into an empty data folder"
        )
    with translated("cannot write the access rules in", folder.cluster):
        write_access_rules(folder.cluster, folder.account)


def _create(folder: ServerFolder, binaries: Binaries, *, durable: bool) -> None:
    # One of its own: the initdb of a program that was killed may still be writing into the one before.
    for abandoned in folder.root.glob(f"{folder.unfinished_prefix}*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix=folder.unfinished_prefix, dir=folder.root))
    maker = named_account(folder.account)
    maker.own(unfinished)
    try:
        _run_initdb(unfinished, binaries, maker, durable=durable)
        _bootstrap(unfinished, binaries, maker, durable=durable)
        (unfinished / "postgresql.conf").write_text(settings_for(unfinished))
        folder.account.own_tree(unfinished)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    unfinished.rename(folder.cluster)
    if durable:
        _sync_folder(folder.root)


def _run_initdb(cluster: Path, binaries: Binaries, maker: Account, *, durable: bool) -> None:
    command = [
        binaries.program("initdb"),
        *("-D", data_argument(cluster)),
        *("-U", SUPERUSER),
        *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        *("--auth-local=reject", "--auth-host=reject"),
        "--no-instructions",
    ]
    if not durable:
        command.append("--no-sync")
    done = run_as(maker, command, folder=cluster, timeout_seconds=_INITDB_TIMEOUT_SECONDS)
    if done.returncode != 0:
        raise from_output(done.stdout + done.stderr, doing=f"cannot make a database in {cluster.parent}")


def _bootstrap(cluster: Path, binaries: Binaries, maker: Account, *, durable: bool) -> None:
    command = [
        binaries.program("postgres"),
        *("--single", "-j", "-D", data_argument(cluster)),
        *("-c", f"fsync={'on' if durable else 'off'}", "-c", "log_checkpoints=off"),
        "template1",
    ]
    statements = "".join(f"{statement};\n\n" for statement in BOOTSTRAP_STATEMENTS)
    done = run_as(maker, command, folder=cluster, text=statements, timeout_seconds=_INITDB_TIMEOUT_SECONDS)
    # A single-user backend goes on after an error and ends with 0.
    if done.returncode != 0 or any(word in done.stderr for word in ("ERROR:", "FATAL:", "PANIC:")):
        raise from_output(done.stderr, doing=f"cannot set up the database in {cluster.parent}")


def write_access_rules(cluster: Path, account: Account) -> None:
    """Write who may connect; the files are replaced whole, so a link planted there is not followed."""
    for name, text in (
        ("pg_hba.conf", HOST_BASED_ACCESS),
        ("pg_ident.conf", identity_map(client_names(account))),
    ):
        target = cluster / name
        if target.is_file() and not target.is_symlink() and target.read_text() == text:
            continue
        fresh = cluster / f"{name}.new"
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        account.own(fresh)
        fresh.replace(target)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
