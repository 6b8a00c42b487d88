"""What the suites of an outside engine's records share: the store that an adapter's author gives, and records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import pytest

from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.outside_engine.agreement import Difference, DifferenceKind, FullPass
from marketplace_core.domain.outside_engine.intents import Intent
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.ports.outside_engine.engine_intents import EngineIntents
from marketplace_core.ports.outside_engine.engine_log import EngineLog

NOON: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
ONE: Final = AccountKey(PortfolioId("p1"), LeaseId("l1"))
OTHER: Final = AccountKey(PortfolioId("p1"), LeaseId("l2"))


class EngineRecords(EngineIntents, EngineLog, Protocol):
    """Both stores of what is kept of an outside engine."""


class EngineRecordsSuite:
    """Needs a fixture ``records``: a fresh, empty store for each test, safe for eight threads."""

    @pytest.fixture
    def records(self) -> EngineRecords:
        """Override me."""
        raise NotImplementedError("give a fixture `records` that returns a fresh, empty store")


def intent(marker: str = "mk_1", key: AccountKey = ONE, planned_at: datetime = NOON, words: str = "Charge") -> Intent:
    """An intent to charge 150.00 that is planned."""
    return Intent(marker, key, "Charge", words, planned_at, amount=Money(15_000, KES))


def a_pass(name: str = "pass_1", begun_at: datetime = NOON) -> FullPass:
    """A pass that has begun."""
    return FullPass(name, begun_at)


def difference(
    key: AccountKey | None = ONE, kind: DifferenceKind = DifferenceKind.BALANCE, subject: str = "s1"
) -> Difference:
    """A difference of a cent."""
    return Difference(key, kind, subject, Money(15_000, KES), Money(14_999, KES), "a cent is missing", "charge it")
