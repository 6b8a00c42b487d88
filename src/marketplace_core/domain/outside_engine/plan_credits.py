"""Credit that the account is still to be given, and credit that it is to lose again."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.own_papers import own_credits, source_name
from marketplace_core.domain.outside_engine.sight import Sight
from marketplace_core.domain.outside_engine.steps import Charge, GiveCredit


def plan_credits(sight: Sight) -> Iterator[GiveCredit]:
    """Each credit but payments that counts and was never given there."""
    for credit in own_credits(sight):
        if credit.ended_on is None and not sight.knows("credit", credit.credit_id):
            marker = sight.marker("credit", credit.credit_id)
            yield GiveCredit(marker, credit.amount, credit.value_date, source_name(sight, credit))


def plan_ends(sight: Sight) -> Iterator[Charge]:
    """Each credit but payments that was given there and counts no more."""
    for credit in own_credits(sight):
        given = sight.standing("credit", credit.credit_id)
        if credit.ended_on is not None and given and not sight.knows("end", credit.credit_id):
            words = f"Ended on {credit.ended_on}: {source_name(sight, credit)}"
            amount = Money(given, credit.amount.currency)
            yield Charge(sight.marker("end", credit.credit_id), amount, credit.ended_on, words)


def plan_uses_back(sight: Sight) -> Iterator[GiveCredit]:
    """Each refund and move to a deposit that was told there and came back."""
    for use in sight.account.uses:
        told = sight.standing("use", use.use_id)
        if use.ended_on is not None and told and not sight.knows("use-end", use.use_id):
            words = f"Came back on {use.ended_on}: {use.kind.replace('_', ' ')} of {use.value_date}"
            amount = Money(told, use.amount.currency)
            yield GiveCredit(sight.marker("use-end", use.use_id), amount, use.ended_on, words)
