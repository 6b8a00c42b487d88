"""A portal to test against: a database with its tables on a MariaDB, its hand, and the account that we have there."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Final
from urllib.parse import quote

import pymysql
from attrs import define, field

from marketplace_adapters.cocorico.grants import grants
from marketplace_adapters.cocorico.testing.definitions import statements
from marketplace_adapters.cocorico.testing.hand import CocoricoHand
from marketplace_adapters.cocorico.testing.rows import Rows
from marketplace_adapters.cocorico.testing.server import OWNER, MariaDb

HOST: Final = "127.0.0.1"
PASSWORD: Final = "made-up"


@define
class CocoricoPortal:
    """A database of its own on a server; ``close`` drops it with its account."""

    server: MariaDb
    database: str
    hand: CocoricoHand = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Give it a hand."""
        self.hand = CocoricoHand(Rows(self.server, self.database))

    @classmethod
    def make(cls, server: MariaDb, database: str = "cocorico") -> CocoricoPortal:
        """Make the database with its tables, and the account with the rights of `grants`."""
        server.run(
            f"CREATE DATABASE `{database}` CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci",
            f"USE `{database}`",
            "SET FOREIGN_KEY_CHECKS=0",
            *statements(),
            *grants(database, cls.account_in(database), HOST, PASSWORD),
        )
        return cls(server, database)

    @staticmethod
    def account_in(database: str) -> str:
        """Who we are there: the database and its account have one name."""
        return database

    @property
    def url(self) -> str:
        """Where our account finds it."""
        return self._url(self.account_in(self.database), PASSWORD)

    @property
    def owner_url(self) -> str:
        """Where its owner finds it, who may do everything."""
        return self._url(OWNER, self.server.password)

    def alter(self, statements: Iterable[str]) -> None:
        """Change its tables, as another bundle or a migration there does."""
        self.server.run(*statements, database=self.database)

    def close(self) -> None:
        """Drop the database and its account."""
        self.hand.rows.close()
        account = f"'{self.account_in(self.database)}'@'{HOST}'"
        with suppress(pymysql.err.OperationalError):
            self.server.run(f"KILL USER {account}")
        self.server.run(f"DROP DATABASE IF EXISTS `{self.database}`", f"DROP USER IF EXISTS {account}")

    def _url(self, user: str, password: str) -> str:
        return f"mysql://{user}:{quote(password, safe='')}@{HOST}:{self.server.port}/{self.database}"
