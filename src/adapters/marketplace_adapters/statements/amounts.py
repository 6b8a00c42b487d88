"""Amounts as statements print them."""

from __future__ import annotations

import re
from typing import Final

from marketplace_core.domain.money import Currency, Money
from marketplace_core.errors import InvalidAmount, InvalidInput

_NOTHING: Final = frozenset(["", "-", "--", "\u2013", "\u2014"])
_NAMES_OF_KES: Final = frozenset(["KES", "KSH", "KSHS", "SH", "SHS"])
_MOST_KNOWN: Final = 65_536
_LONGEST: Final = 64
_CENTS: Final = 2
_WITHOUT_SIGNS: Final = str.maketrans("", "", ".,")
_CURRENCY: Final = r"(?:(?P<{}>[A-Za-z]{{2,4}})\.?[ \u00a0]*)?"


def _pattern(decimal_sign: str) -> re.Pattern[str]:
    group_sign = "," if decimal_sign == "." else "."
    group = rf"[{re.escape(group_sign)} \u00a0\u202f]"
    number = (
        rf"(?P<whole>[0-9]{{1,3}}(?P<group>{group})[0-9]{{3}}(?:(?P=group)[0-9]{{3}})*|[0-9]+)"
        rf"(?:{re.escape(decimal_sign)}(?P<cents>[0-9]+))?"
    )
    before = r"(?P<open>\()?[ ]*(?P<sign>[+-])?[ ]*" + _CURRENCY.format("before") + r"(?P<inner>[+-])?[ ]*"
    after = r"[ \u00a0]*(?P<after>(?!(?i:cr|dr)\b)[A-Za-z]{3,4})?[ ]*(?P<tail>(?i:cr|dr)\b\.?|[+-])?[ ]*(?P<close>\))?"
    return re.compile(before + number + after)


class AmountReader:
    """Reads amounts of one currency, remembering the odd texts that it has seen.

    Taken: ``1,234.50``, ``KES 1,234.50``, ``(1,234.50)``, ``500 DR``, ``500.00CR``, ``Ksh 2 000``, ``-500``,
    ``500-``; blank and ``-`` are zero. Refused with ``InvalidAmount``: another currency, NaN, exponents, other
    scripts' digits, groups that are not of three, two signs at once, more decimals than the currency has.
    """

    def __init__(self, currency: Currency, decimal_sign: str = ".") -> None:
        """For one currency; ``decimal_sign`` is a dot or a comma, and the other one groups."""
        if decimal_sign not in (".", ","):
            raise InvalidInput(f"decimal sign {decimal_sign!r}: must be '.' or ','")
        self._currency = currency
        self._names = _NAMES_OF_KES if currency.code == "KES" else frozenset([currency.code])
        self._pattern = _pattern(decimal_sign)
        plain = (r"[0-9]{1,3}(?:,[0-9]{3}){0,4}\.[0-9]{2}", r"[0-9]{1,3}(?:\.[0-9]{3}){0,4},[0-9]{2}")
        self._plain = re.compile(plain[decimal_sign == ","]) if currency.decimals == _CENTS else re.compile("$-")
        self._known: dict[str, int] = {}

    def minor(self, text: str) -> int:
        """The signed amount in minor units: out is negative."""
        found = self._known.get(text)
        if found is None:
            if self._plain.fullmatch(text):
                return int(text.translate(_WITHOUT_SIGNS))
            found = self._read(text.strip())
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[text] = found
        return found

    def _read(self, text: str) -> int:
        if text in _NOTHING:
            return 0
        found = self._pattern.fullmatch(text) if len(text) <= _LONGEST else None
        if found is None or (found["open"] is None) != (found["close"] is None):
            raise InvalidAmount(f"amount {text[:40]!r} cannot be read; expected digits such as 1,234.50")
        for name in (found["before"], found["after"]):
            if name and name.upper() not in self._names:
                raise InvalidAmount(f"amount {text!r} is not in {self._currency.code}, the currency of the account")
        tail = (found["tail"] or "").rstrip(".").upper()
        signs = [sign for sign in (found["open"], found["sign"], found["inner"], tail) if sign]
        if len(signs) > 1:
            raise InvalidAmount(f"amount {text!r} has two signs; which one holds is not said")
        whole = re.sub(r"[^0-9]", "", found["whole"]).lstrip("0") or "0"
        amount = Money.parse(f"{whole}.{found['cents'] or '0'}", self._currency).amount_minor
        return -amount if signs and signs[0] in ("(", "-", "DR") else amount
