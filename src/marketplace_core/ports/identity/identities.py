"""All that a store of identities serves, as one port."""

from __future__ import annotations

from typing import Protocol

from marketplace_core.ports.identity.attempts import Attempts
from marketplace_core.ports.identity.clients import Clients
from marketplace_core.ports.identity.identity_log import IdentityLog
from marketplace_core.ports.identity.sessions import LoginSessions
from marketplace_core.ports.identity.users import Users


class Identities(Users, LoginSessions, Clients, IdentityLog, Attempts, Protocol):
    """Users, sessions, clients, their log, and the counts of attempts, in one store."""
