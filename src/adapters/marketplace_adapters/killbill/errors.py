"""What Kill Bill's refusals mean to us: one table, tried in order; what it does not know leaves open what was done."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from marketplace_adapters.killbill.answers import Answer, Fields
from marketplace_core.errors import ConfigurationError, MarketplaceError, NotFound, PartnerUnavailable, RuleViolation

_MOST_WORDS: Final = 200


@frozen
class Rule:
    """An answer of that status, code and with those words in it, each where it is given, means that error.

    ``is_known`` marks the refusal of something that stands there already: a repeat of what was done is well then.
    """

    kind: type[MarketplaceError]
    says: str
    status: int | None = None
    code: int | None = None
    words: str = ""
    is_known: bool = False
    of_html: bool = False

    def fits(self, answer: Answer, code: int | None, message: str) -> bool:
        """True where everything given fits."""
        return (
            self.status in (None, answer.status)
            and self.code in (None, code)
            and self.words in message
            and not (self.of_html and (answer.is_json or not answer.text))
        )


_TENANT: Final = "does not know our tenant: look at killbill.api_key and killbill.api_secret, or set it up first"
_UNCLEAR: Final = "unclear whether it was done"
_COMMITTED: Final = 4024
_TOO_LARGE: Final = "cannot hold the amount: widen its columns, or set killbill.most_amount lower"

TABLE: Final[tuple[Rule, ...]] = (
    Rule(ConfigurationError, _TENANT, 401, of_html=True),
    Rule(ConfigurationError, "refuses our sign-in: look at killbill.user and killbill.password", 401),
    Rule(ConfigurationError, "does not allow us that: killbill.user needs the permission", 403),
    Rule(PartnerUnavailable, "took too long with it: " + _UNCLEAR, 408),
    Rule(PartnerUnavailable, "asks us to call less often", 429),
    Rule(PartnerUnavailable, "is not ready (502)", 502),
    Rule(PartnerUnavailable, "is not ready (503)", 503),
    Rule(PartnerUnavailable, "is not ready (504): " + _UNCLEAR, 504),
    Rule(RuleViolation, "has an account of that key already", code=3000, is_known=True),
    Rule(NotFound, "knows no such account", code=3003),
    Rule(NotFound, "knows no such account", code=3001),
    Rule(RuleViolation, "has a subscription of that key already", code=1015, is_known=True),
    Rule(RuleViolation, "has a subscription of that key already", code=1085, is_known=True),
    Rule(RuleViolation, "has a subscription of that key already", code=1014, is_known=True),
    Rule(RuleViolation, "has something of that key already", 500, words="duplicate key value", is_known=True),
    Rule(RuleViolation, "refuses a day before the subscription's last change", code=1001),
    Rule(RuleViolation, "cannot change a subscription that has ended, or a price from before its start", code=1021),
    Rule(RuleViolation, "cannot change a subscription whose end is set: reopen it first", code=1022),
    Rule(RuleViolation, "has ended the subscription already", code=1031, is_known=True),
    Rule(RuleViolation, "cannot reopen the subscription: no end is to come", code=1070, is_known=True),
    Rule(RuleViolation, "knows of no price to come", code=1071, is_known=True),
    Rule(RuleViolation, "cannot reopen the subscription: no end is to come", code=8004, is_known=True),
    Rule(RuleViolation, "cannot change a subscription that has ended", code=6000),
    Rule(RuleViolation, "does not have that tag on the account", code=3950, is_known=True),
    Rule(NotFound, "knows no such subscription", code=1083),
    Rule(ConfigurationError, "lacks our plan in its catalog: set it up first", code=2021),
    Rule(ConfigurationError, "has no catalog: set it up first", 500, words="No existing versions in the Versioned"),
    Rule(ConfigurationError, "refuses the catalog", code=2080),
    Rule(ConfigurationError, "has a tenant of that key already", code=20000),
    Rule(RuleViolation, "asks for an amount above zero", code=4015),
    Rule(NotFound, "knows no such invoice", code=4018),
    Rule(NotFound, "knows no such invoice", code=7019, words="code=4006"),
    Rule(NotFound, "knows no such invoice", code=4006),
    Rule(RuleViolation, "has the invoice void already", code=4023, words="Current status is VOID", is_known=True),
    Rule(RuleViolation, "cannot change the invoice in its status", code=4023),
    Rule(RuleViolation, "takes nothing more onto a committed invoice", code=_COMMITTED),
    Rule(RuleViolation, "cannot void an invoice that payments pay: take them back first", code=4028),
    Rule(NotFound, "knows no such payment", code=7020),
    Rule(PartnerUnavailable, "is just opening the account's payment method: try again", code=7023),
    Rule(RuleViolation, "took a refund or payment of that key already", code=7030, is_known=True),
    Rule(RuleViolation, "has a payment of that key already", code=7032, is_known=True),
    Rule(RuleViolation, "has a payment of that key on another account", code=7034),
    Rule(RuleViolation, "takes no more than an invoice is open for", code=7199),
    Rule(RuleViolation, _TOO_LARGE, 500, words="numeric field overflow"),
    Rule(RuleViolation, "cannot hold so long a text", 500, words="value too long"),
    Rule(NotFound, "has it in another tenant", 500, words="doesn't belong to tenant"),
    Rule(ConfigurationError, "has no such tenant: set it up first", 500, words="TenantCacheLoader cannot find"),
    Rule(ConfigurationError, "is not at killbill.url, or is of another version", 404, of_html=True),
    Rule(NotFound, "knows no such thing", 404),
    Rule(RuleViolation, "does not understand the request", 400, words="com.fasterxml.jackson"),
    Rule(RuleViolation, "does not understand the request", 400, words="java.lang.IllegalArgumentException"),
)


def rule_of(answer: Answer) -> Rule:
    """The rule for an answer that is not well."""
    code, message = _said(answer)
    unknown = Rule(PartnerUnavailable, f"answered in a way that we do not know: {_UNCLEAR}")
    return next((it for it in TABLE if it.fits(answer, code, message)), unknown)


def is_known(answer: Answer) -> bool:
    """True where it refuses because something of that key, or in that state, stands there already."""
    return not answer.is_well and rule_of(answer).is_known


def is_no_draft(answer: Answer) -> bool:
    """True where it refuses to add to an invoice because that is committed: nothing was added."""
    return not answer.is_well and rule_of(answer).code == _COMMITTED


def translated(answer: Answer) -> MarketplaceError:
    """Our error for an answer that is not well; of its own words only those of its JSON are told, shortened."""
    rule = rule_of(answer)
    code, message = _said(answer)
    told = message.partition(": ")[2].replace("\n", " ")[:_MOST_WORDS] if answer.is_json else ""
    more = f" ({told})" if told else ""
    gave = f"{answer.status}, code {code}" if code else str(answer.status)
    return rule.kind(f"Kill Bill {rule.says}; {answer.call} gave {gave}{more}")


def _said(answer: Answer) -> tuple[int | None, str]:
    """Its code and its words, the kind of its exception before them; none where it does not speak JSON."""
    if not answer.is_json or not answer.text:
        return None, ""
    try:
        said: Fields = answer.fields()
        return said.code("code"), f"{said.words('className')}: {said.words('message')}"
    except PartnerUnavailable:
        return None, ""
