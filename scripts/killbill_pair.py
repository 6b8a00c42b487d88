"""Writes docs/api/killbill-pair.postman_collection.json: it asks a running pair whether invoices and receipts agree.

Each request keeps what it was told in the variable ``seen`` and calls itself again while something is left to ask for;
the last one compares, a test an invoice and a receipt. Made by ``make api-docs``; nothing is written in either book.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

FOLDER: Final = Path(__file__).resolve().parents[1] / "docs" / "api"
COLLECTION: Final = "killbill-pair.postman_collection.json"
SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
NAME: Final = "Our books beside Kill Bill's"
VARIABLES: Final = {
    "baseUrl": "http://127.0.0.1:8000",
    "portfolio": "halima",
    "clientId": "pair",
    "clientSecret": "",
    "killbillUrl": "http://127.0.0.1:8080",
    "killbillUser": "admin",
    "killbillPassword": "",
    "killbillApiKey": "",
    "killbillApiSecret": "",
    "token": "",
    "seen": "",
    "asked": "",
    "cursor": "",
}
OURS: Final = {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]}
_HEAD: Final = """
const seen = JSON.parse(pm.collectionVariables.get("seen"));
const keep = () => pm.collectionVariables.set("seen", JSON.stringify(seen));
const base = (id) => id.split("/")[0];
const distinct = (ids) => [...new Set(ids)].sort();
const credits = () => Object.values(seen.traces).flatMap((it) => it.credits);
const wanted = {
  invoices: () => distinct(seen.links.invoice.map((it) => it.our_id)),
  theirs: () => distinct(seen.links.invoice.map((it) => base(it.external_id))),
  traces: () => seen.receipts.map((it) => it.payment_id),
  accounts: () => distinct(credits().map((it) => it.account)),
  paid: () => distinct(Object.values(seen.accounts)),
  asked: () => distinct(Object.values(seen.accounts)),
  made: () => Object.values(seen.traces).flatMap((it) => it.made_there),
};
const left = (kind) => wanted[kind]().filter((id) => !(id in seen[kind]));
"""
_BEGIN: Final = """
pm.test("our server knows the client", () => pm.response.to.have.status(200));
pm.collectionVariables.set("token", pm.response.json().access_token);
pm.collectionVariables.set("cursor", "");
pm.collectionVariables.set("seen", JSON.stringify({
  links: { invoice: [], credit_note: [] }, notes: [], receipts: [],
  invoices: {}, theirs: {}, traces: {}, accounts: {}, paid: {}, asked: {}, made: {},
}));
"""
_COMPARE: Final = """
const cents = (value) => Math.round(Number(value) * 100);
const sum = (values) => values.reduce((all, it) => all + it, 0);
const ids = (side, id) => seen.links.invoice
  .filter((it) => (side === "ours" ? it.our_id : base(it.external_id)) === id)
  .map((it) => (side === "ours" ? base(it.external_id) : it.our_id));
