"""The SQL that makes the account which we need on the portal's database: rights by column, and none to delete."""

from __future__ import annotations

import re
from typing import Final

from marketplace_adapters.cocorico.tables import METADATA, columns_used
from marketplace_core.errors import ConfigurationError

_RIGHTS: Final = {"r": "SELECT", "i": "INSERT", "u": "UPDATE"}
_NAME: Final = re.compile(r"[A-Za-z0-9_$.%:-]{1,64}")
SECRET_COLUMNS: Final = frozenset(
    {"password", "salt", "confirmation_token", "iban", "bic", "bank_owner_name", "bank_owner_address"}
)
"""Of a person there, never granted; a test holds this list against the rights that are."""


def grants(database: str, user: str = "marketplace", host: str = "localhost", password: str = "") -> list[str]:
    """The statements, to be run there by its administrator, for an account that comes from ``host``.

    Rights are given by column. Without a password the account is taken to exist. Raises ConfigurationError for names
    that would need quoting, and for such a password.
    """
    for name in (database, user, host):
        if not _NAME.fullmatch(name):
            raise ConfigurationError(f"{name!r} cannot be the name of a database, user or host: use plain letters")
    if "'" in password or "\\" in password:
        raise ConfigurationError("the password for the portal's database must have neither ' nor \\ in it")
    account = f"'{user}'@'{host}'"
    made = [f"CREATE USER {account} IDENTIFIED BY '{password}'"] if password else []
    return made + [f"GRANT {rights} ON `{database}`.`{table}` TO {account}" for table, rights in _rights()]


def _rights() -> list[tuple[str, str]]:
    told = list[tuple[str, str]]()
    for table in METADATA.sorted_tables:
        rights = [
            f"{right} ({', '.join(f'`{it}`' for it in columns)})"
            for use, right in _RIGHTS.items()
            if (columns := list(columns_used(table, use)))
        ]
        if any(columns_used(table, "i")):
            # It gives no data away, but shows all columns in information_schema: also one that a new row would need.
            rights.append("REFERENCES")
        told.append((table.name, ", ".join(rights)))
    return told
