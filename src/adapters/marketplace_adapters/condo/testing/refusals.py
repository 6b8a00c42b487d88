"""How Condo says no, in the shapes that were recorded."""

from __future__ import annotations

from collections.abc import Mapping

from graphql import GraphQLError
from typing_extensions import override


class Refusal(Exception):
    """An error with a name, a code and a type as Condo tells them."""

    def __init__(
        self,
        message: str,
        name: str,
        code: str = "INTERNAL_SERVER_ERROR",
        *,
        data: Mapping[str, object] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        """Keep all that is told."""
        self.message, self.name, self.data = message, name, data
        self.extensions = {"code": code} | dict(more or {})
        super().__init__(message)

    @override
    def __str__(self) -> str:
        return self.message

    @property
    def error(self) -> dict[str, object]:
        """As it stands in an answer."""
        told: dict[str, object] = {"message": self.message, "name": self.name}
        return told | ({"data": self.data} if self.data else {}) | {"extensions": self.extensions}


def stranger() -> Refusal:
    """Nobody knows who asks."""
    return Refusal("No or incorrect authentication credentials", "AuthenticationError", "UNAUTHENTICATED")


def denied(target: str, kind: str = "query") -> Refusal:
    """No right, or no such thing: Condo does not say which."""
    data = {"type": kind, "target": target}
    return Refusal("You do not have access to this resource", "AccessDeniedError", data=data)


def too_many_rows(kind: str, limit: int) -> Refusal:
    """More than a page may have."""
    data = {"list": kind, "type": "maxResults", "limit": limit}
    return Refusal("Your request exceeded server limits", "LimitsExceededError", data=data)


def deleted() -> Refusal:
    """It was there."""
    return Refusal("Already deleted", "GraphQLError")


def invalid(message: str, operation: str) -> Refusal:
    """A mutation that breaks a rule."""
    nothing = dict[str, object]()
    data = {"messages": [message], "errors": [nothing], "listKey": "Ticket", "operation": operation}
    return Refusal(
        "You attempted to perform an invalid mutation", "ValidationFailureError", data=data, more={"message": message}
    )


def wrong_version(mutation: str) -> Refusal:
    """The mutation does not say by which version it is written."""
    message = "Wrong value for data version number"
    more = {"type": "DV_VERSION_MISMATCH", "variable": ["data", "dv"], "message": message, "mutation": mutation}
    return Refusal(message, "GQLError", "BAD_USER_INPUT", more=more)


def wrong_sender(mutation: str) -> Refusal:
    """The mutation does not say well who sends it."""
    message = 'Wrong value for "sender": fingerprint must have 5 to 42 characters'
    more = {"type": "WRONG_FORMAT", "variable": ["data", "sender"], "message": message, "mutation": mutation}
    return Refusal(message, "GQLError", "BAD_USER_INPUT", more=more)


def no_points(reset: int) -> Refusal:
    """Too many calls in an hour."""
    message = "You've made too many requests recently, try again later"
    more = {"type": "RATE_LIMIT_EXCEEDED", "message": message, "messageInterpolation": {"resetTime": reset}}
    return Refusal(message, "GQLError", "TOO_MANY_REQUESTS", more=more)


def too_long(limit: int) -> Refusal:
    """A query of too many signs."""
    message = f"GraphQL query length limit exceeded. Query size can not be more than {limit} characters"
    return Refusal(message, "GQLError", "PAYLOAD_TOO_LARGE", more={"type": "ROOT_QUERY_LENGTH_EXCEEDED"})


def no_introspection() -> Refusal:
    """As Apollo says where introspection is off."""
    message = "GraphQL introspection is not allowed by Apollo Server, but the query contained __schema or __type."
    return Refusal(message, "ValidationError", "GRAPHQL_VALIDATION_FAILED")


def wrong_password(message: str) -> Refusal:
    """Nobody is known by that."""
    return Refusal(message, "Error")


def shown(error: GraphQLError) -> dict[str, object]:
    """An error of an execution as Condo tells it."""
    found = error.original_error
    if isinstance(found, Refusal):
        where = [{"line": it.line, "column": it.column} for it in error.locations or ()]
        return found.error | {"locations": where, "path": list(error.path or ())}
    return Refusal(error.message, "GraphQLError").error


def unfit(error: GraphQLError, code: str) -> dict[str, object]:
    """An error of a query that is never executed."""
    return Refusal(error.message, "ValidationError", code).error
