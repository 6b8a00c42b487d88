#!/usr/bin/env bash
# Check from outside that our books and Kill Bill's hold the same invoices and payments: a line a check, "ok" or "not ok".
# Usage: tests/killbill_pair.sh FILE   (needs curl and python3)
#   FILE is shell: URL, PORTFOLIO, CLIENT_ID, CLIENT_SECRET of ours (a service with money.read and system.operate),
#   KILLBILL_URL, KILLBILL_USER, KILLBILL_PASSWORD, KILLBILL_API_KEY, KILLBILL_API_SECRET of theirs.
# Reads alone; changes nothing. Ends with 0 only where every check is ok.
set -u
umask 077
known=${1:?FILE with addresses and secrets}
# shellcheck disable=SC1090
. "$known"
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
page=100

# Secrets stand in files that curl reads, never on a command line.
printf 'silent\nshow-error\nmax-time = 60\nheader = "Accept: application/json"\n' >"$work/common"
{ cat "$work/common"; printf 'user = "%s:%s"\ndata = "grant_type=client_credentials"\n' "$CLIENT_ID" "$CLIENT_SECRET"; } >"$work/sign-in"
{ cat "$work/common"; printf 'user = "%s:%s"\nheader = "X-Killbill-ApiKey: %s"\nheader = "X-Killbill-ApiSecret: %s"\n' \
  "$KILLBILL_USER" "$KILLBILL_PASSWORD" "$KILLBILL_API_KEY" "$KILLBILL_API_SECRET"; } >"$work/theirs"

sign_in() {
  curl -K "$work/sign-in" "$URL/oauth/token" >"$work/token.json" || return 1
  local token
  token=$(python3 -c 'import json,sys; print(json.load(sys.stdin)["access_token"])' <"$work/token.json") || return 1
  { cat "$work/common"; printf 'header = "Authorization: Bearer %s"\n' "$token"; } >"$work/ours"
}

# fetch WHO: reads "NAME URL" lines; each answer into $work/NAME.json. A token lives for minutes: sign in before a batch.
fetch() {
  [ "$1" = ours ] && { sign_in || return 1; }
  { cat "$work/$1"; while read -r name url; do printf 'url = "%s"\noutput = "%s/%s.json"\n' "$url" "$work" "$name"; done; } >"$work/batch"
  grep -q '^url' "$work/batch" || return 0
  curl -K "$work/batch"
}

# pages NAME PATH KEY CURSOR: every page of one of our lists, into $work/NAME-N.json.
pages() {
  local name=$1 path=$2 key=$3 after='' number=0
  while :; do
    echo "$name-$number $URL$path&limit=$page${after:+&after=$after}" | fetch ours || return 1
    after=$(python3 - "$work/$name-$number.json" "$key" <<'PY'
import json, sys, urllib.parse
told = json.load(open(sys.argv[1], encoding="utf-8"))
if sys.argv[2] not in told:
    sys.exit(f"not as expected: {str(told)[:300]}")
print(urllib.parse.quote(told["next"] or "", safe=""))
PY
    ) || return 1
    [ -n "$after" ] || return 0
    number=$((number + 1))
  done
}

broken() { echo "not ok 1 - both sides answer: $1"; echo "1..1"; exit 1; }
sign_in || broken "no access token from $URL"
billing="/api/admin/billing"
pages links-invoice "$billing/links?portfolio=$PORTFOLIO&kind=invoice" links || broken "the links of invoices"
pages links-note "$billing/links?portfolio=$PORTFOLIO&kind=credit_note" links || broken "the links of credit notes"
pages invoices "/api/invoices?portfolio=$PORTFOLIO" invoices || broken "our invoices"
pages notes "/api/credit-notes?portfolio=$PORTFOLIO" credit_notes || broken "our credit notes"
pages receipts "/api/receipts?portfolio=$PORTFOLIO" receipts || broken "our receipts"

cat >"$work/pair.py" <<'PY'
"""Says what to fetch next, or at last what of it agrees."""
import json
import sys
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

WORK, STEP, URL, KILLBILL, PORTFOLIO = Path(sys.argv[1]), *sys.argv[2:6]
THEIRS = f"{KILLBILL}/1.0/kb"


def read(path):
    try:
        return json.loads(path.read_text("utf-8"), parse_float=Decimal, parse_int=Decimal)
    except (OSError, ValueError):
        return None


def listed(name, key):
    paths = sorted(WORK.glob(f"{name}-[0-9]*.json"))
    return [row for path in paths for row in read(path)[key]]


