"""The event log in the database: a command's link is written in the transaction of its change."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from marketplace_adapters.postgres.rows.values import Row
from marketplace_adapters.postgres.schema import event_heads, event_personal, events
from marketplace_core.domain.codec import canonical, unseal
from marketplace_core.domain.command import Command
from marketplace_core.domain.event_log import GENESIS, link, opened, sealed_payload
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import CommandId, PortfolioId


def append_link(connection: Connection, command: Command, facts: Sequence[Fact]) -> int:
    """Write the command's link with the personal parts beside it; the sequence it got.

    Waits for whoever writes to the portfolio's chain, and lets nobody else write to it until the commit: call it
    last.
    """
    payload, personals = sealed_payload(facts, _salts())
    return append_payload(connection, command, payload, personals)


def append_payload(
    connection: Connection, command: Command, payload: str, personals: Sequence[dict[str, Any] | None] = ()
) -> int:
    """Write the command's link of a payload that is canonical already; as ``append_link`` in all else."""
    head = _locked_head(connection, command.portfolio_id)
    event, vault = _rows(head, command, payload, personals)
    _write(connection, [event], vault)
    return head[0] + 1


def append_links(connection: Connection, links: Sequence[tuple[Command, Sequence[Fact]]]) -> None:
    """Write a link for each command, all of one portfolio, in order; as ``append_link`` in all else."""
    if not links:
        return
    head = _locked_head(connection, links[0][0].portfolio_id)
    written, vault = list[Row](), list[Row]()
    for command, facts in links:
        event, personal = link_rows(head, command, facts)
        head = event["sequence"], event["hash"]
        written.append(event)
        vault += personal
    _write(connection, written, vault)


def _write(connection: Connection, written: Sequence[Row], vault: Sequence[Row]) -> None:
    """Write links that follow the head, with their personal parts; the last one is the head then."""
    connection.execute(insert(events), written)
    if vault:
        connection.execute(insert(event_personal), vault)
    last = written[-1]
    connection.execute(
        update(event_heads)
        .where(event_heads.c.portfolio_id == last["portfolio_id"])
        .values(sequence=last["sequence"], hash=last["hash"])
    )


def link_rows(head: tuple[int, str], command: Command, facts: Sequence[Fact]) -> tuple[Row, list[Row]]:
    """The row of the link that follows a head, and the rows of its personal parts. Salts are secret and random."""
    payload, personals = sealed_payload(facts, _salts())
    return _rows(head, command, payload, personals)


def _rows(
    head: tuple[int, str], command: Command, payload: str, personals: Sequence[dict[str, Any] | None]
) -> tuple[Row, list[Row]]:
    sequence, previous_hash = head
    event = link(previous_hash, sequence + 1, command, payload)
    own = {"portfolio_id": event.portfolio_id, "sequence": event.sequence}
    vault: list[Row] = [
        {**own, "position": position, "body": canonical(personal)}
        for position, personal in enumerate(personals)
        if personal is not None
    ]
    row: Row = {
        **own,
        "command_id": event.command_id,
        "kind": event.kind,
        "actor": event.actor,
        "reason": event.reason,
        "recorded_at": event.recorded_at,
        "payload": event.payload,
        "previous_hash": event.previous_hash,
        "hash": event.hash,
    }
    return row, vault


def _salts() -> Iterator[str]:
    while True:
        yield token_hex(16)


def _locked_head(connection: Connection, portfolio_id: PortfolioId) -> tuple[int, str]:
    """The last link's sequence and hash; the row is locked."""
    statement = (
        select(event_heads.c.sequence, event_heads.c.hash)
        .where(event_heads.c.portfolio_id == portfolio_id)
        .with_for_update(key_share=True)
    )
    found = connection.execute(statement).first()
    if found is None:
        first = {"portfolio_id": portfolio_id, "sequence": 0, "hash": GENESIS}
        connection.execute(upsert(event_heads).values(first).on_conflict_do_nothing())
        found = connection.execute(statement).one()
    return found.sequence, found.hash


def last_sequence(connection: Connection, portfolio_id: PortfolioId) -> int:
    """The sequence of the last link, 0 where there is none."""
    statement = select(event_heads.c.sequence).where(event_heads.c.portfolio_id == portfolio_id)
    return connection.scalar(statement) or 0


def recorded_last(connection: Connection, portfolio_id: PortfolioId) -> datetime | None:
    """The latest instant of a portfolio's links, None where there is none."""
    found: datetime | None = connection.scalar(
        select(func.max(events.c.recorded_at)).where(events.c.portfolio_id == portfolio_id)
    )
    return found


def sequence_of_command(connection: Connection, portfolio_id: PortfolioId, command_id: CommandId) -> int | None:
    """The link that a command wrote, None where it wrote none."""
    return connection.scalar(
        select(events.c.sequence).where(events.c.portfolio_id == portfolio_id, events.c.command_id == command_id)
    )


def commands_that_wrote(
    connection: Connection, portfolio_id: PortfolioId, command_ids: Collection[CommandId]
) -> frozenset[CommandId]:
    """Those of these commands that wrote a link."""
    statement = select(events.c.command_id).where(
        events.c.portfolio_id == portfolio_id, events.c.command_id == func.any(sorted(command_ids))
    )
    return frozenset(CommandId(it) for it in connection.scalars(statement))


def kind_of(connection: Connection, portfolio_id: PortfolioId, sequence: int) -> str:
    """Of which kind the command of a link was."""
    statement = select(events.c.kind).where(events.c.portfolio_id == portfolio_id, events.c.sequence == sequence)
    return str(connection.execute(statement).scalar_one())


def personal_parts(connection: Connection, portfolio_id: PortfolioId, sequence: int) -> dict[int, dict[str, Any]]:
    """The personal parts of a link's facts by position; what was erased is not in it."""
    table = event_personal
    statement = (
        select(table.c.position, table.c.body)
        .where(table.c.portfolio_id == portfolio_id, table.c.sequence == sequence)
        .order_by(table.c.position)
    )
    return {row.position: json.loads(row.body) for row in connection.execute(statement)}


def facts_of(connection: Connection, portfolio_id: PortfolioId, sequence: int) -> tuple[Fact, ...]:
    """The facts of a link, read from the chain and the personal parts."""
    statement = select(events.c.payload).where(events.c.portfolio_id == portfolio_id, events.c.sequence == sequence)
    publics = json.loads(connection.execute(statement).scalar_one())
    personal = personal_parts(connection, portfolio_id, sequence)
    return tuple(unseal(it) for it in opened(publics, [personal.get(place) for place in range(len(publics))]))