const groups = [];
const grouped = new Set();
for (const first of wanted.theirs()) {
  if (grouped.has(first)) continue;
  const group = { ours: new Set(), theirs: new Set() };
  const todo = [["theirs", first]];
  while (todo.length) {
    const [side, id] = todo.pop();
    if (group[side].has(id)) continue;
    group[side].add(id);
    ids(side, id).forEach((it) => todo.push([side === "ours" ? "theirs" : "ours", it]));
  }
  group.theirs.forEach((it) => grouped.add(it));
  groups.push({ ours: [...group.ours], theirs: [...group.theirs] });
}
for (const group of groups) {
  const ours = group.ours.map((id) => seen.invoices[id]);
  const theirs = group.theirs.map((id) => seen.theirs[id]);
  const numbers = ours.map((it) => (it && it.number) || "?").join(", ");
  pm.test(`invoice ${numbers} is ${group.theirs.join(", ")} there`, () => {
    pm.expect(ours.every(Boolean) && theirs.every(Boolean), "both are there").to.equal(true);
    const currencies = [...ours.map((it) => it.total.currency), ...theirs.map((it) => it.currency)];
    pm.expect(distinct(currencies).length, "currencies").to.equal(1);
    const standing = ours.filter((it) => it.status !== "void");
    const counting = theirs.filter((it) => it.status !== "VOID");
    pm.expect(counting.length > 0, "counts there").to.equal(standing.length > 0);
    const given = seen.links.credit_note.filter((it) => group.theirs.includes(base(it.external_id)))
      .flatMap((link) => seen.notes.filter((it) => it.credit_note_id === link.our_id));
    const here = sum(standing.map((it) => cents(it.total.amount))) - sum(given.map((it) => cents(it.amount.amount)));
    pm.expect(sum(counting.map((it) => cents(it.amount))), "cents there").to.equal(here);
  });
}
const kept = (payment) => {
  const moved = (kinds) => sum(payment.transactions
    .filter((it) => it.status === "SUCCESS" && kinds.includes(it.transactionType)).map((it) => cents(it.amount)));
  const before = moved(["PURCHASE", "CAPTURE"]) - moved(["REFUND", "CREDIT"]);
  return before - Math.max(0, Math.min(before, moved(["CHARGEBACK"])));
};
const there = (credit) => {
  const account = seen.accounts[credit.account];
  const items = (seen.asked[account] || []).filter((it) => it.status === "COMMITTED").flatMap((it) => it.items);
  const said = (kind, markers) => sum(items.filter((it) => it.itemType === kind
    && markers.some((marker) => (it.description || "").includes(`[${marker}]`))).map((it) => cents(it.amount)));
  const slices = (seen.paid[account] || []).filter((it) => it.paymentExternalKey.startsWith(credit.payment_keys));
  return sum(slices.map(kept)) - said("CREDIT_ADJ", credit.given) - said("EXTERNAL_CHARGE", credit.ended);
};
for (const receipt of seen.receipts) {
  pm.test(`receipt ${receipt.number} of ${receipt.transaction_id} stands there`, () => {
    const trace = seen.traces[receipt.payment_id];
    pm.expect(Boolean(trace), "our server traces its payment").to.equal(true);
    const here = receipt.reversed_on ? 0 : cents(receipt.amount.amount);
    if (trace.made_there.length) {
      pm.expect(sum(trace.made_there.map((it) => kept(seen.made[it]))), "cents there").to.equal(here);
      return;
    }
    const counted = trace.credits.filter((it) => !it.ended_on);
    pm.expect(sum(counted.map((it) => cents(it.amount.amount))), "cents given here").to.equal(here);
    for (const credit of trace.credits) {
      pm.expect(there(credit), `cents of ${credit.credit_id} there`)
        .to.equal(credit.ended_on ? 0 : cents(credit.amount.amount));
    }
  });
}
pm.collectionVariables.set("seen", "");
"""


def main() -> None:
    """Write the file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / COLLECTION).write_text(document(), "utf-8")


