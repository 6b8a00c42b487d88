"""The book that the HTTP benchmark asks for: invoices of a month, a cash box, a client with a token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
from attrs import asdict, frozen

from benchmarks.billing import bill_once
from benchmarks.book import PORTFOLIO, command, make_book
from benchmarks.database import engine_of, settle
from marketplace_adapters.credentials import KeyFile, SignedAccessTokens
from marketplace_adapters.postgres.identity import PostgresIdentities
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.access import Action
from marketplace_core.domain.facts import CollectionAccountOpened
from marketplace_core.domain.identifiers import ClientId, CollectionAccountId, CommandId
from marketplace_core.domain.identity.access_claims import AccessClaims
from marketplace_core.domain.identity.clients import ApiClient
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.identity.log import identity_command
from marketplace_core.domain.money import KES
from marketplace_core.domain.party import Role
from marketplace_core.domain.payment import CollectionAccount, CollectionKind

ISSUER: Final = "marketplace"
AUDIENCE: Final = "marketplace-api"
CASH_BOX: Final = CollectionAccountId("cash-box")
CLIENT: Final = ClientId("bench-client")
LASTS: Final = timedelta(hours=6)
TOKENS: Final = 1500
"""More than the API remembers as verified: sent in turns, each is verified anew by every application."""


@frozen
class Served:
    """What a server is started with: the database, the keys' file and their public parts."""

    dsn: str
    url: str
    keys_file: str
    public_keys: dict[str, Any]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


@frozen
class Asked:
    """What is asked of a server: as whom, and for which invoices."""

    tokens: tuple[str, ...]
    invoice_ids: tuple[str, ...]


def open_book(dsn: Dsn, size: int, folder: Path) -> tuple[Served, Asked]:
    """So many leases, billed once; a client that may read money and record payments."""
    make_book(dsn, size)
    bill_once(dsn, "run")
    now = datetime.now(UTC)
    scopes = (Action.READ_MONEY, Action.RECORD_PAYMENT)
    client = ApiClient(CLIENT, "Bench", scopes, (StoredGrant(Role.LANDLORD, PORTFOLIO),))
    account = CollectionAccount(CASH_BOX, CollectionKind.CASH, "1", KES)
    with engine_of(dsn) as engine:
        PostgresStore(engine).record(command("cash-box"), [CollectionAccountOpened(PORTFOLIO, account)])
        made = identity_command(CommandId("client"), "client.make", "system", now)
        PostgresIdentities(engine).change_client(made, CLIENT, lambda _: client)
    settle(dsn)
    keys = KeyFile(folder / "signing-keys.json")
    tokens = SignedAccessTokens(keys, issuer=ISSUER, audience=AUDIENCE)
    begins = now.replace(microsecond=0)
    signed = [tokens.sign(AccessClaims(CLIENT, frozenset(scopes), f"t{n}", begins, now + LASTS)) for n in range(TOKENS)]
    with psycopg.connect(dsn.conninfo()) as connection:
        rows = connection.execute("SELECT invoice_id FROM invoices ORDER BY number").fetchall()
    public = {name: [dict(it) for it in held] for name, held in tokens.public_keys().items()}
    served = Served(dsn.conninfo(), dsn.sqlalchemy_url(), str(folder / "signing-keys.json"), public)
    return served, Asked(tuple(signed), tuple(row[0] for row in rows))
