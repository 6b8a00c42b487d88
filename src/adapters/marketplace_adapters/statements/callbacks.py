"""The M-Pesa C2B callback body: a confirmation is a payment, a validation request is a question about one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NoReturn, cast

from attrs import field, frozen

from marketplace_adapters.statements.dates import DayFormat, instant
from marketplace_adapters.statements.mpesa import ZONE
from marketplace_adapters.statements.parties import phone_of
from marketplace_core.domain.money import Money
from marketplace_core.domain.payment import CollectionAccount, Payer, PaymentReport, ReportSource
from marketplace_core.errors import InvalidInput

_MOST_BYTES: Final = 64 * 1024
_LONGEST_TEXT: Final = 200
_LONGEST_ID: Final = 32
_TIME: Final = DayFormat("yyyymmddHHMMSS")
_PARTS_OF_NAME: Final = ("FirstName", "MiddleName", "LastName")
_TEXTS: Final = ("TransactionType", "TransID", "TransTime", "BusinessShortCode", "OrgAccountBalance")
_MAYBE_TEXTS: Final = (
    "BillRefNumber",
    "InvoiceNumber",
    "ThirdPartyTransID",
    "MSISDN",
    "FirstName",
    "MiddleName",
    "LastName",
)


@frozen
class C2bBody:
    """One callback, checked for shape; ``further`` names the keys that it had beside the known ones.

    ``is_validation`` is true where M-Pesa asks before it takes the money: then ``OrgAccountBalance`` is empty and
    nothing was paid.
    """

    transaction_type: str
    transaction_id: str
    transaction_time: str
    amount_text: str
    short_code: str
    reference_text: str
    payer: Payer = field(repr=False)
    is_validation: bool
    further: tuple[str, ...] = ()

    def report(self, account: CollectionAccount) -> PaymentReport:
        """The payment that a confirmation tells of; refuses a validation request and another short code."""
        if self.is_validation:
            raise InvalidInput(f"callback {self.transaction_id} is a validation request: nothing was paid yet")
        if account.number and account.number != self.short_code:
            raise InvalidInput(
                f"callback {self.transaction_id} is of short code {self.short_code}, but collection account "
                f"{account.collection_account_id} is {account.number}"
            )
        day, seconds = _TIME.read(self.transaction_time)
        return PaymentReport(
            account.collection_account_id,
            self.transaction_id,
            ReportSource.CALLBACK,
            Money.parse(self.amount_text, account.currency),
            instant(day, seconds, ZONE),
            day,
            self.reference_text,
            self.payer,
            f"callback {self.transaction_id}",
        )


def read_c2b(body: bytes | Mapping[str, object]) -> C2bBody:
    """The callback in a request body.

    Raises:
        InvalidInput: anything else, such as duplicate keys, NaN, a wrong type, bytes that are not UTF-8.
    """
    values = _decoded(body) if isinstance(body, bytes) else body
    texts = {key: _text(values, key, required=True) for key in _TEXTS}
    texts |= {key: _text(values, key, required=False) for key in _MAYBE_TEXTS}
    transaction_id = texts["TransID"]
    if not (transaction_id.isascii() and transaction_id.isalnum() and len(transaction_id) <= _LONGEST_ID):
        raise InvalidInput(f"callback: TransID {transaction_id[:40]!r} is not a transaction id")
    if not texts["BusinessShortCode"]:
        raise InvalidInput(f"callback {transaction_id}: BusinessShortCode is empty")
    _TIME.read(texts["TransTime"])
    amount_text = _amount_text(values, transaction_id)
    Money.parse(amount_text)
    name = " ".join(" ".join(texts[key] for key in _PARTS_OF_NAME).split())
    known = {*_TEXTS, *_MAYBE_TEXTS, "TransAmount"}
    return C2bBody(
        texts["TransactionType"],
        transaction_id,
        texts["TransTime"],
        amount_text,
        texts["BusinessShortCode"],
        texts["BillRefNumber"],
        Payer(name=name, phone=phone_of(texts["MSISDN"])),
        is_validation=not texts["OrgAccountBalance"],
        further=tuple(sorted(str(key)[:_LONGEST_TEXT] for key in values if key not in known)),
    )


def _decoded(body: bytes) -> Mapping[str, object]:
    if len(body) > _MOST_BYTES:
        raise InvalidInput(f"callback of {len(body)} bytes: at most {_MOST_BYTES} are taken")
    try:
        found: object = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
            parse_float=Decimal,
        )
    except UnicodeDecodeError as error:
        raise InvalidInput(f"callback is not UTF-8: byte at position {error.start + 1}") from error
    except InvalidInput:
        raise
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise InvalidInput(f"callback is not JSON that can be read: {str(error)[:100]}") from error
    if not isinstance(found, dict):
        raise InvalidInput("callback is not a JSON object")
    return cast("dict[str, object]", found)


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise InvalidInput(f"callback has the key {key[:40]!r} twice")
        found[key] = value
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidInput(f"callback has {name}, which is no number")


def _text(values: Mapping[str, object], key: str, *, required: bool) -> str:
    value = values.get(key)
    if value is None and not required:
        return ""
    if type(value) is int and key in ("TransTime", "BusinessShortCode", "MSISDN"):
        value = str(value) if abs(value) < 10**20 else value
    if not isinstance(value, str):
        raise InvalidInput(f"callback: {key} must be a text, not {type(value).__name__ if key in values else 'absent'}")
    if len(value) > _LONGEST_TEXT or "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise InvalidInput(f"callback: {key} is longer than {_LONGEST_TEXT} signs or has signs that are no text")
    return value.strip()


def _amount_text(values: Mapping[str, object], transaction_id: str) -> str:
    value = values.get("TransAmount")
    if isinstance(value, str):
        return value.strip()
    if (type(value) is int and abs(value) < 10**13) or (isinstance(value, Decimal) and -6 < value.adjusted() < 13):  # noqa: PLR2004 - money of this world
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    raise InvalidInput(f'callback {transaction_id}: TransAmount must be a text or number such as "15000.00"')
