"""Random secrets."""

from __future__ import annotations

from secrets import token_urlsafe

from typing_extensions import override

from marketplace_core.ports.identity.tokens import Tokens


class RandomTokens(Tokens):
    """Secrets of the operating system's generator."""

    @override
    def new_secret(self) -> str:
        return token_urlsafe(32)
