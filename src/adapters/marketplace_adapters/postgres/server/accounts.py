"""Which account of the system runs the server: ours, or an unprivileged one if we are root.

PostgreSQL refuses to run as root. As root the server gets an account that owns nothing else, so that no other
service shares its files, memory and signals.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from marketplace_core.errors import ConfigurationError, StoreUnavailable

ROOT = 0
DEDICATED_NAME = "marketplace"
# Unused by people (1000-60000), by system accounts (below 1000) and by systemd's dynamic ones (61184-65519),
# yet below 65536, where the maps of user namespaces usually end.
_DEDICATED_IDS = range(60999, 60900, -1)


@frozen
class Account:
    """A user and group of the system, by number."""

    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """True if this process already runs as that user."""
        return self.uid == os.geteuid()

    @property
    def name(self) -> str | None:
        """The user's name, or None if the number has none."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return None

    def own(self, path: Path) -> None:
        """Make the file or folder, not what a link points to, this account's, as far as we may."""
        if os.geteuid() == ROOT:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def own_tree(self, folder: Path) -> None:
        """Make the folder and all in it this account's."""
        if os.geteuid() != ROOT:
            return
        for path, _folders, files, descriptor in os.fwalk(folder):
            os.chown(descriptor, self.uid, self.gid)
            for file in files:
                os.chown(file, self.uid, self.gid, dir_fd=descriptor, follow_symlinks=False)
            del path


def current_account() -> Account:
    """Return the account this process runs as."""
    return Account(os.geteuid(), os.getegid())


def account_for(folder: Path) -> Account:
    """Return who shall run the server whose data belong into an existing folder.

    Us; as root the folder's owner, so that the owner can go on without root; for a folder of root's own a
    dedicated account: the user ``marketplace`` if there is one, else a number that nobody has.
    """
    if os.geteuid() != ROOT:
        return current_account()
    owner = folder.stat()
    if owner.st_uid != ROOT:
        return Account(owner.st_uid, owner.st_gid)
    return _dedicated_account()


def _dedicated_account() -> Account:
    try:
        entry = pwd.getpwnam(DEDICATED_NAME)
    except KeyError:
        taken = {entry.pw_uid for entry in pwd.getpwall()}
        number = next(number for number in _DEDICATED_IDS if number not in taken)
        return Account(number, number)
    return Account(entry.pw_uid, entry.pw_gid)


def named_account(account: Account) -> Account:
    """Return the account if it has a name, else, as root, another unprivileged one that has.

    `initdb` insists on a name; the files it made are handed over afterwards.
    """
    if account.name is not None:
        return account
    if os.geteuid() == ROOT:
        entries = sorted(pwd.getpwall(), key=lambda entry: entry.pw_name != "nobody")
        for entry in entries:
            if entry.pw_uid != ROOT:
                return Account(entry.pw_uid, entry.pw_gid)
    raise ConfigurationError(
        f"the user number {account.uid} has no name on this system, and PostgreSQL wants one:"
        " run as a user listed in /etc/passwd, or give the DSN of a server"
    )


def client_names(account: Account) -> list[str]:
    """Return who may ask the server, by name: who runs it, who starts it, and root, who may anyway."""
    names = {Account(uid, 0).name for uid in (account.uid, os.geteuid(), ROOT)}
    return sorted(name for name in names if name is not None)


def run_as(
    account: Account, command: Sequence[str], *, folder: Path, text: str = "", timeout_seconds: float
) -> subprocess.CompletedProcess[str]:
    """Run a program as the account inside the folder and return what it said; never raises for its exit code.

    The folder is entered before the rights are dropped: its parents may be closed to the account.
    """
    try:
        return subprocess.run(  # noqa: S603 - PostgreSQL's own programs
            command,
            cwd=folder,
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env=clean_environment(),
            umask=0o077,
            timeout=timeout_seconds,
            user=None if account.is_ours else account.uid,
            group=None if account.is_ours else account.gid,
            extra_groups=None if account.is_ours else (),
        )
    except OSError as problem:
        raise cannot_run_as(account, problem) from problem
    except subprocess.TimeoutExpired as problem:
        raise StoreUnavailable(f"{Path(command[0]).name} took longer than {timeout_seconds:g} s") from problem


def cannot_run_as(account: Account, problem: OSError) -> ConfigurationError:
    """Return the error for a program that could not even be started as the account."""
    return ConfigurationError(
        f"cannot run PostgreSQL as the user {account.name or account.uid} ({problem.strerror}):"
        " run as an ordinary user instead of root, or give the DSN of a server"
    )


def clean_environment() -> dict[str, str]:
    """Return an environment in which neither PG* variables nor a locale change what the server does."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
