"""What the stand-in answers to each field, to somebody."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, Final, cast

from attrs import define, field
from graphql import GraphQLResolveInfo

from marketplace_adapters.condo.testing import refusals
from marketplace_adapters.condo.testing.books import Books, Row, User, written
from marketplace_adapters.condo.testing.filtering import fits, mentions_deletion, ordered
from marketplace_adapters.condo.testing.schema import LISTS, RELATIONS

MOST_ROWS: Final = 1000
_LONGEST_DEFERRAL: Final = timedelta(days=365)
_FINGERPRINT: Final = re.compile(r"[a-zA-Z0-9!#$%()*+\-;=,:\[\]/.?@^_`{|}~]{5,42}")
_OPEN_TO_ALL: Final = ("authenticatedUser", "authenticateUserWithPassword", "authenticateUserWithPhoneAndPassword")

Values = Mapping[str, object]


@define
class Asking:
    """One request: who asks, and the variables as they were sent."""

    books: Books
    tokens: dict[str, User]
    user: User | None
    variables: Values = field(factory=dict[str, object])
    denied: Collection[str] = ()

    def resolve(self, source: object, info: GraphQLResolveInfo[Any], arguments: Values) -> object:
        """The value of a field."""
        name = info.field_name
        if isinstance(source, Row):
            return self._related(source, name) if name in RELATIONS else source.values.get(name)
        if isinstance(source, dict):
            return cast("dict[str, object]", source).get(name)
        if self.user is None and name not in _OPEN_TO_ALL:
            raise refusals.stranger()
        with self.books.lock:
            return self._rooted(name, arguments)

    def _rooted(self, name: str, arguments: Values) -> object:
        if name in self.denied:
            raise refusals.denied(name, "query" if name.startswith(("all", "_all")) else "mutation")
        if name in LISTS:
            return self._list(name, arguments)
        if name.startswith("_all"):
            rows = self._found(LISTS[name.removeprefix("_").removesuffix("Meta")], _object(arguments.get("where")))
            return {"count": len(rows)}
        if name == "authenticatedUser":
            return self.books.kind("User")[self.user.external_id] if self.user else None
        if name == "updateTicket":
            return self._update_ticket(str(arguments["id"]), _object(arguments.get("data")))
        if name == "createTicketComment":
            return self._comment(_object(arguments.get("data")))
        return self._sign_in(name, arguments)

    def _list(self, name: str, arguments: Values) -> list[Row]:
        kind, first = LISTS[name], arguments.get("first")
        if kind == "Resident":
            raise refusals.denied(name)
        most = first if isinstance(first, int) else MOST_ROWS
        if most > MOST_ROWS:
            raise refusals.too_many_rows(kind, MOST_ROWS)
        rows = self._found(kind, _object(arguments.get("where")))
        skip = cast("int", arguments.get("skip") or 0)
        return ordered(rows, cast("Sequence[str]", arguments.get("sortBy") or ()))[skip : skip + most]

    def _found(self, kind: str, where: Values) -> list[Row]:
        with_deleted = mentions_deletion(self.variables.get("where"))
        rows = (it for it in self.books.kind(kind).values() if with_deleted or not it.is_deleted)
        return [it for it in rows if self._sees(it) and fits(self.books, it, where)]

    def _sees(self, row: Row) -> bool:
        """Service users never see deleted rows nor residents' comments; nobody those of other organizations."""
        user = self.user
        if user is None or (row.is_deleted and user.kind == "service"):
            return False
        owner = row.values.get("organization")
        if row.kind == "TicketComment":
            if user.kind == "service" and row.values["type"] == "resident":
                return False
            owner = self.books.kind("Ticket")[str(row.values["ticket"])].values["organization"]
        return owner is None or owner in user.organizations

    def _related(self, row: Row, name: str) -> Row | None:
        found = self.books.kind(RELATIONS[name]).get(str(row.values.get(name)))
        return found if found is not None and self._sees(found) else None

    def _update_ticket(self, external_id: str, data: Values) -> Row:
        _check_sender(data, "updateTicket")
        row = self._ticket(external_id, "updateTicket")
        changed: dict[str, object] = {it: data[it] for it in ("statusReason", "details") if it in data}
        status_id = _connected(data.get("status"))
        if status_id is not None:
            changed |= self._new_status(row, str(status_id), data.get("deferredUntil"))
        self.books.change("Ticket", external_id, changed)
        return row

    def _new_status(self, row: Row, status_id: str, until: object) -> dict[str, object]:
        status = self.books.kind("TicketStatus").get(status_id)
        if status is None:
            raise refusals.denied("updateTicket", "mutation")
        now, kind = self.books.instant(), status.values["type"]
        changed: dict[str, object] = {"status": status_id, "deferredUntil": None}
        if kind == "deferred":
            changed["deferredUntil"] = _deferral(until, now)
        if status_id != row.values["status"]:
            changed["statusUpdatedAt"] = written(now)
        if kind == "completed":
            changed["completedAt"] = written(now)
        return changed

    def _comment(self, data: Values) -> Row:
        _check_sender(data, "createTicketComment")
        ticket = str(_connected(data.get("ticket")))
        self._ticket(ticket, "createTicketComment")
        user, wanted = self.user, _connected(data.get("user"))
        if user is None or (user.kind == "service" and data.get("type") == "resident"):
            raise refusals.denied("createTicketComment", "mutation")
        if wanted is None:
            raise refusals.invalid('Required field "user" is null or undefined.', "create")
        if wanted != user.external_id:
            raise refusals.denied("createTicketComment", "mutation")
        values = {"ticket": ticket, "type": data.get("type"), "content": data.get("content"), "user": wanted}
        return self.books.kind("TicketComment")[self.books.add("TicketComment", values)]

    def _ticket(self, external_id: str, mutation: str) -> Row:
        row = self.books.kind("Ticket").get(external_id)
        if row is not None and row.is_deleted:
            raise refusals.deleted()
        if row is None or not self._sees(row):
            raise refusals.denied(mutation, "mutation")
        return row

    def _sign_in(self, name: str, arguments: Values) -> dict[str, object]:
        data = _object(arguments.get("data")) or arguments
        for user in self.books.users.values():
            known = user.email if name == "authenticateUserWithPassword" else user.phone
            told = data.get("email") or data.get("phone")
            if known and known == told and data.get("password") == user.password:
                token = token_hex(16)
                self.tokens[token] = user
                return {"token": token, "item": self.books.kind("User")[user.external_id]}
        if name == "authenticateUserWithPassword":
            raise refusals.wrong_password("[passwordAuth:failure] Authentication failed")
        raise refusals.Refusal(
            "Wrong phone or password", "GQLError", "BAD_USER_INPUT", more={"type": "WRONG_CREDENTIALS"}
        )


def _check_sender(data: Values, mutation: str) -> None:
    if data.get("dv") != 1:
        raise refusals.wrong_version(mutation)
    sender = _object(data.get("sender"))
    if sender.get("dv") != 1 or not _FINGERPRINT.fullmatch(str(sender.get("fingerprint"))):
        raise refusals.wrong_sender(mutation)


def _deferral(until: object, now: datetime) -> str:
    if until is None:
        raise refusals.invalid("WRONG_VALUE deferredUntil is null, but status type is deferred", "update")
    instant = datetime.fromisoformat(str(until))
    if not now < instant <= now + _LONGEST_DEFERRAL:
        raise refusals.invalid("WRONG_VALUE deferredUntil must be in the future, at most 365 days away", "update")
    return written(instant)


def _connected(relation: object) -> object:
    """The id of what a relation is connected with."""
    return _object(_object(relation).get("connect")).get("id")


def _object(value: object) -> Values:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
