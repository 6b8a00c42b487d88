"""Short work on the driver's own connection: of a few statements, what lies between costs more than they do."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Engine

from marketplace_adapters.postgres.books import tried_again

T = TypeVar("T")
Driver = psycopg.Connection[Any]


@contextmanager
def driver_connection(engine: Engine) -> Generator[Driver]:
    """The driver's own connection from the pool; what is not committed by the end is undone."""
    pooled = engine.raw_connection()
    driver = pooled.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 - the only driver of this adapter
    try:
        yield driver
    except BaseException as error:
        if driver.closed:
            pooled.invalidate(error)
        raise
    finally:
        pooled.close()


def in_short_transaction(engine: Engine, work: Callable[[Driver], T]) -> T:
    """What ``work`` returns, which commits by itself; tried again where others' changes undo it.

    Only errors of ours come out, as of ``books.in_transaction``.
    """

    def once() -> T:
        with driver_connection(engine) as driver:
            return work(driver)

    return tried_again(once)


@contextmanager
def looking(engine: Engine) -> Generator[Driver]:
    """A connection for a few reading statements outside any transaction."""
    with driver_connection(engine) as driver:
        driver.autocommit = True
        try:
            yield driver
        finally:
            if not driver.closed:
                driver.autocommit = False
