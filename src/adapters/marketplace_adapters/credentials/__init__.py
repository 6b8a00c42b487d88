"""Credentials: Argon2id for passwords, random secrets, access tokens signed with Ed25519, and the keys for them."""

from marketplace_adapters.credentials.access_tokens import SignedAccessTokens
from marketplace_adapters.credentials.key_file import KeyFile
from marketplace_adapters.credentials.passwords import ArgonPasswords
from marketplace_adapters.credentials.tokens import RandomTokens

__all__ = ["ArgonPasswords", "KeyFile", "RandomTokens", "SignedAccessTokens"]
