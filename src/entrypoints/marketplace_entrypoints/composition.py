"""The composition root: the only module that names adapters and core together.

Adapters are named by settings and loaded on use, so that asking for help loads none of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from dependency_injector import containers, providers

from marketplace_core.domain.reconciliation import DEFAULT_RULES, RuleSet, rule_set_from_toml
from marketplace_core.errors import ConfigurationError, InvalidInput
from marketplace_core.ports.billing_engine import BillingEngine
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.matcher import Matcher
from marketplace_core.ports.payment_feed import PaymentFeed
from marketplace_core.services.billing import BillPeriod, ChargeLateFees
from marketplace_core.services.corrections import CorrectAccount, ReversePayment
from marketplace_core.services.leases import ChangeLease, OpenPortfolio, RecordDirectory, SignLease
from marketplace_core.services.payments import ImportPayments
from marketplace_core.services.reconcile import ReconcilePayments
from marketplace_core.services.reconciliation_view import ReconciliationView
from marketplace_core.services.reports import DepositsHeld, StatementOfAccount
from marketplace_core.services.review import DecideMatch, RejectProposal, UndoMatch
from marketplace_entrypoints.adapters import Home, load_adapter
from marketplace_entrypoints.clock import SystemClock
from marketplace_entrypoints.settings import Settings
from marketplace_entrypoints.store import EveryPort, Store

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

STORES: Final = {"postgres": Home("marketplace_entrypoints.composition:open_postgres", "embedded")}
ENGINES: Final = {"native": Home("marketplace_core.services.native_billing:NativeBilling")}
MATCHERS: Final = {"native": Home("marketplace_core.domain.reconciliation:PureMatcher")}
FEEDS: Final = {
    "mpesa": Home("marketplace_adapters.statements:MpesaStatement"),
    "debit-credit": Home("marketplace_entrypoints.composition:shipped_bank_feed"),
    "signed-amount": Home("marketplace_entrypoints.composition:shipped_bank_feed"),
}


class Container(containers.DeclarativeContainer):
    """Each use case with the ports that it needs; ``ports`` and ``settings`` are given."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    ports: providers.Dependency[EveryPort] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()
    engine: providers.Dependency[BillingEngine] = providers.Dependency()
    matcher: providers.Dependency[Matcher] = providers.Dependency()

    open_portfolio = providers.Factory(OpenPortfolio, books=ports)
    record_directory = providers.Factory(RecordDirectory, books=ports)
    sign_lease = providers.Factory(SignLease, books=ports)
    change_lease = providers.Factory(ChangeLease, books=ports)
    bill_period = providers.Factory(BillPeriod, runs=ports, engine=engine)
    charge_late_fees = providers.Factory(ChargeLateFees, books=ports, accounts=ports)
    correct_account = providers.Factory(CorrectAccount, books=ports)
    reverse_payment = providers.Factory(ReversePayment, books=ports, inbox=ports)
    import_payments = providers.Factory(ImportPayments, inbox=ports, reverse=reverse_payment)
    view = providers.Factory(ReconciliationView, directory=ports, accounts=ports, inbox=ports, matches=ports)
    reconcile = providers.Factory(ReconcilePayments, books=ports, matches=ports, matcher=matcher, view=view)
    decide_match = providers.Factory(DecideMatch, books=ports, inbox=ports)
    reject_proposal = providers.Factory(RejectProposal, books=ports, matches=ports)
    undo_match = providers.Factory(UndoMatch, books=ports, matches=ports)
    statement = providers.Factory(StatementOfAccount, accounts=ports)
    deposits = providers.Factory(DepositsHeld, accounts=ports)


def wired(settings: Settings, ports: EveryPort, clock: Clock | None = None) -> Container:
    """The use cases over an open store, with the engine and matcher that the settings name."""
    return Container(
        settings=providers.Object(settings),
        ports=providers.Object(ports),
        clock=providers.Object(clock or SystemClock()),
        engine=providers.Object(load_adapter("marketplace.billing", settings.billing, ENGINES)()),
        matcher=providers.Object(load_adapter("marketplace.matcher", settings.matcher, MATCHERS)()),
    )


def open_store(settings: Settings) -> AbstractContextManager[Store]:
    """The store that the settings name, open until the context is left."""
    opener = load_adapter("marketplace.store", settings.store, STORES)
    return cast("AbstractContextManager[Store]", opener(settings))


def payment_feed(name: str) -> PaymentFeed:
    """The reader of a statement format: a name, or the path of a bank profile in TOML."""
    if name.endswith(".toml"):
        from marketplace_adapters.statements import BankStatement, parse_profile

        try:
            text = Path(name).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise InvalidInput(f"bank profile {name} cannot be read: {problem}") from problem
        return BankStatement(parse_profile(text, name))
    found = load_adapter("marketplace.payment_feed", name, FEEDS)
    return cast("PaymentFeed", found(name) if found is shipped_bank_feed else found())


def shipped_bank_feed(name: str) -> PaymentFeed:
    """The reader of one of the bank layouts that come with the package."""
    from marketplace_adapters.statements import BankStatement, shipped_profile

    return BankStatement(shipped_profile(name))


def rules_of(settings: Settings, file: Path | None = None) -> RuleSet:
    """The rules of reconciliation: of a file, of the settings, or those that ship."""
    chosen = file or (Path(settings.rules) if settings.rules else None)
    if chosen is None:
        return DEFAULT_RULES
    try:
        return rule_set_from_toml(chosen.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigurationError(f"rules {chosen} cannot be read: {problem}") from problem
