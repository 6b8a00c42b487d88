"""The part of the composition root that puts an outside billing engine together: its books beside ours."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Final, cast

from dependency_injector import containers, providers

from marketplace_core.domain.identifiers import CollectionAccountId
from marketplace_core.domain.outside_engine.setting import MADE_THERE
from marketplace_core.errors import AdapterMissing, ConfigurationError
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.outside_engine.engine import OutsideEngine
from marketplace_core.ports.outside_engine.engine_care import EngineCare
from marketplace_core.ports.outside_engine.engine_reading import EngineReading
from marketplace_core.ports.outside_engine.engine_writing import EngineWriting
from marketplace_core.services.outside_engine.billing_engine import OutsideBilling
from marketplace_core.services.outside_engine.check_money import CheckMoney
from marketplace_core.services.outside_engine.checking import CheckEngine
from marketplace_core.services.outside_engine.compare_lease import CompareLease
from marketplace_core.services.outside_engine.cycle import BillOutside
from marketplace_core.services.outside_engine.full_pass import RunFullPass
from marketplace_core.services.outside_engine.hints import ReceiveHint
from marketplace_core.services.outside_engine.ingest_lease import IngestLease
from marketplace_core.services.outside_engine.jobs import PassByJob, SyncByJob
from marketplace_core.services.outside_engine.lease_view import ViewLease
from marketplace_core.services.outside_engine.notice_by_hand import NoticeByHand
from marketplace_core.services.outside_engine.our_books import KnowOurBooks
from marketplace_core.services.outside_engine.overview import BillingOverview
from marketplace_core.services.outside_engine.previewing import PreviewBilling
from marketplace_core.services.outside_engine.repair import RepairDifferences
from marketplace_core.services.outside_engine.send_step import SendStep
from marketplace_core.services.outside_engine.shadow import CompareEngines
from marketplace_core.services.outside_engine.sync_lease import SyncLease
from marketplace_core.services.outside_engine.their_payments import ReconcileTheirPayments
from marketplace_core.services.outside_engine.trace_payment import TraceInvoice, TracePayment
from marketplace_core.services.outside_engine.watch import JudgeEngine, WatchEngine
from marketplace_core.services.payments import ImportPayments
from marketplace_entrypoints.adapters import Home, load_adapter
from marketplace_entrypoints.engine_settings import OUTSIDE_GROUP
from marketplace_entrypoints.settings import Settings
from marketplace_entrypoints.store import EveryEngineRecord, EveryPort, EveryWork, Store
from marketplace_entrypoints.work_services import work_of

OUTSIDE: Final = {"killbill": Home("marketplace_entrypoints.composition_engine:kill_bill", "killbill")}
"""The outside engines by the name in the setting ``billing``: what makes one of the settings."""


class EngineContainer(containers.DeclarativeContainer):
    """Each use case of the second books with the ports that it needs."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    engine: providers.Dependency[OutsideEngine] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    """Kept as long as the use cases are."""
    reading: providers.Dependency[EngineReading] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    writing: providers.Dependency[EngineWriting] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    care: providers.Dependency[EngineCare] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    ports: providers.Dependency[EveryPort] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    records: providers.Dependency[EveryEngineRecord] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    work: providers.Dependency[EveryWork] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    clock: providers.Dependency[Clock] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    import_payments: providers.Dependency[ImportPayments] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    made_there: providers.Dependency[str] = providers.Dependency(instance_of=str)

    our_books = providers.Singleton(
        KnowOurBooks, care=care, directory=ports, books=ports, clock=clock, system=settings.provided.billing
    )
    view = providers.Factory(
        ViewLease,
        reading=reading,
        accounts=ports,
        directory=ports,
        links=ports,
        intents=records,
        inbox=ports,
        clock=clock,
        system=settings.provided.billing,
        collection_account_id=made_there,
        ours=our_books,
    )
    compare = providers.Factory(CompareLease, view=view, log=records)
    notice = providers.Factory(NoticeByHand, log=records, inbox=work, jobs=work, clock=clock)
    ingest = providers.Factory(
        IngestLease, books=ports, inbox=ports, view=view, import_payments=import_payments, notice=notice
    )
    send = providers.Factory(
        SendStep,
        writing=writing,
        intents=records,
        clock=clock,
        timeout=settings.provided.killbill.timeout_time,
        quiet=settings.provided.killbill.quiet_time,
    )
    sync_lease = providers.Factory(SyncLease, ingest=ingest, send=send, compare=compare)
    receive_hint = providers.Factory(ReceiveHint, inbox=work, jobs=work, reading=reading, accounts=ports, clock=clock)
    judge = providers.Factory(
        JudgeEngine,
        log=records,
        clock=clock,
        oldest=settings.provided.killbill.oldest_clean_pass,
        patience=settings.provided.killbill.patience_time,
        silence=settings.provided.killbill.silence_time,
    )
    page = settings.provided.killbill.page
    full_pass = providers.Factory(RunFullPass, log=records, sums=ports, sync=sync_lease, page=page)
    check_money = providers.Factory(CheckMoney, reading=reading, directory=ports, sums=ports, page=page)
    their_payments = providers.Factory(
        ReconcileTheirPayments, reading=reading, accounts=ports, jobs=work, clock=clock, page=page
    )
    repair = providers.Factory(RepairDifferences, sync=sync_lease)
    bill = providers.Factory(BillOutside, sums=ports, sync=sync_lease)
    billing = providers.Factory(OutsideBilling, reading=reading)
    preview = providers.Factory(PreviewBilling, engine=billing, accounts=ports, clock=clock)
    compare_engines = providers.Factory(CompareEngines, reading=reading, accounts=ports, directory=ports, clock=clock)
    sync_by_job = providers.Factory(SyncByJob, sync=sync_lease, jobs=work)
    pass_by_job = providers.Factory(PassByJob, run=full_pass, jobs=work, clock=clock)
    overview = providers.Factory(
        BillingOverview, directory=ports, sums=ports, log=records, intents=records, jobs=work, judge=judge
    )
    trace_invoice = providers.Factory(
        TraceInvoice, register=ports, links=ports, intents=records, system=settings.provided.billing
    )
    trace_payment = providers.Factory(
        TracePayment,
        inbox=ports,
        matches=ports,
        accounts=ports,
        links=ports,
        intents=records,
        system=settings.provided.billing,
    )
    check = providers.Factory(CheckEngine, care=care, ours=our_books)
    watch = providers.Factory(WatchEngine, check=check, log=records, jobs=work, clock=clock, judge=judge)


def wired_engine(
    settings: Settings,
    store: Store,
    clock: Clock,
    import_payments: ImportPayments,
    outside: OutsideEngine | None = None,
) -> EngineContainer:
    """The use cases of the second books over an open store, with the outside engine that the settings name."""
    if not settings.bills_outside:
        raise ConfigurationError(
            "the native engine bills, so there are no second books: set billing to killbill, and what [killbill] needs"
        )
    if store.engine_records is None:
        raise AdapterMissing(f"the store {settings.store!r} keeps nothing of an outside engine")
    engine = outside or outside_engine(settings)
    return EngineContainer(
        engine=providers.Object(engine),
        settings=providers.Object(settings),
        reading=providers.Object(engine.reading),
        writing=providers.Object(engine.writing),
        care=providers.Object(engine.care),
        ports=providers.Object(store.ports),
        records=providers.Object(store.engine_records),
        work=providers.Object(work_of(store)),
        clock=providers.Object(clock),
        import_payments=providers.Object(import_payments),
        made_there=providers.Object(CollectionAccountId(settings.killbill.collection_account or MADE_THERE)),
    )


def outside_engine(settings: Settings) -> OutsideEngine:
    """The outside engine that the settings name; it is connected to with the first call."""
    make = load_adapter(OUTSIDE_GROUP, settings.billing, OUTSIDE)
    return cast("Callable[[Settings], OutsideEngine]", make)(settings)


def kill_bill(settings: Settings) -> OutsideEngine:
    """Kill Bill, as the settings say."""
    from marketplace_adapters.killbill import Client, KillBillCare, KillBillReading, KillBillServer, KillBillWriting

    told = settings.killbill
    told.require_whole()
    server = KillBillServer(
        url=told.url,
        api_key=told.api_key.reveal(),
        api_secret=told.api_secret.reveal(),
        user=told.user,
        password=told.password.reveal(),
        timeout_seconds=told.timeout,
        most_amount=told.largest,
    )
    client = Client(server)
    engine = OutsideEngine(KillBillReading(client), KillBillWriting(client), KillBillCare(client))
    # Its connections end with the engine: whoever works with it need not know that there are any.
    weakref.finalize(engine, client.close)
    return engine
