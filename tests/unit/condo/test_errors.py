"""Condo's refusals in our words: code, type and name looked at together, secrets never shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from marketplace_adapters.condo.answers import Answer
from marketplace_adapters.condo.errors import TABLE, rule_of, translated
from marketplace_core.errors import (
    ConfigurationError,
    MarketplaceError,
    NotFound,
    PartnerDrift,
    PartnerUnavailable,
    RuleViolation,
)

INTERNAL = "INTERNAL_SERVER_ERROR"


def _answer(status: int = 200, *, name: str = "", message: str = "no", **extensions: object) -> Answer:
    error = {"message": message, "name": name, "extensions": extensions}
    return Answer("Tickets", status, json.dumps({"data": {"objs": None}, "errors": [error]}))


def _error(answer: Answer) -> MarketplaceError:
    return translated(answer, *rule_of(answer.status, answer.problems()))


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (_answer(name="AccessDeniedError", code=INTERNAL), ConfigurationError, "right"),
        (_answer(name="ValidationFailureError", code=INTERNAL, message="WRONG_VALUE"), RuleViolation, "WRONG_VALUE"),
        (_answer(name="LimitsExceededError", code=INTERNAL), PartnerDrift, "condo.page"),
        (_answer(name="GraphQLError", code=INTERNAL, message="Already deleted"), NotFound, "deleted"),
        (_answer(name="AuthenticationError", code="UNAUTHENTICATED"), ConfigurationError, "condo.token"),
        (_answer(name="GQLError", code="BAD_USER_INPUT", type="DV_VERSION_MISMATCH"), PartnerDrift, "version"),
        (_answer(name="GQLError", code="BAD_USER_INPUT", type="WRONG_VALUE"), RuleViolation, "refuses"),
        (
            _answer(name="UserInputError", code="BAD_USER_INPUT", message='Variable "$where" got'),
            PartnerDrift,
            "schema",
        ),
        (_answer(400, name="ValidationError", code="GRAPHQL_VALIDATION_FAILED"), PartnerDrift, "schema"),
        (
            _answer(400, name="GQLError", code="TOO_MANY_REQUESTS", type="RATE_LIMIT_EXCEEDED"),
            PartnerUnavailable,
            "points",
        ),
        (_answer(name="Error", code=INTERNAL), PartnerUnavailable, "unclear"),
        (Answer("Tickets", 502, "<html>"), PartnerUnavailable, "unclear"),
        (Answer("Tickets", 404, "<html>"), ConfigurationError, "condo.url"),
        (Answer("Tickets", 429, ""), PartnerUnavailable, "429"),
    ],
)
def test_refusals_in_our_words(answer: Answer, kind: type[MarketplaceError], says: str) -> None:
    """The same code means other things by another name."""
    error = _error(answer)
    assert type(error) is kind
    assert says in str(error)
    assert "Tickets" in str(error)


def test_the_rule_that_goes_first_decides_for_all_errors() -> None:
    """Of several errors one that says who we are goes before one that says what we may."""
    both: list[dict[str, Any]] = [
        {"message": "no", "name": "AccessDeniedError", "extensions": {"code": INTERNAL}},
        {"message": "who", "name": "AuthenticationError", "extensions": {"code": "UNAUTHENTICATED"}},
    ]
    answer = Answer("Tickets", 200, json.dumps({"errors": both}))
    assert rule_of(200, answer.problems())[0].is_stranger


def test_the_last_rule_fits_all() -> None:
    """So that there always is one; it alone has no condition."""
    bare = [rule for rule in TABLE if (rule.status, rule.code, rule.type, rule.name, rule.words) == (None, *[""] * 4)]
    assert bare == [TABLE[-1]]


@pytest.mark.parametrize(
    "text",
    [
        '{"errors": [5]}',
        '{"errors": [{}]}',
        '{"errors": {"message": "x"}}',
        '{"errors": "x", "data": {}}',
        '{"errors": [{"extensions": null, "message": null, "name": 3}]}',
    ],
)
def test_errors_of_another_shape_are_errors(text: str) -> None:
    """Data beside them are never taken as whole."""
    assert type(_error(Answer("Tickets", 200, text))) is PartnerUnavailable


@pytest.mark.parametrize("text", ["", "<html>", "[", "[1]", '"x"', "[" * 100_000])
def test_what_is_no_object_is_no_answer(text: str) -> None:
    """Neither data nor errors can be read from it."""
    with pytest.raises(PartnerUnavailable):
        Answer("Tickets", 200, text).problems()
