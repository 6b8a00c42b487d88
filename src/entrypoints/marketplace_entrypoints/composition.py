"""The composition root: with ``composition_identity`` the only modules that name adapters and core together.

Adapters are named by settings and loaded on use, so that asking for help loads none of them.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from dependency_injector import containers, providers
from typing_extensions import override

from marketplace_core.domain.first_system.parsing import SourceFile
from marketplace_core.domain.reconciliation import DEFAULT_RULES, RuleSet, rule_set_from_toml
from marketplace_core.errors import ConfigurationError, InvalidInput, StoreUnavailable
from marketplace_core.ports.billing_engine import BillingEngine
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.documents import Documents
from marketplace_core.ports.event_sink import EventSink
from marketplace_core.ports.matcher import Matcher
from marketplace_core.ports.payment_feed import PaymentFeed
from marketplace_core.ports.payment_hooks import PaymentHooks
from marketplace_core.services.billing import BillPeriod, ChargeLateFees
from marketplace_core.services.cash import RecordCash
from marketplace_core.services.corrections import CorrectAccount, ReversePayment
from marketplace_core.services.erasure import ErasePerson
from marketplace_core.services.first_system import ImportFirstSystem
from marketplace_core.services.four_eyes import FourEyes
from marketplace_core.services.gate import Gate
from marketplace_core.services.leases import ChangeLease, OpenPortfolio, RecordDirectory, SignLease
from marketplace_core.services.maintenance.working import ChangeTicket, CommentOnTicket, ListTickets, OpenTicket
from marketplace_core.services.merging import MergePeople
from marketplace_core.services.outside_property.assigning import AssignOccupancy, DraftFromOccupancy, ProposeOccupancies
from marketplace_core.services.papers import MakePapers
from marketplace_core.services.payments import DismissReversal, ImportPayments
from marketplace_core.services.people import FindSamePeople, LinkPerson
from marketplace_core.services.person_export import ExportPerson
from marketplace_core.services.reconcile import ReconcilePayments
from marketplace_core.services.reconciliation_view import ReconciliationView
from marketplace_core.services.reports import DepositsHeld, StatementOfAccount
from marketplace_core.services.review import DecideMatch, RejectProposal, UndoMatch
from marketplace_core.services.routing import RouteReports
from marketplace_entrypoints.adapters import Home, load_adapter
from marketplace_entrypoints.clock import SystemClock
from marketplace_entrypoints.settings import Settings
from marketplace_entrypoints.store import EveryPort, Finding, Keeper, Store

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Engine

    from marketplace_adapters.postgres.server.dsn import Dsn

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
    ports: providers.Dependency[EveryPort] = providers.Dependency()  # pyright: ignore[reportAssignmentType]  # pyright: ignore[reportAssignmentType, reportArgumentType]
    clock: providers.Dependency[Clock] = providers.Dependency()  # pyright: ignore[reportAssignmentType]  # pyright: ignore[reportAssignmentType, reportArgumentType]
    engine: providers.Dependency[BillingEngine] = providers.Dependency()  # pyright: ignore[reportAssignmentType]  # pyright: ignore[reportAssignmentType, reportArgumentType]
    matcher: providers.Dependency[Matcher] = providers.Dependency()  # pyright: ignore[reportAssignmentType]  # pyright: ignore[reportAssignmentType, reportArgumentType]

    gate = providers.Factory(Gate, register=ports, directory=ports)
    open_portfolio = providers.Factory(OpenPortfolio, books=ports)
    record_directory = providers.Factory(RecordDirectory, books=ports)
    import_first_system = providers.Factory(ImportFirstSystem, books=ports)
    sign_lease = providers.Factory(SignLease, books=ports)
    change_lease = providers.Factory(ChangeLease, books=ports)
    bill_period = providers.Factory(BillPeriod, runs=ports, engine=engine)
    charge_late_fees = providers.Factory(ChargeLateFees, books=ports, accounts=ports)
    correct_account = providers.Factory(CorrectAccount, books=ports)
    reverse_payment = providers.Factory(ReversePayment, books=ports, inbox=ports)
    four_eyes = providers.Factory(
        FourEyes,
        gate=gate,
        acts=ports,
        correct=correct_account,
        reverse=reverse_payment,
        limit_of=settings.provided.four_eyes,
    )
    dismiss_reversal = providers.Factory(DismissReversal, books=ports, inbox=ports)
    route_reports = providers.Factory(RouteReports, inbox=ports, shared=ports, references=ports)
    import_payments = providers.Factory(ImportPayments, inbox=ports, reverse=reverse_payment, route=route_reports)
    record_cash = providers.Factory(RecordCash, desks=ports, directory=ports, imports=import_payments)
    view = providers.Factory(ReconciliationView, directory=ports, accounts=ports, inbox=ports, matches=ports)
    reconcile = providers.Factory(ReconcilePayments, books=ports, matches=ports, matcher=matcher, view=view)
    decide_match = providers.Factory(DecideMatch, books=ports, inbox=ports)
    reject_proposal = providers.Factory(RejectProposal, books=ports, matches=ports)
    link_person = providers.Factory(LinkPerson, books=ports, holdings=ports)
    find_same_people = providers.Factory(FindSamePeople, directory=ports)
    merge_people = providers.Factory(MergePeople, merging=ports, directory=ports)
    erase_person = providers.Factory(ErasePerson, erasure=ports)
    export_person = providers.Factory(
        ExportPerson,
        directory=ports,
        accounts=ports,
        inbox=ports,
        matches=ports,
        register=ports,
        state=ports,
        tickets=ports,
        occupancies=ports,
        applications=ports,
        inquiries=ports,
    )
    open_ticket = providers.Factory(OpenTicket, tickets=ports, directory=ports)
    change_ticket = providers.Factory(ChangeTicket, tickets=ports)
    comment_on_ticket = providers.Factory(CommentOnTicket, tickets=ports)
    list_tickets = providers.Factory(ListTickets, register=ports, tickets=ports)
    propose_occupancies = providers.Factory(
        ProposeOccupancies, occupancies=ports, accounts=ports, directory=ports, clock=clock
    )
    assign_occupancy = providers.Factory(AssignOccupancy, books=ports, occupancies=ports, directory=ports)
    draft_from_occupancy = providers.Factory(DraftFromOccupancy, sign=sign_lease, assign=assign_occupancy)
    undo_match = providers.Factory(UndoMatch, books=ports, matches=ports)
    statement = providers.Factory(StatementOfAccount, accounts=ports)
    deposits = providers.Factory(DepositsHeld, accounts=ports)
    papers = providers.Factory(MakePapers, register=ports, directory=ports, accounts=ports, matches=ports)


def wired(settings: Settings, ports: EveryPort, clock: Clock | None = None) -> Container:
    """The use cases over an open store, with the engine and matcher that the settings name."""
    return Container(
        settings=providers.Object(settings),
        ports=providers.Object(ports),
        clock=providers.Object(clock or SystemClock()),
        engine=providers.Callable(engine_of, settings),
        matcher=providers.Object(load_adapter("marketplace.matcher", settings.matcher, MATCHERS)()),
    )


def engine_of(settings: Settings) -> BillingEngine:
    """The engine that bills within the books.

    ``ConfigurationError`` where an outside engine bills: its books are followed by `BillOutside`, not asked in a run.
    """
    if settings.bills_outside:
        raise ConfigurationError(f"{settings.billing} bills in books of its own: bill with marketplace bill or its job")
    return cast("BillingEngine", load_adapter("marketplace.billing", settings.billing, ENGINES)())


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


def payment_hook_readers() -> Mapping[str, PaymentHooks]:
    """The reader of each kind of partner that posts payments."""
    from marketplace_adapters.statements import MpesaC2bHooks

    return {"mpesa-c2b": MpesaC2bHooks()}


def event_sink(settings: Settings) -> EventSink:
    """What posts events to others."""
    home = Home("marketplace_adapters.webhooks:SignedWebhooks", "webhooks")
    sink = load_adapter("marketplace.event_sink", "webhooks", {"webhooks": home})
    from marketplace_adapters.webhooks import GuardedClient

    client = GuardedClient(allow_http=settings.webhooks.allow_http, seconds=settings.webhooks.seconds)
    return cast("EventSink", sink(client))


def rules_of(settings: Settings, file: Path | None = None) -> RuleSet:
    """The rules of reconciliation: of a file, of the settings, or those that ship."""
    chosen = file or (Path(settings.rules) if settings.rules else None)
    if chosen is None:
        return DEFAULT_RULES
    try:
        return rule_set_from_toml(chosen.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigurationError(f"rules {chosen} cannot be read: {problem}") from problem


def shipped_documents() -> Documents:
    """What puts papers on pages; needs the extra ``documents``."""
    from marketplace_adapters.documents import TypstDocuments

    return TypstDocuments()


def read_first_system(folder: Path) -> Mapping[str, SourceFile]:
    """The first system's folder as files of rows."""
    from marketplace_adapters.statements import read_first_system_folder

    return read_first_system_folder(folder)


