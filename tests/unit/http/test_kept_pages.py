"""Answers for everybody are kept for seconds, so many at most, and made once however many ask at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest

from marketplace_core.errors import TooManyAttempts
from marketplace_core.services.identity.limits import AttemptLimit
from marketplace_entrypoints.http.kept_pages import KeptPages
from marketplace_entrypoints.http.rates import ProcessRates

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
LIFETIME = timedelta(seconds=5)


class Made:
    """Makes pages, and counts them."""

    def __init__(self) -> None:
        """None yet."""
        self.count = 0

    def page(self, text: str = "page") -> Callable[[], bytes]:
        """What makes a page of a text."""

        def make() -> bytes:
            self.count += 1
            return text.encode()

        return make


def test_a_page_is_made_once_until_its_time_is_over() -> None:
    """Within the lifetime it is the same; after it, it is made anew, with another tag where it differs."""
    pages, made = KeptPages(LIFETIME, 10), Made()
    first = pages.get("a", NOW, made.page())
    assert pages.get("a", NOW + LIFETIME - timedelta(microseconds=1), made.page("other")) is first
    second = pages.get("a", NOW + LIFETIME, made.page("other"))
    assert (made.count, second.content, second.etag != first.etag) == (2, b"other", True)
    assert pages.get("a", NOW + 3 * LIFETIME, made.page("page")).etag == first.etag


def test_without_a_lifetime_nothing_is_kept() -> None:
    """Each call makes its own."""
    pages, made = KeptPages(timedelta(), 10), Made()
    for _ in range(3):
        pages.get("a", NOW, made.page())
    assert (made.count, len(pages)) == (3, 0)


def test_it_never_holds_more_than_it_may() -> None:
    """Of a thousand pages the ten that were asked for last are kept; large ones leave sooner."""
    pages, made = KeptPages(LIFETIME, 10), Made()
    for number in range(1_000):
        pages.get(str(number), NOW, made.page())
    assert len(pages) == 10
    pages.get("999", NOW, made.page())
    assert made.count == 1_000
    for number in range(5):
        pages.get(f"large {number}", NOW, made.page("x" * 10_000_000))
    assert len(pages) == 3


def test_what_fails_is_not_kept() -> None:
    """The next one tries again."""
    pages, made = KeptPages(LIFETIME, 10), Made()

    def fails() -> bytes:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        pages.get("a", NOW, fails)
    assert pages.get("a", NOW, made.page()).content == b"page"


def test_a_crowd_makes_it_once() -> None:
    """Twenty who ask for the same at once wait for the first; another page is made meanwhile."""
    pages, made = KeptPages(LIFETIME, 10), Made()
    waiting, begun, found = Barrier(20), Barrier(2), list[bytes]()

    def slow() -> bytes:
        begun.wait()
        begun.wait()
        return made.page()()

    def ask() -> None:
        waiting.wait()
        found.append(pages.get("a", NOW, slow).content)

    crowd = [Thread(target=ask) for _ in range(20)]
    for it in crowd:
        it.start()
    begun.wait()
    assert pages.get("b", NOW, lambda: b"other").content == b"other"
    begun.wait()
    for it in crowd:
        it.join(30)
    assert (made.count, found) == (1, [b"page"] * 20)


def test_a_process_counts_for_itself_by_network_and_forgets_rather_than_grow() -> None:
    """Three in a minute and no more, addresses of one IPv6 network together; of too many callers it forgets all."""
    rates = ProcessRates({"portal": AttemptLimit(3, 60)}, most_callers=2)
    for address in ("2001:db8::1", "2001:db8::2", "2001:db8::3"):
        rates.require("portal", address, NOW)
    with pytest.raises(TooManyAttempts) as problem:
        rates.require("portal", "2001:db8::4", NOW + timedelta(seconds=20))
    assert problem.value.retry_after_seconds == 40
    rates.require("portal", "192.0.2.1", NOW)
    rates.require("portal", "2001:db8::1", NOW + timedelta(seconds=60))
    rates.require("portal", "192.0.2.2", NOW)
