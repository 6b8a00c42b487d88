"""Rule sets as TOML text."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Final, TypeVar, cast

from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.reconciliation.evidence import EvidenceKind
from marketplace_core.domain.reconciliation.rules import Action, Criterion, Rule, RuleSet
from marketplace_core.errors import InvalidInput

_Value = TypeVar("_Value")
_SET_KEYS: Final = ("name", "version", "stranger_basis_points", "due_days", "rule")
_RULE_KEYS: Final = (
    "name",
    "version",
    "tier",
    "criteria",
    "action",
    "confidence_basis_points",
    "tolerance",
    "contradicted_by",
)


def rule_set_from_toml(text: str) -> RuleSet:
    """The rule set that a TOML text says.

    Keys of the set: name, version, stranger_basis_points, due_days and tables ``[[rule]]`` with name, version, tier,
    criteria and contradicted_by (texts such as ``"phone:identical|telling"``), action, confidence_basis_points and
    tolerance (``"50.00 KES"``). ``InvalidInput`` for an unknown or missing key, another type, or a rule that the
    rules refuse; the message names the rule.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"rule set is not TOML: {error}") from error
    _known(table, _SET_KEYS, "rule set")
    rules = _list(table, "rule", "rule set")
    return RuleSet(
        name=_get(table, "name", str, "rule set"),
        version=_get(table, "version", int, "rule set"),
        rules=tuple(_rule(one, f"rule {place}") for place, one in enumerate(rules, start=1)),
        stranger_basis_points=_get(table, "stranger_basis_points", int, "rule set", 10),
        due_days=_get(table, "due_days", int, "rule set", 10),
    )


def rule_set_to_toml(rules: RuleSet) -> str:
    """The TOML text that reads back as the same rule set."""
    lines = [
        f'name = "{rules.name}"',
        f"version = {rules.version}",
        f"stranger_basis_points = {rules.stranger_basis_points}",
        f"due_days = {rules.due_days}",
    ]
    if not rules.rules:
        lines.append("rule = []")
    for rule in rules.rules:
        lines += ["", "[[rule]]", f'name = "{rule.name}"', f"version = {rule.version}", f"tier = {rule.tier}"]
        lines += [f"criteria = [{_quoted(rule.criteria)}]", f'action = "{rule.action}"']
        lines.append(f"confidence_basis_points = {rule.confidence_basis_points}")
        if rule.tolerance is not None:
            lines.append(f'tolerance = "{rule.tolerance.plain()} {rule.tolerance.currency.code}"')
        if rule.contradicted_by:
            lines.append(f"contradicted_by = [{_quoted(rule.contradicted_by)}]")
    return "\n".join(lines) + "\n"


def _quoted(criteria: tuple[Criterion, ...]) -> str:
    return ", ".join(f'"{criterion}"' for criterion in criteria)


def _rule(value: object, where: str) -> Rule:
    if not isinstance(value, dict):
        raise InvalidInput(f"{where}: write rules as tables [[rule]]")
    table = cast("Mapping[str, object]", value)
    if isinstance(table.get("name"), str):
        where = f"{where} ({table['name']})"
    _known(table, _RULE_KEYS, where)
    action = _get(table, "action", str, where)
    if action not in list(Action):
        raise InvalidInput(f"{where}: action {action!r} is neither apply nor propose")
    tolerance = _get(table, "tolerance", str, where, "")
    return Rule(
        name=_get(table, "name", str, where),
        version=_get(table, "version", int, where),
        tier=_get(table, "tier", int, where),
        criteria=_criteria(_list(table, "criteria", where), where),
        action=Action(action),
        confidence_basis_points=_get(table, "confidence_basis_points", int, where),
        tolerance=_money(tolerance, where) if tolerance else None,
        contradicted_by=_criteria(_list(table, "contradicted_by", where, []), where),
    )


def _criteria(items: list[object], where: str) -> tuple[Criterion, ...]:
    found: list[Criterion] = []
    for item in items:
        kind, _, grades = str(item).partition(":")
        if kind not in list(EvidenceKind):
            raise InvalidInput(f"{where}: evidence {kind!r} is none of {', '.join(EvidenceKind)}")
        found.append(Criterion(EvidenceKind(kind), tuple(grades.split("|")) if grades else ()))
    return tuple(found)


def _money(text: str, where: str) -> Money:
    amount, _, code = text.partition(" ")
    if not code:
        raise InvalidInput(f"{where}: write a tolerance as an amount and a currency, such as 50.00 KES")
    return Money.parse(amount, Currency.of(code))


def _known(table: Mapping[str, object], keys: tuple[str, ...], where: str) -> None:
    unknown = sorted(set(table) - set(keys))
    if unknown:
        raise InvalidInput(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(keys)}")


def _get(
    table: Mapping[str, object], key: str, kind: type[_Value], where: str, default: _Value | None = None
) -> _Value:
    value = table.get(key, default)
    if value is None:
        raise InvalidInput(f"{where}: {key} is missing")
    if type(value) is not kind:
        raise InvalidInput(f"{where}: {key} must be {kind.__name__}, not {type(value).__name__}")
    return value


def _list(table: Mapping[str, object], key: str, where: str, default: list[object] | None = None) -> list[object]:
    value = table.get(key, default)
    if value is None:
        raise InvalidInput(f"{where}: {key} is missing")
    if not isinstance(value, list):
        raise InvalidInput(f"{where}: {key} must be list, not {type(value).__name__}")
    return cast("list[object]", value)
