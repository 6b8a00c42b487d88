"""Raw ASGI over psycopg's asynchronous pool and msgspec: as little between the socket and the database as may be."""

from __future__ import annotations

import base64
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from benchmarks.http_peers import statements as sql

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
_READ: Final = "/api/invoices/"
_POST: Final = "/api/payments"


class Money(msgspec.Struct):
    """An amount."""

    amount: str
    currency: str


class Line(msgspec.Struct):
    """A line of an invoice."""

    kind: str
    amount: Money
    first_day: date
    last_day: date
    description: str


class Invoice(msgspec.Struct):
    """An invoice."""

    invoice_id: str
    number: str
    lease_id: str
    unit_code: str
    kind: str
    status: str
    first_day: date
    last_day: date
    issue_date: date
    due_date: date
    total: Money
    outstanding: Money
    recorded_at: datetime
    lines: list[Line]


class Payment(msgspec.Struct, forbid_unknown_fields=True):
    """A payment in cash, as it is sent."""

    amount: Money
    receipt: str
    day: date
    collection_account_id: str
    reference: str = ""
    payer_name: str = ""


class Recorded(msgspec.Struct):
    """A payment as it was recorded."""

    payment_id: str
    transaction_id: str
    amount: Money
    known: bool
    held: bool
    dry_run: bool


class Refused(Exception):
    """An answer other than the usual one."""

    def __init__(self, status: int) -> None:
        """Keep the status."""
        self.status = status
        super().__init__(status)


class Raw:
    """An ASGI application with two routes."""

    def __init__(self, conninfo: str, public_keys: Mapping[str, bytes], connections: int) -> None:
        """Nothing is opened before the server starts."""
        self._keys = {name: Ed25519PublicKey.from_public_bytes(key) for name, key in public_keys.items()}
        self._pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            conninfo,
            min_size=connections,
            max_size=connections,
            kwargs={"row_factory": dict_row, "autocommit": True},
            open=False,
        )
        self._object = msgspec.json.Decoder(dict[str, Any])
        self._payment = msgspec.json.Decoder(Payment)
        self._encoder = msgspec.json.Encoder()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        try:
            status, answer = await self._answer(scope, receive)
            content = self._encoder.encode(answer)
        except Refused as refused:
            status, content = refused.status, b'{"status":%d}' % refused.status
        except msgspec.ValidationError:
            status, content = 400, b'{"status":400}'
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _answer(self, scope: dict[str, Any], receive: Receive) -> tuple[int, object]:
        path = scope["path"]
        if scope["method"] == "GET" and path.startswith(_READ):
            return 200, await self._read(scope, path.removeprefix(_READ))
        if scope["method"] == "POST" and path == _POST:
            return 201, await self._record(scope, await _body(receive))
        raise Refused(404)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self._pool.open(wait=True)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _read(self, scope: Mapping[str, Any], invoice_id: str) -> Invoice:
        claims = self._claims(scope)
        async with self._pool.connection() as connection:
            portfolio = await _allowed(connection, claims, sql.READ)
            values = {"portfolio": portfolio, "invoice": invoice_id}
            row = await (await connection.execute(sql.INVOICE, values)).fetchone()
        if row is None:
            raise Refused(404)
        currency = row["currency"]
        return Invoice(
            row["invoice_id"],
            row["number"],
            row["lease_id"],
            row["code"],
            row["kind"],
            sql.status_of(row),
            row["period_start"],
            sql.last_day(row["period_end"]),
            row["issue_date"],
            row["due_date"],
            Money(sql.plain_amount(row["amount_minor"]), currency),
            Money(sql.plain_amount(sql.outstanding_of(row)), currency),
            row["recorded_at"],
            [
                Line(
                    kind,
                    Money(sql.plain_amount(minor), currency),
                    date.fromisoformat(first),
                    sql.last_day(date.fromisoformat(end)),
                    description,
                )
                for kind, minor, first, end, description in row["lines"]
            ],
        )

    async def _record(self, scope: Mapping[str, Any], content: bytes) -> Recorded:
        claims = self._claims(scope)
        body = self._payment.decode(content)
        plain: dict[str, Any] = msgspec.to_builtins(body, builtin_types=(date,))
        minor = sql.minor_units(body.amount.amount)
        async with self._pool.connection() as connection, connection.transaction():
            portfolio = await _allowed(connection, claims, sql.RECORD)
            values = sql.payment_values(portfolio, f"service:{claims['sub']}", minor, body.amount.currency, plain)
            if await (await connection.execute(sql.ACCOUNT, values)).fetchone() is None:
                raise Refused(404)
            if not (await connection.execute(sql.TAKE, values)).rowcount:
                raise Refused(409)
            for statement in (sql.PAYMENT, sql.REPORT, sql.POSTING):
                await connection.execute(statement, values)
            head = await (await connection.execute(sql.HEAD, values)).fetchone()
            values |= sql.link_values(head or {}, values)
            for statement in (sql.EVENT, sql.PERSONAL, sql.NEW_HEAD):
                await connection.execute(statement, values)
        return Recorded(values["payment"], values["transaction"], body.amount, known=False, held=False, dry_run=False)

    def _claims(self, scope: Mapping[str, Any]) -> dict[str, Any]:
        """What the request's token says, its signature verified."""
        text = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        try:
            head, body, signature = text.removeprefix(b"Bearer ").split(b".")
            header = self._object.decode(_decoded(head))
            claims = self._object.decode(_decoded(body))
            self._keys[header["kid"]].verify(_decoded(signature), head + b"." + body)
            counts = (
                (header["alg"], header["typ"]) == ("Ed25519", sql.TOKEN_TYPE)
                and (claims["iss"], claims["aud"]) == (sql.ISSUER, sql.AUDIENCE)
                and claims["nbf"] <= time.time() < claims["exp"]
            )
        except (ValueError, KeyError, TypeError, InvalidSignature):
            raise Refused(401) from None
        if not counts:
            raise Refused(401)
        return claims


async def _allowed(connection: AsyncConnection[DictRow], claims: Mapping[str, Any], action: str) -> str:
    client = await (await connection.execute(sql.CLIENT, {"client": claims["sub"]})).fetchone()
    portfolio = sql.portfolio_allowed(client, claims["scope"].split(), action)
    if portfolio is None:
        raise Refused(403)
    return portfolio


async def _body(receive: Receive) -> bytes:
    content = bytearray()
    while True:
        message = await receive()
        content += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(content)


def _decoded(part: bytes) -> bytes:
    return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
