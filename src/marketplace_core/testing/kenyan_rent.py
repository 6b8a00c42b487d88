"""Synthetic Kenyan rent with known answers: what tenants write, and whose money it really is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from random import Random
from typing import Final

from attrs import frozen

from marketplace_core.domain.days import anchored, calendar_month
from marketplace_core.domain.identifiers import InvoiceId, LeaseId, PaymentId, PortfolioId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.payment import Payer, PayerAlias
from marketplace_core.domain.reconciliation.default_rules import DEFAULT_RULES
from marketplace_core.domain.reconciliation.inputs import (
    LeaseProfile,
    OpenInvoice,
    ReconciliationInput,
    TenantProfile,
    UnappliedPayment,
)
from marketplace_core.domain.reconciliation.names import name_words
from marketplace_core.domain.reconciliation.phones import hashed_phone
from marketplace_core.domain.reconciliation.reading import alias_texts
from marketplace_core.domain.reconciliation.rules import RuleSet
from marketplace_core.domain.reference import ALPHABET, is_reference, issue_reference

_FIRST_TEXT: Final = """
JOHN MARY JOSEPH GRACE PETER FAITH JAMES MERCY DAVID ESTHER SAMUEL ANN DANIEL JANE MOSES RUTH STEPHEN LUCY BRIAN
CATHERINE KEVIN ROSE DENNIS AGNES COLLINS BEATRICE VICTOR CAROLINE IBRAHIM FATUMA HASSAN AMINA ALI HALIMA ERIC SHARON
FELIX LILIAN GEORGE NAOMI
"""
_LAST_TEXT: Final = """
KAMAU MWANGI NJOROGE KARIUKI MAINA KIMANI NDUNGU GITHINJI WANJIKU WAMBUI NJERI WAITHERA NYAMBURA MUTHONI OTIENO OCHIENG
ODHIAMBO OMONDI OWINO ONYANGO ACHIENG ATIENO AKINYI ADHIAMBO MUTUA MUSYOKA KILONZO MULWA NDUKU MWENDE KIPCHOGE KIPROTICH
CHEBET CHERUIYOT KOECH LANGAT ROTICH JEPKORIR WEKESA WAFULA BARASA SIMIYU NEKESA NALIAKA MAKORI NYABUTO MORAA KEMUNTO
MWAKIO MWADIME NJUGUNA GITAU KINYUA MURIITHI GATHONI WANGARI WAIRIMU NYOKABI KIRUI SANG
"""
_SWAHILI: Final = {
    "JOHN": "YOHANA",
    "MARY": "MARIAMU",
    "JOSEPH": "YUSUF",
    "PETER": "PETRO",
    "JAMES": "YAKOBO",
    "DAVID": "DAUDI",
    "SAMUEL": "SAMWEL",
    "DANIEL": "DANIELI",
    "MOSES": "MUSA",
    "STEPHEN": "STEFANO",
    "ANN": "ANNA",
}
_HONORIFICS: Final = ("MR", "MRS", "DR", "ENG", "BW", "BI", "MWL")
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MEI", "JUN", "JUL", "AUG", "SEPT", "OKT", "NOV", "DES")
_RENTS: Final = (6_500, 8_000, 10_000, 12_000, 12_500, 15_000, 15_000, 15_000, 18_000, 20_000, 25_000, 35_000)
_TODAY: Final = date(2026, 11, 10)
_ARREARS_CHANCE: Final = 0.3
_GROUP_SIZE: Final = 5


class Truth(StrEnum):
    """What kind of payment was made up."""

    EXACT = "exact"
    MISTYPED = "mistyped"
    NAME_ONLY = "name_only"
    PART = "part"
    SEVERAL_MONTHS = "several_months"
    UNKNOWN = "unknown"


_SHARES: Final = (
    (Truth.EXACT, 70),
    (Truth.MISTYPED, 10),
    (Truth.NAME_ONLY, 8),
    (Truth.PART, 5),
    (Truth.SEVERAL_MONTHS, 5),
    (Truth.UNKNOWN, 2),
)


@frozen
class KenyanRent:
    """A portfolio's view, and for each payment what kind it is and which leases' money it is (none if unknown)."""

    given: ReconciliationInput
    kinds: dict[PaymentId, Truth]
    truth: dict[PaymentId, frozenset[LeaseId]]


@frozen
class _Home:
    lease: LeaseProfile
    rent: int
    invoices: tuple[OpenInvoice, ...]


def kenyan_rent(random: Random, payments: int, rules: RuleSet = DEFAULT_RULES) -> KenyanRent:
    """Synthetic rent for so many payments and as many leases; the same seed gives the same.

    70% name the lease exactly (reference, or invoice number from a dense series), 10% mistype the reference, 8% give
    only a name, 5% pay a part, 5% several months or several leases at once, 2% belong to nobody in the books.
    Phones come in clear, masked, hashed or of somebody else. A stranger has nobody's name: were it a tenant's
    namesake with the same rent, nobody could tell. Nor has he a tenant's phone.
    """
    portfolio = PortfolioId("kenyan-rent")
    homes: list[_Home] = []
    number = 0
    for place in range(payments):
        home = _home(random, portfolio, place, number)
        number += len(home.invoices)
        homes.append(home)
    names = {name_words(tenant.name) for home in homes for tenant in home.lease.tenants}
    writer = _Writer(random, homes, names, portfolio)
    made = [writer.payment(place, _kind(random)) for place in range(payments)]
    given = ReconciliationInput(
        portfolio_id=portfolio,
        payments=tuple(one for one, _, _ in made),
        leases=tuple(home.lease for home in homes),
        open_invoices=tuple(invoice for home in homes for invoice in home.invoices),
        as_of=_TODAY,
        rules=rules,
        aliases=writer.aliases,
    )
    kinds = {one.payment_id: kind for one, kind, _ in made}
    return KenyanRent(given, kinds, {one.payment_id: leases for one, _, leases in made})


def _kind(random: Random) -> Truth:
    return random.choices([kind for kind, _ in _SHARES], [share for _, share in _SHARES])[0]


def _name(random: Random) -> str:
    last = _LAST_TEXT.split()
    return f"{random.choice(_FIRST_TEXT.split())} {' '.join(random.sample(last, 2))}"


def _phone(random: Random) -> str:
    return f"2547{random.randrange(10**8):08d}"


def _home(random: Random, portfolio: PortfolioId, place: int, number: int) -> _Home:
    lease_id = LeaseId(f"lease-{place:07d}")
    tenants = [TenantProfile(_name(random), (_phone(random),))]
    if random.random() < 0.1:  # noqa: PLR2004 - one home in ten has two tenants
        tenants.append(TenantProfile(_name(random), (_phone(random),)))
    lease = LeaseProfile(
        lease_id=lease_id,
        currency=KES,
        reference=issue_reference(portfolio, lease_id),
        unit_code=f"{'ABCDEFGH'[place % 8]}{place // 8 + 1}",
        tenants=tuple(tenants),
    )
    rent = random.choice(_RENTS)
    months = 1
    while random.random() < _ARREARS_CHANCE and months < 4:  # noqa: PLR2004 - nobody stays who owes more
        months += 1
    invoices: list[OpenInvoice] = []
    for back in reversed(range(months)):
        start = anchored(_TODAY.year, _TODAY.month - back, 1)
        amount = rent if back == 0 or random.random() < 0.8 else random.randrange(1, rent // 500) * 500  # noqa: PLR2004
        invoices.append(
            OpenInvoice(
                invoice_id=InvoiceId(f"inv-{lease_id}-{start:%Y%m}"),
                lease_id=lease_id,
                number=f"INV-{number + len(invoices) + 1:07d}",
                open_amount=Money(amount * 100, KES),
                due_date=start + timedelta(days=4),
                issue_date=start,
                period=calendar_month(start.year, start.month),
            )
        )
    return _Home(lease, rent, tuple(invoices))


class _Writer:
    """Writes payments as tenants do."""

    def __init__(
        self, random: Random, homes: Sequence[_Home], names: set[tuple[str, ...]], portfolio: PortfolioId
    ) -> None:
        self._random = random
        self._homes = homes
        self._known = {pair for words in names for pair in _pairs(words)}
        self._phones = {phone for home in homes for tenant in home.lease.tenants for phone in tenant.phones}
        self._portfolio = portfolio
        self._groups: list[tuple[Payer, tuple[_Home, ...]]] = []
        for place in range(0, min(len(homes) - _GROUP_SIZE + 1, 10 * _GROUP_SIZE), _GROUP_SIZE):
            payer = Payer(
                f"EMPLOYER {chr(65 + place // _GROUP_SIZE)}{chr(65 + place // _GROUP_SIZE)} LTD", _phone(random)
            )
            self._groups.append((payer, tuple(homes[place : place + _GROUP_SIZE])))

    @property
    def aliases(self) -> tuple[PayerAlias, ...]:
        """What earlier reviews taught of the employers who pay for several leases."""
        return tuple(
            PayerAlias(self._portfolio, home.lease.lease_id, kind, text, f"match-{place}")
            for place, (payer, homes) in enumerate(self._groups)
            for home in homes
            for kind, text in alias_texts(payer, "").items()
        )

    def payment(self, place: int, kind: Truth) -> tuple[UnappliedPayment, Truth, frozenset[LeaseId]]:
        random = self._random
        home = random.choice(self._homes)
        if kind is Truth.UNKNOWN:
            amount, text, payer, leases = self._unknown()
        elif kind is Truth.SEVERAL_MONTHS:
            amount, text, payer, leases = self._several(home)
        elif kind is Truth.NAME_ONLY:
            amount, text, payer = self._amount(home), self._no_reference(), self._payer(home, own_phone=0.0)
            leases = frozenset([home.lease.lease_id])
        else:
            amount = self._part(home) if kind is Truth.PART else self._amount(home)
            text = self._mistyped(home) if kind is Truth.MISTYPED else self._exact(home, kind)
            payer, leases = self._payer(home, own_phone=0.6), frozenset([home.lease.lease_id])
        payment = UnappliedPayment(
            payment_id=PaymentId(f"pay-{place:07d}"),
            unapplied=Money(amount * 100, KES),
            value_date=_TODAY - timedelta(days=random.randrange(12)),
            reference_text=text,
            payer=payer,
        )
        return payment, kind, leases

    def _amount(self, home: _Home) -> int:
        return self._random.choice(home.invoices).open_amount.amount_minor // 100

    def _part(self, home: _Home) -> int:
        return max(1, home.rent // 500 * self._random.randrange(2, 9) // 10) * 500

    def _unknown(self) -> tuple[int, str, Payer, frozenset[LeaseId]]:
        random = self._random
        name = _name(random)
        while set(_pairs(name_words(name))) & self._known:
            name = _name(random)
            if random.random() < 0.05:  # noqa: PLR2004 - in a large portfolio every pair is somebody's
                name = f"{random.choice(_FIRST_TEXT.split())} STRANGER"
        text = random.choice(
            ["", "RENT", issue_reference(PortfolioId("other"), LeaseId(f"x{random.randrange(10**9)}")), "KODI NOV"]
        )
        phone = _phone(random)
        while phone in self._phones:
            phone = _phone(random)
        return random.choice(_RENTS), text, Payer(name, self._told(phone)), frozenset()

    def _several(self, home: _Home) -> tuple[int, str, Payer, frozenset[LeaseId]]:
        random = self._random
        if self._groups and random.random() < 0.1:  # noqa: PLR2004 - one in ten of these is an employer's
            payer, homes = random.choice(self._groups)
            amount = sum(one.open_amount.amount_minor for each in homes for one in each.invoices) // 100
            return amount, "RENT STAFF", payer, frozenset(each.lease.lease_id for each in homes)
        amount = sum(one.open_amount.amount_minor for one in home.invoices) // 100
        named = f" {_MONTHS[home.invoices[0].period.start.month - 1]}-{_MONTHS[_TODAY.month - 1]}"
        text = random.choice(
            [home.lease.reference, home.lease.reference + named, " ".join(one.number for one in home.invoices)]
        )
        return amount, text, self._payer(home, own_phone=0.6), frozenset([home.lease.lease_id])

    def _exact(self, home: _Home, kind: Truth) -> str:
        random = self._random
        reference = home.lease.reference
        way = random.random()
        if way < 0.15:  # noqa: PLR2004
            return reference.lower()
        if way < 0.25:  # noqa: PLR2004
            return f"{reference[:3]} {reference[3:]}"
        if way < 0.3:  # noqa: PLR2004
            return f"RENT {reference} {_MONTHS[_TODAY.month - 1]}"
        if way < 0.35 and kind is Truth.EXACT:  # noqa: PLR2004
            return random.choice(home.invoices).number
        return reference

    def _mistyped(self, home: _Home) -> str:
        """One edit of the reference; one in ten is a mistyped invoice number from the dense series."""
        random = self._random
        if random.random() < 0.1:  # noqa: PLR2004
            number = home.invoices[-1].number
            place = random.randrange(len(number) - 3, len(number))
            return number[:place] + random.choice("0123456789".replace(number[place], "")) + number[place + 1 :]
        reference = home.lease.reference
        while True:
            place = random.randrange(len(reference))
            sign = random.choice(ALPHABET)
            edited = random.choice(
                [
                    reference[:place] + sign + reference[place + 1 :],
                    reference[:place] + reference[place + 1 :],
                    reference[:place] + sign + reference[place:],
                    reference[:place] + reference[place : place + 2][::-1] + reference[place + 2 :],
                ]
            )
            if edited != reference and not is_reference(edited):
                return edited

    def _no_reference(self) -> str:
        return self._random.choice(["", "RENT", "KODI", f"RENT {_MONTHS[_TODAY.month - 1]}", "HOUSE RENT"])

    def _told(self, phone: str) -> str:
        way = self._random.random()
        if way < 0.4:  # noqa: PLR2004
            return phone
        if way < 0.8:  # noqa: PLR2004
            return f"{phone[:4]}****{phone[-4:]}"
        return hashed_phone(phone)

    def _payer(self, home: _Home, own_phone: float) -> Payer:
        """A tenant, rarely a friend; by name in one of the ways in which providers write it."""
        random = self._random
        tenant = random.choice(home.lease.tenants)
        own = random.random() < own_phone
        phone = self._told(tenant.phones[0] if own else _phone(random))
        if own_phone and random.random() < 0.1:  # noqa: PLR2004 - a friend or spouse pays
            return Payer(_name(random), self._told(_phone(random)))
        first, *last = tenant.name.split()
        way = random.random()
        if way < 0.4:  # noqa: PLR2004
            name = f"{first} {' '.join(last)}"
        elif way < 0.6:  # noqa: PLR2004
            name = f"{last[0]} {last[1]} {first}"
        elif way < 0.7:  # noqa: PLR2004
            name = f"{_SWAHILI.get(first, first)} {' '.join(last)}"
        elif way < 0.8:  # noqa: PLR2004
            name = f"{first[0]} {' '.join(last)}"
        elif way < 0.9:  # noqa: PLR2004
            name = f"{first} {last[1]}"
        else:
            name = f"{random.choice(_HONORIFICS)}. {first} {' '.join(last)}"
        return Payer(name, phone)


def _pairs(words: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(one, other) for place, one in enumerate(words) for other in words[place + 1 :]]
