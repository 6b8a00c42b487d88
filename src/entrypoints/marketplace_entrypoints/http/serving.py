"""The server: the application over the open store of the settings, until it is told to stop."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import uvicorn
from attrs import frozen

from marketplace_core.errors import ConfigurationError, MarketplaceError
from marketplace_core.ports.notifier import Message
from marketplace_entrypoints.engine_metrics import BillingSyncCollector
from marketplace_entrypoints.http.app import build_app
from marketplace_entrypoints.http.connections import PromptConnection
from marketplace_entrypoints.http.kept_pages import pages_of
from marketplace_entrypoints.http.logs import log
from marketplace_entrypoints.http.metrics import Metrics
from marketplace_entrypoints.http.parts import Parts
from marketplace_entrypoints.http.rates import CountedRates
from marketplace_entrypoints.http.resources.all import OPERATIONS, SERVICES
from marketplace_entrypoints.our_listings import our_listings
from marketplace_entrypoints.outside_properties import outside_properties_if_any
from marketplace_entrypoints.property_metrics import condo_collector, portal_collector
from marketplace_entrypoints.second_books import second_books_if_any
from marketplace_entrypoints.settings import Settings, load_settings
from marketplace_entrypoints.store import Store
from marketplace_entrypoints.worker.metrics import JobCollector

if TYPE_CHECKING:
    from litestar import Litestar

_KEEP_ALIVE_SECONDS: Final = 20
_STOP_SECONDS: Final = 20
_MOST_CONNECTIONS: Final = 2000


@frozen
class Place:
    """Where the server listens."""

    host: str = "127.0.0.1"
    port: int = 8000


@contextmanager
def parts_of(settings: Settings, store: Store) -> Generator[Parts]:
    """What operations work with, over an open store; letters that wait are sent at the end."""
    from marketplace_entrypoints.composition import rules_of, shipped_documents, wired
    from marketplace_entrypoints.composition_identity import mail_of, queued, wired_identity

    if store.identities is None or store.kept_answers is None:
        raise ConfigurationError(f"the store {settings.store!r} keeps no users: serve needs one that does")
    container = wired(settings, store.ports)
    clock = container.clock()
    letters = queued(mail_of(settings, clock), _tell_failed)
    identity = wired_identity(settings, store, letters)
    metrics = Metrics.make()
    books = second_books_if_any(store, container)
    metrics.registry.register(BillingSyncCollector(books))
    outside = outside_properties_if_any(store, container)
    metrics.registry.register(condo_collector(outside))
    listings = our_listings(store, container)
    metrics.registry.register(portal_collector(listings))
    if store.work is not None:
        metrics.registry.register(JobCollector(store.work, clock))
    parts = Parts(
        settings=settings,
        store=store,
        container=container,
        identity=identity,
        authenticator=identity.authenticate(),
        kept=store.kept_answers,
        documents=shipped_documents(),
        rates=CountedRates(store.identities),
        clock=clock,
        rules=rules_of(settings),
        new_id=lambda: uuid4().hex,
        metrics=metrics,
        books=books,
        outside=outside,
        listings=listings,
        pages=pages_of(settings),
        store_version=store.keeper.check()[0].says if store.keeper is not None else "",
    )
    try:
        yield parts
    finally:
        letters.close()


def _tell_failed(message: Message, problem: MarketplaceError) -> None:
    """Say that a letter could not be sent, and nothing of to whom or what."""
    log().error("letter not sent", kind=message.kind, error=type(problem).__name__)


def serve(settings: Settings, store: Store, place: Place, only: str = "") -> None:
    """Answer requests in this process until SIGTERM or Ctrl-C; what runs is finished first.

    ``only`` names a part that is served alone.
    """
    with parts_of(settings, store) as parts:
        _run(build_app(parts, SERVICES[only] if only else OPERATIONS), place)


@contextmanager
def application() -> Generator[Litestar]:
    """The application of the settings, for another ASGI server."""
    from marketplace_entrypoints.composition import open_store

    settings = load_settings()
    with open_store(settings) as store, parts_of(settings, store) as parts:
        yield build_app(parts, OPERATIONS)


def config_of(app: Litestar, place: Place) -> uvicorn.Config:
    """How the server listens and what it bounds."""
    # Every request is logged by our own framing, by its operation: uvicorn would log paths, which may hold tokens.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    return uvicorn.Config(
        app,
        http=PromptConnection,
        host=place.host,
        port=place.port,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_STOP_SECONDS,
        limit_concurrency=_MOST_CONNECTIONS,
    )


def _run(app: Litestar, place: Place) -> None:
    # Once it has stopped cleanly uvicorn raises the signal that stopped it again; nothing is left to be cancelled.
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config_of(app, place)).run()
