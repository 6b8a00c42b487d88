"""Our catalog: one plan whose price each subscription sets for itself, billed in advance on the account's day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from marketplace_adapters.killbill.answers import Answer
from marketplace_adapters.killbill.server import KillBillServer
from marketplace_core.domain.money import Currency, Money
from marketplace_core.errors import PartnerUnavailable

_XML: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<catalog xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="CatalogSchema.xsd">
  <effectiveDate>2000-01-01T00:00:00+00:00</effectiveDate>
  <catalogName>{name}</catalogName>
  <recurringBillingMode>IN_ADVANCE</recurringBillingMode>
  <currencies>{currencies}</currencies>
  <products><product name={product}><category>BASE</category></product></products>
  <rules>
    <changePolicy><changePolicyCase><policy>IMMEDIATE</policy></changePolicyCase></changePolicy>
    <cancelPolicy><cancelPolicyCase><policy>IMMEDIATE</policy></cancelPolicyCase></cancelPolicy>
    <createAlignment>
      <createAlignmentCase><alignment>START_OF_BUNDLE</alignment></createAlignmentCase>
    </createAlignment>
    <billingAlignment><billingAlignmentCase><alignment>ACCOUNT</alignment></billingAlignmentCase></billingAlignment>
    <priceList><priceListCase><toPriceList>DEFAULT</toPriceList></priceListCase></priceList>
  </rules>
  <plans>
    <plan name={plan}>
      <product>{product_text}</product>
      <finalPhase type="EVERGREEN">
        <duration><unit>UNLIMITED</unit></duration>
        <recurring>
          <billingPeriod>MONTHLY</billingPeriod>
          <recurringPrice>{prices}</recurringPrice>
        </recurring>
      </finalPhase>
    </plan>
  </plans>
  <priceLists>
    <defaultPriceList name="DEFAULT"><plans><plan>{plan_text}</plan></plans></defaultPriceList>
  </priceLists>
</catalog>
"""


def catalog_xml(server: KillBillServer) -> str:
    """The catalog as Kill Bill reads it. A price of nothing bills nothing where a subscription sets none."""
    return _XML.format(
        name=escape(server.catalog_name),
        currencies="".join(f"<currency>{escape(it)}</currency>" for it in server.currencies),
        product=quoteattr(server.product_name),
        product_text=escape(server.product_name),
        plan=quoteattr(server.plan_name),
        plan_text=escape(server.plan_name),
        prices="".join(
            f"<price><currency>{escape(it)}</currency><value>{Money.zero(Currency.of(it)).plain()}</value></price>"
            for it in server.currencies
        ),
    )


def differences(server: KillBillServer, answer: Answer) -> Sequence[str]:
    """What the catalog that holds last there has otherwise than we need it, in words."""
    return list(_differences(server, _last(answer)))


def _differences(server: KillBillServer, found: ET.Element) -> Iterator[str]:
    plan = next((it for it in found.iterfind("plans/plan") if it.get("name") == server.plan_name), None)
    if plan is None:
        names = ", ".join(str(it.get("name")) for it in found.iterfind("plans/plan")) or "none"
        yield f"there is no plan {server.plan_name} (its plans: {names})"
        return
    if plan.find("initialPhases/phase") is not None:
        yield f"the plan {server.plan_name} has phases before the last"
    recurring = plan.find("finalPhase/recurring")
    period = None if recurring is None else recurring.findtext("billingPeriod")
    if period != "MONTHLY":
        yield f"the plan {server.plan_name} is billed {period} and not MONTHLY"
    prices = {} if recurring is None else _prices(recurring)
    for currency in server.currencies:
        if currency not in prices:
            yield f"the plan {server.plan_name} has no price in {currency}"
        elif prices[currency].strip("0."):
            yield f"the plan {server.plan_name} costs {currency} {prices[currency]} where no price is set, and not 0"
    mode = plan.findtext("recurringBillingMode") or found.findtext("recurringBillingMode")
    if mode != "IN_ADVANCE":
        yield f"it bills {mode} and not IN_ADVANCE"
    for rule, expected in _RULES:
        said = [it.text for it in found.iterfind(f"rules/{rule}")]
        if said != [expected]:
            yield f"its {rule.partition('/')[0]} is {', '.join(map(str, said)) or 'missing'} and not {expected}"


_RULES: Final = (
    ("billingAlignment/billingAlignmentCase/alignment", "ACCOUNT"),
    ("changePolicy/changePolicyCase/policy", "IMMEDIATE"),
    ("cancelPolicy/cancelPolicyCase/policy", "IMMEDIATE"),
)


def _prices(recurring: ET.Element) -> dict[str, str]:
    return {it.findtext("currency", ""): it.findtext("value", "") for it in recurring.iterfind("recurringPrice/price")}


def _last(answer: Answer) -> ET.Element:
    """The version that holds last; Kill Bill wraps versions in a list."""
    try:
        # The answer is bounded, and the parser refuses entities that blow up (expat 2.4.1 and later).
        root = ET.fromstring(answer.text)  # noqa: S314
    except ET.ParseError as problem:
        raise PartnerUnavailable(f"Kill Bill's answer to {answer.call} is no XML") from problem
    versions = root.findall("versions/version")
    return max(versions, key=lambda it: it.findtext("effectiveDate", "")) if versions else root
