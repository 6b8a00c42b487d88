"""The port that keeps sessions and one-time tokens; none of it is in the log."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from marketplace_core.domain.identifiers import UserId
from marketplace_core.domain.identity.sessions import LoginSession, OneTimeToken, Purpose
from marketplace_core.domain.identity.users import User


class LoginSessions(Protocol):
    """Keeps what sessions and tokens are found by: hashes, never the tokens themselves."""

    @abstractmethod
    def add_session(self, session: LoginSession) -> None:
        """Keep a new session."""

    @abstractmethod
    def session(self, token_hash: str) -> tuple[LoginSession, User] | None:
        """The session of a token, with its user, in one query; None where there is none."""

    @abstractmethod
    def sessions_of(self, user_id: UserId) -> Sequence[LoginSession]:
        """A user's sessions, the oldest first."""

    @abstractmethod
    def see_session(self, token_hash: str, at: datetime) -> None:
        """Note that a session was used; an ended one stays ended, an earlier instant changes nothing."""

    @abstractmethod
    def end_session(self, token_hash: str) -> None:
        """Forget a session, if it is there."""

    @abstractmethod
    def end_sessions(self, user_id: UserId, *, but: str = "") -> int:
        """Forget a user's sessions, but that of one token hash; how many."""

    @abstractmethod
    def add_token(self, token: OneTimeToken) -> None:
        """Keep a new one-time token."""

    @abstractmethod
    def token(self, token_hash: str, purpose: Purpose) -> OneTimeToken | None:
        """The token of a hash and purpose."""

    @abstractmethod
    def retire(self, *, unseen_since: datetime, at: datetime) -> int:
        """Forget sessions that expired by ``at`` or were not seen since, and tokens that expired; how many in all."""
