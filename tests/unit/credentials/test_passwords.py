"""Argon2id with enough work, also for who is not there."""

from __future__ import annotations

import pytest

pytest.importorskip("argon2")

from argon2 import Parameters, PasswordHasher, extract_parameters
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


def test_nobody_takes_the_work_of_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown user's hash is gone through too, and it asks for the same memory, passes and lanes.

    By what is asked of Argon2, not by the clock, which on a busy machine says nothing.
    """
    passwords = ArgonPasswords(memory_kib=1024, passes=1)
    kept = passwords.hash("nyumba ya pili")
    verify = PasswordHasher.verify
    asked: list[Parameters] = []

    def heard(hasher: PasswordHasher, password_hash: str | bytes, password: str | bytes) -> bool:
        asked.append(extract_parameters(str(password_hash)))
        return verify(hasher, password_hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", heard)
    assert not passwords.verify(kept, "wrong")
    assert not passwords.verify("", "wrong")
    assert asked == [extract_parameters(kept)] * 2
