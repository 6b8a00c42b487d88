"""The currencies that people pay in, to find a slip in a code before books are kept in it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from marketplace_core.domain.money import Currency
from marketplace_core.errors import InvalidAmount

_CODES: Final = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
    COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR
    ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK
    MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU
    UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CODES: Final = frozenset(_CODES.split())
"""ISO 4217 as of 2025: what is legal tender somewhere; neither funds, metals nor codes for tests."""


def known_currency(code: str) -> Currency:
    """The currency of a code; ``InvalidAmount`` for one that nobody pays in, with what may be meant."""
    if code in CODES:
        return Currency.of(code)
    meant = "KES" if code.upper() in ("KSH", "KSHS") else ", ".join(get_close_matches(code.upper(), sorted(CODES)))
    raise InvalidAmount(f"currency {code!r} is none of ISO 4217" + (f": did you mean {meant}?" if meant else ""))
