"""Argon2id with enough work, also for who is not there."""

from __future__ import annotations

from statistics import median
from time import perf_counter

import pytest

pytest.importorskip("argon2")

from argon2 import extract_parameters
from argon2.low_level import Type

from marketplace_adapters.credentials import ArgonPasswords

OWASP_LEAST_KIB, OWASP_LEAST_PASSES = 19 * 1024, 2


def test_the_work_is_what_owasp_asks_for_at_least() -> None:
    """Argon2id, its memory and passes; a salt of 16 bytes."""
    found = extract_parameters(ArgonPasswords().hash("nyumba ya pili"))
    assert found.type is Type.ID
    assert found.memory_cost >= OWASP_LEAST_KIB
    assert found.time_cost >= OWASP_LEAST_PASSES
    assert found.salt_len >= 16


def test_a_hash_of_less_work_asks_for_another() -> None:
    """And still verifies."""
    weak = ArgonPasswords(memory_kib=1024, passes=1).hash("nyumba ya pili")
    strong = ArgonPasswords()
    assert strong.needs_rehash(weak)
    assert strong.verify(weak, "nyumba ya pili")


def test_a_hash_that_is_none_fits_nothing() -> None:
    """What was altered in the store lets nobody in."""
    assert not ArgonPasswords(memory_kib=1024, passes=1).verify("$argon2id$altered", "nyumba")


def test_nobody_takes_as_long_as_somebody() -> None:
    """The median times of a wrong password and of an unknown user differ by less than a third."""
    passwords = ArgonPasswords(memory_kib=16 * 1024)
    kept = passwords.hash("nyumba ya pili")
    times: dict[str, list[float]] = {kept: [], "": []}
    for _ in range(15):
        for password_hash, found in times.items():
            begun = perf_counter()
            passwords.verify(password_hash, "wrong")
            found.append(perf_counter() - begun)
    known, unknown = median(times[kept]), median(times[""])
    assert abs(known - unknown) < max(known, unknown) / 3
