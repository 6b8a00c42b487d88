"""MariaDB's programs on this machine, and the account that runs them."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path
from typing import Final

from attrs import frozen

from marketplace_core.errors import AdapterMissing

_ROOT: Final = 0
_SERVICE: Final = "mysql"
# Where systems put programs that only services run, which is on nobody's PATH.
_MORE_PLACES: Final = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/local/bin", "/opt/homebrew/bin")
_ADVICE: Final = "`make mariadb`, or apt-get install mariadb-server"


@frozen
class Programs:
    """The server and what makes its data folder."""

    server: str
    maker: str


def programs() -> Programs:
    """Find them by the names of MariaDB, else by the older ones; AdapterMissing where they are not installed."""
    return Programs(_found("mariadbd", "mysqld"), _found("mariadb-install-db", "mysql_install_db"))


def account_for(folder: Path) -> str:
    """The name of who runs a server on a folder: us; as root the service's own user, where it can reach the folder.

    Where it cannot, root runs it: its data are made up and it listens to this machine alone.
    """
    if os.geteuid() != _ROOT:
        return pwd.getpwuid(os.geteuid()).pw_name
    try:
        pwd.getpwnam(_SERVICE)
    except KeyError:
        return "root"
    is_reachable = all(it.stat().st_mode & 0o001 for it in folder.resolve().parents)
    return _SERVICE if is_reachable else "root"


def _found(*names: str) -> str:
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_MORE_PLACES])
    for name in names:
        if found := shutil.which(name, path=path):
            return found
    raise AdapterMissing(f"a MariaDB to test against needs the program {names[0]!r}, which is not installed: {_ADVICE}")
