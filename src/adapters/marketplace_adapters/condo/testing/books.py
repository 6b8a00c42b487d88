"""What the stand-in holds: rows as Condo's, with versions, instants to the millisecond, and soft deletion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import RLock
from typing import Final
from uuid import NAMESPACE_OID, uuid5

from attrs import define, field, frozen

BEGINNING: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)
STATUS_TYPES: Final = {
    "new_or_reopened": "Open",
    "processing": "In progress",
    "completed": "Completed",
    "canceled": "Declined",
    "deferred": "Deferred",
    "closed": "Closed",
}


@define
class Row:
    """A row of one kind; relations are ids."""

    kind: str
    values: dict[str, object]

    @property
    def external_id(self) -> str:
        """Its id."""
        return str(self.values["id"])

    @property
    def is_deleted(self) -> bool:
        """True where it is hidden."""
        return self.values.get("deletedAt") is not None


@frozen
class User:
    """Somebody who signs in: ``kind`` is service or staff; organizations whose rows are shown."""

    external_id: str
    kind: str
    name: str
    email: str
    phone: str
    password: str = field(repr=False)
    organizations: tuple[str, ...] = ()


@define
class Books:
    """All rows, and the clock: it stands at ``now`` unless ``tick`` gives another time."""

    now: datetime = BEGINNING
    tick: Callable[[], datetime] | None = None
    rows: dict[str, dict[str, Row]] = field(factory=dict[str, dict[str, Row]])
    users: dict[str, User] = field(factory=dict[str, User])
    lock: RLock = field(factory=RLock, repr=False)
    made: int = 0

    @staticmethod
    def empty() -> Books:
        """Two organizations, a service user in the first and staff in both; roles and statuses that all share."""
        books = Books()
        books.organization("Jamhuri Homes")
        books.organization("Another landlord")
        first, second = books.kind("Organization")
        books.user("service", "rental sync", "sync@example.org", "", (first,))
        books.user("staff", "Wanjiru", "", "+254700000001", (first, second))
        for name in ("Resident", "Owner", "Guest", "Caretaker"):
            books.add("ContactRole", {"name": name, "organization": None})
        for kind, name in STATUS_TYPES.items():
            books.add("TicketStatus", {"type": kind, "name": name, "organization": None})
        return books

    def instant(self) -> datetime:
        """What the clock shows."""
        return self.tick() if self.tick else self.now

    def kind(self, kind: str) -> dict[str, Row]:
        """The rows of a kind by their ids."""
        return self.rows.setdefault(kind, {})

    def add(self, kind: str, values: Mapping[str, object]) -> str:
        """A new row; its id."""
        with self.lock:
            self.made += 1
            external_id = str(uuid5(NAMESPACE_OID, f"{kind} {self.made}"))
            now = written(self.instant())
            common = {"id": external_id, "v": 1, "dv": 1, "createdAt": now, "updatedAt": now, "deletedAt": None}
            self.kind(kind)[external_id] = Row(kind, common | dict(values))
            return external_id

    def change(self, kind: str, external_id: str, values: Mapping[str, object]) -> None:
        """Write to a row: its version grows, whether anything is another or not."""
        with self.lock:
            row = self.kind(kind)[external_id]
            version = int(str(row.values["v"])) + 1
            row.values |= {"v": version, "updatedAt": written(self.instant())} | dict(values)

    def delete(self, kind: str, external_id: str) -> None:
        """Hide a row."""
        self.change(kind, external_id, {"deletedAt": written(self.instant())})

    def organization(self, name: str) -> str:
        """A new organization; its id."""
        return self.add("Organization", {"name": name})

    def user(self, kind: str, name: str, email: str, phone: str, organizations: tuple[str, ...]) -> User:
        """Somebody new, whose password is ``password``."""
        external_id = self.add("User", {"name": name, "type": kind, "email": email or None, "phone": phone or None})
        user = User(external_id, kind, name, email, phone, "password", organizations)
        self.users[external_id] = user
        return user

    def named(self, kind: str, field_name: str, value: str) -> str:
        """The id of the first row of a kind whose field is that."""
        return next(it.external_id for it in self.kind(kind).values() if it.values.get(field_name) == value)

    @property
    def organization_id(self) -> str:
        """The first organization."""
        return next(iter(self.kind("Organization")))


def written(instant: datetime) -> str:
    """An instant as Condo writes it."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
