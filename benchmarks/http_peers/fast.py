"""FastAPI as good teams write it: plain functions in threads, dependencies, pydantic models, SQLAlchemy Core."""

# Strictly, the checkers would ask for the types of peers that need not be installed where they run.
# pyright: basic, reportMissingImports=false

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, create_engine, text

from benchmarks.http_peers import statements as sql

_CLAIMS = jwt.JWTClaimsRegistry(
    leeway=30,
    iss={"essential": True, "value": sql.ISSUER},
    aud={"essential": True, "value": sql.AUDIENCE},
    sub={"essential": True},
    exp={"essential": True},
    nbf={"essential": True},
)


class Money(BaseModel):
    """An amount."""

    amount: str
    currency: str


class Line(BaseModel):
    """A line of an invoice."""

    kind: str
    amount: Money
    first_day: date
    last_day: date
    description: str


class Invoice(BaseModel):
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


class Payment(BaseModel):
    """A payment in cash, as it is sent."""

    model_config = ConfigDict(extra="forbid")

    amount: Money
    receipt: str
    day: date
    collection_account_id: str
    reference: str = ""
    payer_name: str = ""


class Recorded(BaseModel):
    """A payment as it was recorded."""

    payment_id: str
    transaction_id: str
    amount: Money
    known: bool = False
    held: bool = False
    dry_run: bool = False


Claims = Mapping[str, Any]


def fast_app(url: str, keys: Mapping[str, Any], connections: int) -> FastAPI:
    """The application over a pool of its own."""
    engine = create_engine(url, pool_size=connections, max_overflow=0, pool_pre_ping=True)
    key_set = KeySet.import_key_set({"keys": list(keys["keys"])})
    app = FastAPI()

    def claims(authorization: Annotated[str, Header()] = "") -> Claims:
        """What the request's token says, its signature verified."""
        try:
            token = jwt.decode(authorization.removeprefix("Bearer "), key_set, algorithms=["Ed25519"])
            _CLAIMS.validate(token.claims)
        except (JoseError, ValueError):
            raise HTTPException(401) from None
        if token.header.get("typ") != sql.TOKEN_TYPE:
            raise HTTPException(401)
        return token.claims

    @app.get("/api/invoices/{invoice_id}")
    def read_invoice(invoice_id: str, said: Claims = Depends(claims)) -> Invoice:  # noqa: B008, FAST002 - found by its name at run time
        with engine.connect() as connection:
            portfolio = _allowed(connection, said, sql.READ)
            row = _row(connection, _INVOICE, {"portfolio": portfolio, "invoice": invoice_id})
        if row is None:
            raise HTTPException(404)
        return _invoice(row)

    @app.post("/api/payments", status_code=201)
    def record_payment(body: Payment, said: Claims = Depends(claims)) -> Recorded:  # noqa: B008, FAST002 - as above
        minor = sql.minor_units(body.amount.amount)
        with engine.begin() as connection:
            portfolio = _allowed(connection, said, sql.RECORD)
            actor = f"service:{said['sub']}"
            values = sql.payment_values(portfolio, actor, minor, body.amount.currency, body.model_dump())
            if _row(connection, _ACCOUNT, values) is None:
                raise HTTPException(404)
            if not connection.execute(_TAKE, values).rowcount:
                raise HTTPException(409)
            for statement in (_PAYMENT, _REPORT, _POSTING):
                connection.execute(statement, values)
            values |= sql.link_values(_row(connection, _HEAD, values) or {}, values)
            for statement in (_EVENT, _PERSONAL, _NEW_HEAD):
                connection.execute(statement, values)
        return Recorded(payment_id=values["payment"], transaction_id=values["transaction"], amount=body.amount)

    return app


def _allowed(connection: Connection, said: Claims, action: str) -> str:
    client = _row(connection, _CLIENT, {"client": said["sub"]})
    portfolio = sql.portfolio_allowed(client, said["scope"].split(), action)
    if portfolio is None:
        raise HTTPException(403)
    return portfolio


def _core(statement: str) -> Any:  # noqa: ANN401 - a text
    return text(statement.replace("%(", ":").replace(")s", ""))


_CLIENT, _INVOICE, _ACCOUNT = _core(sql.CLIENT), _core(sql.INVOICE), _core(sql.ACCOUNT)
_TAKE, _PAYMENT, _REPORT, _POSTING = _core(sql.TAKE), _core(sql.PAYMENT), _core(sql.REPORT), _core(sql.POSTING)
_HEAD, _EVENT, _PERSONAL, _NEW_HEAD = _core(sql.HEAD), _core(sql.EVENT), _core(sql.PERSONAL), _core(sql.NEW_HEAD)


def _row(connection: Connection, statement: Any, values: Mapping[str, Any]) -> dict[str, Any] | None:  # noqa: ANN401 - a text
    found = connection.execute(statement, values).mappings().first()
    return None if found is None else dict(found)


def _invoice(row: Mapping[str, Any]) -> Invoice:
    currency = row["currency"]
    return Invoice(
        invoice_id=row["invoice_id"],
        number=row["number"],
        lease_id=row["lease_id"],
        unit_code=row["code"],
        kind=row["kind"],
        status=sql.status_of(row),
        first_day=row["period_start"],
        last_day=sql.last_day(row["period_end"]),
        issue_date=row["issue_date"],
        due_date=row["due_date"],
        total=Money(amount=sql.plain_amount(row["amount_minor"]), currency=currency),
        outstanding=Money(amount=sql.plain_amount(sql.outstanding_of(row)), currency=currency),
        recorded_at=row["recorded_at"],
        lines=[
            Line(
                kind=kind,
                amount=Money(amount=sql.plain_amount(minor), currency=currency),
                first_day=date.fromisoformat(first),
                last_day=sql.last_day(date.fromisoformat(end)),
                description=description,
            )
            for kind, minor, first, end, description in row["lines"]
        ],
    )
