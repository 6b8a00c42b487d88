"""Bring a database to the tables that this version of the package expects."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from marketplace_core.errors import ConfigurationError

_LOCK: Final = 0x6D6B7463_01
"""An advisory lock of the coordinator, held while revisions are applied and by nothing else."""


def latest_revision() -> str:
    """The revision that this version of the package works with."""
    head = _scripts().get_current_head()
    assert head is not None  # noqa: S101 - the package ships at least one revision
    return head


def current_revision(engine: Engine) -> str | None:
    """The revision that a database has, None for an empty one."""
    with engine.connect() as connection:
        return _revision_of(connection)


def migrate(engine: Engine) -> str:
    """Apply the revisions that are missing, all or none; the revision that stands then.

    Many processes may do this at once: one works, the others wait and find nothing to do. The engine's role must
    own the tables. ``ConfigurationError`` where the database is of a newer version of the package.
    """
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        found = _revision_of(connection)
        _require_known(found)
        if found != latest_revision():
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    return latest_revision()


def require_current(engine: Engine) -> None:
    """Refuse a database whose tables are older or newer than this version of the package."""
    found = current_revision(engine)
    _require_known(found)
    if found != latest_revision():
        raise ConfigurationError(
            f"the database is at revision {found or 'none'}, this version needs {latest_revision()}: migrate it first"
        )


def _require_known(revision: str | None) -> None:
    if revision is not None and revision not in {script.revision for script in _scripts().walk_revisions()}:
        raise ConfigurationError(
            f"the database is at revision {revision}, which this version does not know (it knows up to "
            f"{latest_revision()}): it was made by a newer one; upgrade the package"
        )


def _revision_of(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