def base(external_id):
    return external_id.split("/")[0]


invoices = {it["invoice_id"]: it for it in listed("invoices", "invoices")}
notes = {it["credit_note_id"]: it for it in listed("notes", "credit_notes")}
links = [(base(it["external_id"]), it["our_id"]) for it in listed("links-invoice", "links")]
note_links = [(base(it["external_id"]), it["our_id"]) for it in listed("links-note", "links")]
receipts = listed("receipts", "receipts")
linked = {our_id for _, our_id in links}
own = [it for it in invoices.values() if it["invoice_id"] not in linked and it["status"] != "void"]
"""What we asked for there ourselves: deposits, late fees, what was billed before."""


def traces():
    return [(it, read(WORK / f"trace-{it['payment_id']}.json")) for it in receipts]


def credits():
    return [one for _, trace in traces() if trace for one in trace.get("credits", ())]


def own_traces():
    return [(it, read(WORK / f"own-{it['invoice_id']}.json")) for it in own]


def accounts():
    return sorted({it["account"] for it in credits()} | {told["account"] for _, told in own_traces() if told})


def fetch_traces():
    for it in own:
        print(f"own-{it['invoice_id']} {URL}/api/admin/billing/invoices/{it['invoice_id']}?portfolio={PORTFOLIO}")
    for it in receipts:
        print(f"trace-{it['payment_id']} {URL}/api/admin/billing/payments/{it['payment_id']}?portfolio={PORTFOLIO}")


def fetch_theirs():
    for theirs in sorted({external for external, _ in links}):
        print(f"invoice-{theirs} {THEIRS}/invoices/{theirs}")
    for account in accounts():
        print(f"account-{account.replace('/', '~')} {THEIRS}/accounts?externalKey={quote(account, safe='')}")
    for _, trace in traces():
        for payment in (trace or {}).get("made_there", ()):
            print(f"payment-{payment} {THEIRS}/invoicePayments/{payment}")


def fetch_accounts():
    for account in accounts():
        name = account.replace("/", "~")
        account_id = (read(WORK / f"account-{name}.json") or {}).get("accountId")
        if account_id:
            print(f"paid-{name} {THEIRS}/accounts/{account_id}/invoicePayments")
            print(f"asked-{name} {THEIRS}/accounts/{account_id}/invoices?includeVoidedInvoices=true")


number = failed = 0


def check(words, problem):
    global number, failed
    number += 1
    failed += bool(problem)
    print(f"not ok {number} - {words}: {problem}" if problem else f"ok {number} - {words}")


def groups():
    """Invoices of ours and theirs that stand for each other: mostly one and one."""
    left = {("theirs", a): {("ours", b) for x, b in links if x == a} for a, _ in links}
    for a, b in links:
        left.setdefault(("ours", b), set()).add(("theirs", a))
    while left:
        found, todo = set(), [min(left)]
        while todo:
            one = todo.pop()
            if one not in found:
                found.add(one)
                todo.extend(left.pop(one))
        yield sorted(i for side, i in found if side == "ours"), sorted(i for side, i in found if side == "theirs")


def check_invoices():
    for ours, theirs in sorted(groups()):
        named = ", ".join(invoices[it]["number"] or it if it in invoices else it for it in ours)
        check(f"invoice {named} is {', '.join(theirs)} there", invoice_problem(ours, theirs))


def invoice_problem(ours, theirs):
    missing = [it for it in ours if it not in invoices]
    found = {it: read(WORK / f"invoice-{it}.json") for it in theirs}
    gone = [it for it, told in found.items() if not told or "amount" not in told]
    if missing or gone:
        return f"not here: {missing}, not there: {gone}"
    currencies = {invoices[it]["total"]["currency"] for it in ours} | {it["currency"] for it in found.values()}
    if len(currencies) != 1:
        return f"several currencies: {sorted(currencies)}"
    standing = [invoices[it] for it in ours if invoices[it]["status"] != "void"]
    counting = [it for it in found.values() if it["status"] != "VOID"]
    if bool(standing) != bool(counting):
        return f"void {'there' if standing else 'here'} alone"
    given = sum((Decimal(notes[b]["amount"]["amount"]) for a, b in note_links if a in theirs and b in notes), Decimal(0))
    here = sum((Decimal(it["total"]["amount"]) for it in standing), Decimal(0)) - given
    there = sum((Decimal(it["amount"]) for it in counting), Decimal(0))
    return "" if here == there else f"{here:.2f} here, {there:.2f} there"


