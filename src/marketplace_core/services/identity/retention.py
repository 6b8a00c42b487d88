"""Forget what identities need no longer."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import frozen

from marketplace_core.domain.identity.sessions import DEFAULT_LIMITS, SessionLimits
from marketplace_core.ports.identity.attempts import Attempts
from marketplace_core.ports.identity.sessions import LoginSessions


@frozen
class RetireIdentityRows:
    """Deletes sessions and one-time tokens that count no more, and counts of attempts older than ``attempts_kept``."""

    sessions: LoginSessions
    attempts: Attempts
    limits: SessionLimits = DEFAULT_LIMITS
    attempts_kept: timedelta = timedelta(days=1)

    def __call__(self, now: datetime) -> int:
        """How many rows went; safe to run at any time, and again."""
        gone = self.sessions.retire(unseen_since=now - self.limits.idle, at=now)
        return gone + self.attempts.retire_attempts(now - self.attempts_kept)
