"""What Condo's refusals mean to us: one table, tried in order; what it does not know leaves open what was done.

Code, type and name are looked at together: a denied access, a failed validation and an exceeded limit all carry the
code INTERNAL_SERVER_ERROR.
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

from marketplace_adapters.condo.answers import Answer, Problem
from marketplace_core.errors import (
    ConfigurationError,
    MarketplaceError,
    NotFound,
    PartnerDrift,
    PartnerUnavailable,
    RuleViolation,
)

_MOST_WORDS: Final = 200
_UNCLEAR: Final = "unclear whether it was done"


@frozen
class Rule:
    """An answer of that status, code, type, name and words, each where it is given, means that error.

    ``is_stranger``: Condo does not know who asks. ``is_refused_for_points``: it would take the call later.
    """

    kind: type[MarketplaceError]
    says: str
    status: int | None = None
    code: str = ""
    type: str = ""
    name: str = ""
    words: str = ""
    is_stranger: bool = False
    is_refused_for_points: bool = False

    def fits(self, status: int, problem: Problem) -> bool:
        """True where everything given fits."""
        return (
            self.status in (None, status)
            and self.code in ("", problem.code)
            and self.type in ("", problem.type)
            and self.name in ("", problem.name)
            and self.words.lower() in problem.message.lower()
        )


_STRANGER: Final = "does not know us: look at condo.token, or condo.email, condo.phone and condo.password"
_POINTS: Final = "has no points left for us"
_OTHER: Final = "does not take what we ask for: its schema is another"
_DENIED: Final = "denies us that, or has no such thing: give our account the right in the organization"

TABLE: Final[tuple[Rule, ...]] = (
    Rule(PartnerUnavailable, _POINTS, type="RATE_LIMIT_EXCEEDED", is_refused_for_points=True),
    Rule(PartnerUnavailable, _POINTS, code="TOO_MANY_REQUESTS", is_refused_for_points=True),
    Rule(ConfigurationError, _STRANGER, code="UNAUTHENTICATED", is_stranger=True),
    Rule(ConfigurationError, _STRANGER, name="AuthenticationError", is_stranger=True),
    Rule(ConfigurationError, "refuses our sign-in: look at condo.password", words="passwordAuth:"),
    Rule(ConfigurationError, "refuses our sign-in: look at condo.phone and condo.password", type="WRONG_CREDENTIALS"),
    Rule(PartnerDrift, _OTHER, code="GRAPHQL_VALIDATION_FAILED"),
    Rule(PartnerDrift, _OTHER, code="GRAPHQL_PARSE_FAILED"),
    Rule(PartnerDrift, _OTHER, name="ValidationError"),
    Rule(PartnerDrift, "wants another version of what we send", type="DV_VERSION_MISMATCH"),
    Rule(PartnerDrift, "wants to be told otherwise who sends", type="WRONG_FORMAT", words="sender"),
    Rule(PartnerDrift, _OTHER, code="BAD_USER_INPUT", words='variable "$'),
    Rule(PartnerDrift, "gives fewer rows a page: lower condo.page", name="LimitsExceededError"),
    Rule(NotFound, "has deleted it", words="already deleted"),
    Rule(RuleViolation, "refuses that", name="ValidationFailureError"),
    Rule(ConfigurationError, _DENIED, name="AccessDeniedError"),
    Rule(ConfigurationError, _DENIED, code="FORBIDDEN"),
    Rule(RuleViolation, "refuses that", code="BAD_USER_INPUT"),
    Rule(NotFound, "knows no such thing", code="NOT_FOUND"),
    Rule(ConfigurationError, "does not know our token", 401, is_stranger=True),
    Rule(ConfigurationError, "lets us not in (403): look at what stands before it", 403),
    Rule(ConfigurationError, "is not at condo.url", 404),
    Rule(ConfigurationError, "is elsewhere than at condo.url: follow where it leads", 301),
    Rule(ConfigurationError, "is elsewhere than at condo.url: follow where it leads", 302),
    Rule(ConfigurationError, "is elsewhere than at condo.url: follow where it leads", 308),
    Rule(PartnerUnavailable, "takes no more calls for now (429)", 429),
    Rule(PartnerUnavailable, f"does not answer as it should: {_UNCLEAR}"),
)


def rule_of(status: int, problems: tuple[Problem, ...]) -> tuple[Rule, Problem]:
    """The first rule of the table that one of an answer's errors fits, and that error."""
    return next((rule, it) for rule in TABLE for it in problems if rule.fits(status, it))


def translated(answer: Answer, rule: Rule, problem: Problem) -> MarketplaceError:
    """Our error for a refusal; of its own words those of the error are told, shortened."""
    told = problem.message.replace("\n", " ")[:_MOST_WORDS]
    kinds = ", ".join(it for it in (problem.name, problem.code, problem.type) if it)
    more = f" ({told})" if told else ""
    return rule.kind(f"Condo {rule.says}; {answer.call} gave {answer.status} {kinds}".rstrip() + more)
