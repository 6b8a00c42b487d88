"""What an M-Pesa statement says of itself above its header."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import frozen

from marketplace_adapters.statements.amounts import AmountReader
from marketplace_adapters.statements.balances import BalanceChain
from marketplace_adapters.statements.reading import Totals, row_error
from marketplace_adapters.statements.tables import Header, labelled
from marketplace_core.domain.feed import Caution
from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.payment import CollectionAccount
from marketplace_core.errors import InvalidInput

_SHORT_CODE: Final = ("Short Code", "Organization Short Code", "Paybill", "Paybill Number", "Till Number", "Shortcode")
_HOLDER: Final = ("Account Holder", "Organization Name", "Organisation Name")
_CURRENCY: Final = ("Currency",)
_AMOUNTS: Final = {
    "opening": ("Opening Balance",),
    "closing": ("Closing Balance",),
    "in": ("Total Paid In", "Total Credits"),
    "out": ("Total Withdrawn", "Total Debits"),
}


@frozen
class MpesaPreamble:
    """Short code, holder and totals where the preamble has them; empty and absent where it has not."""

    file: str
    currency: Currency
    short_code: str
    holder: str
    minor_of_claim: tuple[tuple[str, int, int], ...]

    @staticmethod
    def read(header: Header, account: CollectionAccount, file: str) -> MpesaPreamble:
        """The preamble, refused where it is of another short code or currency than the collection account."""
        line, short_code = labelled(header, _SHORT_CODE) or (0, "")
        if short_code and account.number and short_code != account.number:
            raise InvalidInput(
                f"{file}, line {line}: this statement is of {short_code}, but collection account "
                f"{account.collection_account_id} is {account.number}; choose the right account or file"
            )
        line, currency = labelled(header, _CURRENCY) or (0, "")
        if currency and currency.upper() != account.currency.code:
            raise InvalidInput(
                f"{file}, line {line}: this statement is in {currency}, but collection account "
                f"{account.collection_account_id} is in {account.currency.code}"
            )
        reader = AmountReader(account.currency)
        claims: list[tuple[str, int, int]] = []
        for key, labels in _AMOUNTS.items():
            found = labelled(header, labels)
            if found and found[1]:
                try:
                    claims.append((key, found[0], reader.minor(found[1])))
                except InvalidInput as error:
                    raise row_error(file, found[0], labels[0], error) from error
        holder = (labelled(header, _HOLDER) or (0, ""))[1]
        return MpesaPreamble(file, account.currency, short_code, holder, tuple(claims))

    def cautions(self, totals: Totals, chain: BalanceChain) -> Iterator[Caution]:
        """Where the rows do not add up to what the preamble claims; silent after a rejected row."""
        if totals.rejected:
            return
        ends = chain.ends
        for key, line, minor in self.minor_of_claim:
            if key in ("in", "out"):
                found = totals.in_minor if key == "in" else totals.out_minor
                fits = abs(minor) == found
            elif ends is None:
                continue
            else:
                values = ends[0] if key == "opening" else ends[1]
                fits, found = minor in values, min(values)
            if not fits:
                claimed, summed = Money(minor, self.currency), Money(found, self.currency)
                name = _AMOUNTS[key][0].lower()
                yield Caution(
                    self.file, line, f"{name} is stated as {claimed}, but the rows give {summed}: the file is not whole"
                )