def check_own_invoices():
    for invoice, told in sorted(own_traces(), key=lambda it: it[0]["number"]):
        check(f"invoice {invoice['number']} is a charge there", own_problem(invoice, told))


def own_problem(invoice, told):
    if not told or "charged" not in told:
        return "our server does not trace it"
    asked = read(WORK / f"asked-{told['account'].replace('/', '~')}.json")
    if not isinstance(asked, list):
        return f"account {told['account']} is not there"
    items = [it for one in asked if one["status"] == "COMMITTED" for it in one["items"]]
    found = [it for it in items if said(it, "EXTERNAL_CHARGE", told["charged"])]
    if any(it["currency"] != invoice["total"]["currency"] for it in found):
        return "another currency there"
    here, there = Decimal(invoice["total"]["amount"]), sum((Decimal(it["amount"]) for it in found), Decimal(0))
    return "" if here == there else f"{here:.2f} here, {there:.2f} there"


def check_receipts():
    for receipt, trace in traces():
        check(f"receipt {receipt['number']} of {receipt['transaction_id']} stands there", receipt_problem(receipt, trace))


def receipt_problem(receipt, trace):
    if not trace or "credits" not in trace:
        return "our server does not trace its payment"
    amount = Decimal(0 if receipt["reversed_on"] else receipt["amount"]["amount"])
    if trace["made_there"]:
        kept = sum((kept_of(read(WORK / f"payment-{it}.json") or {}) for it in trace["made_there"]), Decimal(0))
        return "" if kept == amount else f"{amount:.2f} here, {kept:.2f} there"
    counted = sum((Decimal(it["amount"]["amount"]) for it in trace["credits"] if not it["ended_on"]), Decimal(0))
    if counted != amount:
        return f"the receipt says {amount:.2f}, its credits sum to {counted:.2f}"
    for credit in trace["credits"]:
        here = Decimal(0 if credit["ended_on"] else credit["amount"]["amount"])
        there = credit_there(credit, receipt["amount"]["currency"])
        if isinstance(there, str) or here != there:
            return there if isinstance(there, str) else f"credit {credit['credit_id']}: {here:.2f} here, {there:.2f} there"
    return ""


def credit_there(credit, currency):
    """What stands there of a credit: payments by their keys, and credit that fits no invoice yet by its marker."""
    name = credit["account"].replace("/", "~")
    paid, asked = read(WORK / f"paid-{name}.json"), read(WORK / f"asked-{name}.json")
    if not isinstance(paid, list) or not isinstance(asked, list):
        return f"account {credit['account']} is not there"
    slices = [it for it in paid if it["paymentExternalKey"].startswith(credit["payment_keys"])]
    if any(it["currency"] != currency for it in slices):
        return "another currency there"
    items = [it for one in asked if one["status"] == "COMMITTED" for it in one["items"]]
    given = sum((-Decimal(it["amount"]) for it in items if said(it, "CREDIT_ADJ", credit["given"])), Decimal(0))
    ended = sum((Decimal(it["amount"]) for it in items if said(it, "EXTERNAL_CHARGE", credit["ended"])), Decimal(0))
    return sum(map(kept_of, slices), Decimal(0)) + given - ended


def said(item, kind, markers):
    return item["itemType"] == kind and any(f"[{it}]" in (item["description"] or "") for it in markers)


def kept_of(payment):
    """What was paid, less what went out again."""
    settled = [it for it in payment.get("transactions", ()) if it["status"] == "SUCCESS"]

    def moved(*kinds):
        return sum((Decimal(it["amount"]) for it in settled if it["transactionType"] in kinds), Decimal(0))

    kept = moved("PURCHASE", "CAPTURE") - moved("REFUND", "CREDIT")
    return kept - max(Decimal(0), min(kept, moved("CHARGEBACK")))  # counted once, however often it is told



def compare():
    check_invoices()
    check_own_invoices()
    check_receipts()
    print(f"1..{number}")
    print(f"# {number - failed} ok, {failed} not ok")
    sys.exit(1 if failed else 0)



{"traces": fetch_traces, "theirs": fetch_theirs, "accounts": fetch_accounts, "compare": compare}[STEP]()
PY
step() { python3 "$work/pair.py" "$work" "$1" "$URL" "${KILLBILL_URL%/}" "$PORTFOLIO"; }
step traces >"$work/list" && fetch ours <"$work/list" || broken "where our payments are there"
step theirs >"$work/list" && fetch theirs <"$work/list" || broken "their invoices"
step accounts >"$work/list" && fetch theirs <"$work/list" || broken "their payments"
step compare
