"""The table of what is needed of the schema is what the operations touch: neither less nor more."""

from __future__ import annotations

import pytest
from graphql import build_schema
from tests.fixtures.condo_schema import Request, everything_sent, needed_lines, touched

from marketplace_adapters.condo.drift import SHAPE
from marketplace_adapters.condo.operations import ADD_COMMENT, OF_STREAM, SIGN_IN_SERVICE, SIGN_IN_STAFF, WHO_AM_I
from marketplace_adapters.condo.testing.schema import SCHEMA

pytestmark = pytest.mark.condo

ENTRY = {"authenticateUser", "AuthenticateUser", "Query.authenticatedUser", "User.type", "UserTypeType"}
"""Signing in and a look at who we are belong to no stream: where they fail all do."""


def test_all_that_is_touched_is_looked_at() -> None:
    """Each field and type that the adapter asks for, sends or maps is in the table, and nothing else is."""
    sent = [it for it in everything_sent() if "__type" not in it[0]]
    found = touched(build_schema(SCHEMA), sent)
    entry = {it for it in found if any(part in it for part in ENTRY)}
    assert found - entry == needed_lines()


def test_each_operation_is_sent() -> None:
    """So that the test above looks at all of them."""
    sent = {query for query, _ in everything_sent()}
    ours = {it.text for of in OF_STREAM.values() for it in of} | {
        it.text for it in (SIGN_IN_SERVICE, SIGN_IN_STAFF, WHO_AM_I, SHAPE)
    }
    assert sent == ours


def test_a_field_more_is_seen() -> None:
    """The control: an operation that asks for more than the table says is found."""
    more: Request = (ADD_COMMENT.text.replace("{ id }", "{ id deletedAt }"), {})
    wider: Request = ("query { objs: allTickets(first: 1) { statusReopenedCounter } }", {})
    found = touched(build_schema(SCHEMA), [more, wider])
    assert found - needed_lines() == {"Ticket.statusReopenedCounter: Int"}
