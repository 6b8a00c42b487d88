"""The account of a lease there: opened once the lease is billed or anything of money stands on it."""

from __future__ import annotations

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.outside_engine.markers import marker_of
from marketplace_core.domain.outside_engine.records import TheirBooks
from marketplace_core.domain.outside_engine.setting import PlanSetting
from marketplace_core.domain.outside_engine.sight import key_of
from marketplace_core.domain.outside_engine.steps import OpenAccount


def needs_account(account: LeaseAccount) -> bool:
    """False for a lease that nothing was ever asked of, such as a draft."""
    return account.lease.is_billable or bool(account.invoices or account.credits)


def is_half_open(theirs: TheirBooks) -> bool:
    """True where it may have been made and nothing else: opening it again makes it whole, and bills nothing."""
    return not (theirs.account.is_paused or theirs.subscriptions or theirs.invoices)


def open_account(account: LeaseAccount, setting: PlanSetting) -> OpenAccount:
    """The step that opens it; a name is never empty there."""
    key, lease = key_of(account), account.lease
    name = setting.name or str(lease.reference or lease.lease_id)
    return OpenAccount(
        marker_of(key, "account", lease.lease_id), key, name, lease.currency, setting.zone, lease.billing_day
    )
