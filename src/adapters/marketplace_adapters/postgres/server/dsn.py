"""Addresses of databases, which never show their secret."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from attrs import field, frozen
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from typing_extensions import override

from marketplace_core.errors import ConfigurationError

_EXPECTED = "expected postgresql://user:password@host:port/database"
_SECRET_PARAMETERS = ("password", "sslpassword")
_DRIVER_PREFIXES = ("postgresql+psycopg://", "postgresql+psycopg2://")


@frozen(repr=False)
class Dsn:
    """One database and the role that asks for it; ``repr``, ``str`` and ``label`` leave the password out.

    ``parameters`` are libpq's connection parameters by their names (``host``, ``dbname``, ``user``, …).
    """

    parameters: dict[str, str]
    _secrets: dict[str, str] = field(factory=dict[str, str])

    @classmethod
    def parse(cls, text: str) -> Dsn:
        """Read a URL (``postgresql://``, ``postgres://``, ``postgresql+psycopg://``) or ``key=value`` pairs.

        Raises ConfigurationError, without repeating the text, because it may hold a password.
        """
        cleaned = text.strip()
        for prefix in _DRIVER_PREFIXES:
            if cleaned.startswith(prefix):
                cleaned = "postgresql://" + cleaned.removeprefix(prefix)
        try:
            read = conninfo_to_dict(cleaned)
        except ProgrammingError:
            raise ConfigurationError(f"the database's address cannot be read: {_EXPECTED}") from None
        parameters = {key: str(value) for key, value in read.items() if value is not None}
        if not parameters.get("dbname"):
            raise ConfigurationError(f"the database's address names no database: {_EXPECTED}")
        secrets = {key: parameters.pop(key) for key in _SECRET_PARAMETERS if key in parameters}
        return cls(parameters, secrets)

    @property
    def database(self) -> str:
        """The database's name."""
        return self.parameters["dbname"]

    @property
    def label(self) -> str:
        """Who asks for what and where, for messages: ``user@host:port/database``."""
        user = self.parameters.get("user", "")
        host = self.parameters.get("host", self.parameters.get("hostaddr", "localhost"))
        port = self.parameters.get("port")
        return f"{user}@{host}{':' + port if port else ''}/{self.database}"

    def with_database(self, name: str) -> Dsn:
        """Return the same server and role with another database."""
        return Dsn({**self.parameters, "dbname": name}, self._secrets)

    def conninfo(self) -> str:
        """Return libpq's ``key=value`` text **with** the password, for `psycopg.connect` only."""
        return make_conninfo("", **self.parameters, **self._secrets)

    def public_conninfo(self) -> str:
        """Return libpq's ``key=value`` text without the password, fit for a process's arguments."""
        return make_conninfo("", **self.parameters)

    def password_environment(self) -> dict[str, str]:
        """Return the environment variable that hands the password to libpq's own programs."""
        return {"PGPASSWORD": self._secrets["password"]} if "password" in self._secrets else {}

    def sqlalchemy_url(self) -> str:
        """Return SQLAlchemy's URL for psycopg 3, **with** the password in its usual place."""
        rest = {key: value for key, value in self.parameters.items() if key not in {"user", "dbname"}}
        user = quote(self.parameters.get("user", ""), safe="")
        secret = ":" + quote(self._secrets["password"], safe="") if "password" in self._secrets else ""
        authority = f"{user}{secret}@" if user or secret else ""
        query = f"?{urlencode(rest)}" if rest else ""
        return f"postgresql+psycopg://{authority}/{quote(self.database, safe='')}{query}"

    def without_secret(self, text: str) -> str:
        """Return a foreign message with this address's secrets blotted out."""
        for secret in filter(None, self._secrets.values()):
            text = text.replace(secret, "***")
        return text

    @override
    def __repr__(self) -> str:
        return f"Dsn({self.label})"
