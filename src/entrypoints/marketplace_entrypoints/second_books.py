"""The second books of an open store: one place for the command line, HTTP and workers to get their use cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace_entrypoints.store import Store

if TYPE_CHECKING:
    from marketplace_entrypoints.composition import Container
    from marketplace_entrypoints.composition_engine import EngineContainer


def second_books(store: Store, container: Container) -> EngineContainer:
    """The use cases; ``ConfigurationError`` where the native engine bills."""
    from marketplace_entrypoints.composition_engine import wired_engine

    return wired_engine(container.settings(), store, container.clock(), container.import_payments())


def second_books_if_any(store: Store, container: Container) -> EngineContainer | None:
    """The use cases where an outside engine bills, None where the native one does; to be made once a process."""
    return second_books(store, container) if container.settings().bills_outside else None