def document() -> str:
    """The text of the collection, in Postman's format 2.1."""
    description = (
        "Compares what `marketplace serve` with `billing = killbill` holds with its tenant in Kill Bill: run the whole"
        " collection with a service that has `money.read` and `system.operate`. It only reads. Made by `make api-docs`."
    )
    told = {
        "info": {
            "_postman_id": str(uuid5(NAMESPACE_URL, NAME)),
            "name": NAME,
            "description": description,
            "schema": SCHEMA,
        },
        "variable": [{"key": name, "value": value, "type": "string"} for name, value in VARIABLES.items()],
        "item": _items(),
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _items() -> list[dict[str, Any]]:
    billing, own = "{{baseUrl}}/api/admin/billing", "portfolio={{portfolio}}"
    theirs = "{{killbillUrl}}/1.0/kb"
    account = theirs + "/accounts/{{asked}}"
    return [
        _sign_in(),
        _pages("Links of invoices", f"{billing}/links?{own}&kind=invoice", "links", "links.invoice"),
        _pages("Links of credit notes", f"{billing}/links?{own}&kind=credit_note", "links", "links.credit_note"),
        _pages("Our credit notes", f"{{{{baseUrl}}}}/api/credit-notes?{own}", "credit_notes", "notes"),
        _pages("Our receipts", f"{{{{baseUrl}}}}/api/receipts?{own}", "receipts", "receipts"),
        _each("Our invoice", f"{{{{baseUrl}}}}/api/invoices/{{{{asked}}}}?{own}", "invoices", OURS),
        _each("Where a payment stands there", f"{billing}/payments/{{{{asked}}}}?{own}", "traces", OURS),
        _each("Their invoice", f"{theirs}/invoices/{{{{asked}}}}", "theirs"),
        _each("Their account", f"{theirs}/accounts?externalKey={{{{asked}}}}", "accounts", value="told.accountId"),
        _each("Their payments of an account", f"{account}/invoicePayments", "paid"),
        _each("Their invoices of an account", f"{account}/invoices?includeVoidedInvoices=true", "asked"),
        _each("A payment made there", f"{theirs}/invoicePayments/{{{{asked}}}}", "made"),
        _item("Compare", "{{baseUrl}}/api/health/live", {"type": "noauth"}, test=_HEAD + _COMPARE),
    ]


def _sign_in() -> dict[str, Any]:
    known = [
        {"key": "username", "value": "{{clientId}}", "type": "string"},
        {"key": "password", "value": "{{clientSecret}}", "type": "string"},
    ]
    item = _item("Sign in", "{{baseUrl}}/oauth/token", {"type": "basic", "basic": known}, test=_BEGIN)
    form = [{"key": "grant_type", "value": "client_credentials", "type": "text"}]
    item["request"] |= {"method": "POST", "body": {"mode": "urlencoded", "urlencoded": form}}
    return item


def _pages(name: str, address: str, key: str, kept: str) -> dict[str, Any]:
    """A list of ours, page by page."""
    test = f"""{_HEAD}
pm.test("our server answers", () => pm.response.to.have.status(200));
const told = pm.response.json();
seen.{kept}.push(...told.{key});
keep();
pm.collectionVariables.set("cursor", told.next ? "&after=" + encodeURIComponent(told.next) : "");
if (told.next) pm.execution.setNextRequest(pm.info.requestName);
"""
    return _item(name, f"{address}&limit=100{{{{cursor}}}}", OURS, test=test)


def _each(
    name: str, address: str, kind: str, auth: Mapping[str, Any] | None = None, value: str = "told"
) -> dict[str, Any]:
    """One thing after another; what is not there is kept as nothing, and the comparison says so."""
    before = f"""{_HEAD}
const [next] = left("{kind}");
if (next === undefined) pm.execution.skipRequest();
else pm.collectionVariables.set("asked", next);
"""
    test = f"""{_HEAD}
const told = pm.response.code === 200 ? pm.response.json() : null;
seen.{kind}[pm.collectionVariables.get("asked")] = told && {value};
keep();
if (left("{kind}").length) pm.execution.setNextRequest(pm.info.requestName);
"""
    return _item(name, address, auth, before, test)


def _item(
    name: str, address: str, auth: Mapping[str, Any] | None = None, before: str = "", test: str = ""
) -> dict[str, Any]:
    """A request; without ``auth`` it is one to Kill Bill."""
    known = [
        {"key": "username", "value": "{{killbillUser}}", "type": "string"},
        {"key": "password", "value": "{{killbillPassword}}", "type": "string"},
    ]
    tenant = [
        {"key": "X-Killbill-ApiKey", "value": "{{killbillApiKey}}"},
        {"key": "X-Killbill-ApiSecret", "value": "{{killbillApiSecret}}"},
    ]
    accept = {"key": "Accept", "value": "application/json"}
    scripts = (("prerequest", before), ("test", test))
    return {
        "name": name,
        "event": [
            {"listen": listen, "script": {"type": "text/javascript", "exec": text.strip("\n").split("\n")}}
            for listen, text in scripts
            if text
        ],
        "request": {
            "method": "GET",
            "auth": auth or {"type": "basic", "basic": known},
            "header": [accept] if auth else [accept, *tenant],
            "url": address,
        },
        "response": [],
    }


if __name__ == "__main__":
    main()