def has_server(settings: Settings) -> bool:
    """False where the settings name a data folder in which no embedded server was ever made."""
    if settings.store != "postgres" or settings.dsn:
        return True
    from marketplace_adapters.postgres.server.folders import has_cluster

    return has_cluster(settings.data_folder)


@contextmanager
def open_postgres(settings: Settings) -> Generator[Store]:
    """The books on PostgreSQL: the server of the settings, or the embedded one in the data folder; migrated."""
    from marketplace_adapters.postgres.embedded import open_server
    from marketplace_adapters.postgres.server.dsn import Dsn

    if settings.dsn:
        dsn = Dsn.parse(settings.dsn.reveal())
        owner = Dsn.parse(settings.owner_dsn.reveal()) if settings.owner_dsn else dsn
        with _postgres_store(dsn, owner) as store:
            yield store
        return
    with open_server(settings.data_folder) as server, _postgres_store(server.application, server.owner) as store:
        yield store


@contextmanager
def _postgres_store(application: Dsn, owner: Dsn) -> Generator[Store]:
    from marketplace_adapters.postgres.identity import PostgresIdentities
    from marketplace_adapters.postgres.jobs.work import PostgresWork
    from marketplace_adapters.postgres.kept_answers import PostgresKeptAnswers
    from marketplace_adapters.postgres.outside_engine import PostgresEngineRecords
    from marketplace_adapters.postgres.outside_property.diff_sql import diff_sql
    from marketplace_adapters.postgres.outside_property.progress import PostgresSyncProgress
    from marketplace_adapters.postgres.store import PostgresStore

    keeper = PostgresKeeper(application, owner)
    keeper.migrate_if_needed()
    ports = PostgresStore.connect(application)
    try:
        engine = ports.engine
        yield Store(
            ports,
            keeper,
            work=PostgresWork(engine),
            identities=PostgresIdentities(engine),
            kept_answers=PostgresKeptAnswers(engine),
            engine_records=PostgresEngineRecords(engine),
            sync_progress=PostgresSyncProgress(engine),
            diff_sql=diff_sql,
        )
    finally:
        ports.close()


class PostgresKeeper(Keeper):
    """Looks after a PostgreSQL: schema and rights, backup and restore."""

    def __init__(self, application: Dsn, owner: Dsn) -> None:
        """Over the two roles of one database."""
        self._application, self._owner = application, owner

    def migrate_if_needed(self) -> None:
        """Bring the tables to what this version needs; only then the owner's role is asked for."""
        from marketplace_adapters.postgres.migrations.migrate import current_revision, latest_revision, migrate

        with self._engine_of(self._application) as daily:
            if current_revision(daily) == latest_revision():
                return
        with self._engine_of(self._owner) as owning:
            migrate(owning)

    @contextmanager
    def _engine_of(self, dsn: Dsn) -> Generator[Engine]:
        """An engine for one connection; where there is none to be had, the error says whether the address is wrong."""
        from marketplace_adapters.postgres.engine import make_engine
        from marketplace_adapters.postgres.errors import only_ours
        from marketplace_adapters.postgres.server.external import connect

        engine = make_engine(dsn, connections=1)
        try:
            with only_ours():
                yield engine
        except StoreUnavailable:
            connect(dsn).close()
            raise
        finally:
            engine.dispose()

    @override
    def check(self) -> Sequence[Finding]:
        from marketplace_adapters.postgres.engine import make_engine
        from marketplace_adapters.postgres.migrations.migrate import current_revision, latest_revision
        from marketplace_adapters.postgres.migrations.rights import EVERY_APPEND_ONLY
        from marketplace_adapters.postgres.server.external import check_server, connect

        facts = check_server(self._application)
        engine = make_engine(self._application, connections=1)
        revision = current_revision(engine)
        engine.dispose()
        with connect(self._application) as connection:
            found = connection.execute(
                "SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
                " WHERE nspname = current_schema() AND relname = ANY(%s)"
                " AND (has_table_privilege(pg_class.oid, 'UPDATE') OR has_table_privilege(pg_class.oid, 'DELETE'))",
                [list(EVERY_APPEND_ONLY)],
            ).fetchall()
        changeable = ", ".join(sorted(str(row[0]) for row in found))
        return (
            Finding(
                "server",
                is_well=True,
                says=f"PostgreSQL {facts.major_version}, {facts.encoding}, {self._application.label}",
            ),
            Finding(
                "schema",
                revision == latest_revision(),
                f"revision {revision}",
                f"this version needs {latest_revision()}: run any command once with the owner's address",
            ),
            Finding(
                "rights",
                not changeable and not facts.role_is_superuser,
                "the books are append-only to us" if not changeable else f"our role may change {changeable}",
                "use the application role, which must not own the tables; see docs/run-in-production.md",
            ),
        )

    @override
    def check_sums(self) -> Sequence[Finding]:
        from marketplace_adapters.postgres.engine import make_engine
        from marketplace_adapters.postgres.kept_columns import wrong_columns
        from marketplace_adapters.postgres.kept_sums import wrong_sums

        engine = make_engine(self._application, connections=1)
        try:
            sums = (
                (it.name, f"{it.key} keeps {it.kept_minor} minor units, its rows sum to {it.summed_minor}")
                for it in wrong_sums(engine)
            )
            columns = ((it.name, f"{it.key} says {it.kept}, should be {it.should}") for it in wrong_columns(engine))
            return tuple(
                Finding(name, is_well=False, says=says, fix="restore a backup") for name, says in (*sums, *columns)
            )
        finally:
            engine.dispose()

    @override
    def backup(self, target: Path, created_at: datetime) -> str:
        from marketplace_adapters.postgres.dumps import dump_database
        from marketplace_adapters.postgres.migrations.migrate import latest_revision

        manifest = dump_database(self._owner, target, schema_version=latest_revision(), created_at=created_at)
        return f"{manifest.size_bytes} bytes, schema {manifest.schema_version}, SHA-256 {manifest.sha256}"

    @override
    def look_into(self, backup: Path) -> str:
        from marketplace_adapters.postgres.dumps import verify_backup

        manifest = verify_backup(backup)
        return f"made {manifest.created_at.isoformat()}, schema {manifest.schema_version}, SHA-256 {manifest.sha256}"

    @override
    def restore(self, backup: Path, *, replace: bool) -> str:
        from marketplace_adapters.postgres.dumps import restore_database

        manifest = restore_database(backup, self._owner, replace=replace)
        self.migrate_if_needed()
        return f"made {manifest.created_at.isoformat()}, schema {manifest.schema_version}, SHA-256 {manifest.sha256}"
