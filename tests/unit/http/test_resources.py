"""The resources as their callers meet them: a month of rent over HTTP, each role's view, pages, plans, versions."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.unit.http.house import BOOK, House, bearer, make_house

from marketplace_core.domain.money import Money
from marketplace_core.services.verify import verify_books

Client = TestClient[Litestar]


@pytest.fixture
def house() -> House:
    """Give a house."""
    return make_house()


@pytest.fixture
def client(house: House) -> Iterator[Client]:
    """Give its client."""
    with house.client() as found:
        yield found


def get(client: Client, path: str, who: str = "landlord", status: int = 200) -> Any:  # noqa: ANN401 - JSON
    """The answer to a read."""
    found = client.get(path, headers=bearer(who))
    assert found.status_code == status, found.text
    return found.json()


def post(client: Client, path: str, body: object = None, who: str = "landlord", status: int = 200) -> Any:  # noqa: ANN401 - JSON
    """The answer to a write."""
    found = (
        client.post(path, json=body, headers=bearer(who))
        if body is not None
        else client.post(path, headers=bearer(who))
    )
    assert found.status_code == status, found.text
    return found.json()


def bill(client: Client) -> None:
    """Bill November."""
    assert post(client, "/api/billing-runs", {"month": "2026-11"})["invoices"] == 3


def test_a_month_of_rent(client: Client, house: House) -> None:
    """Billed, paid, matched by hand, aged, written on a statement; the books hold at the end."""
    plan = post(client, "/api/billing-runs?dry_run=true", {"month": "2026-11"})
    bill(client)
    assert plan["total"] == {"amount": "63000.00", "currency": "KES"}
    assert post(client, "/api/billing-runs", {"month": "2026-11"})["invoices"] == 0
    invoices = get(client, "/api/invoices?lease_id=L-A1")["invoices"]
    assert [(it["total"]["amount"], it["status"]) for it in invoices] == [("15000.00", "open")]
    paid = {"amount": {"amount": "10000.00", "currency": "KES"}, "receipt": "C-1", "day": "2026-11-20"}
    recorded = post(client, "/api/payments", {**paid, "collection_account_id": "cash-halima"}, status=201)
    body = {"slices": [{"lease_id": "L-A1", "amount": {"amount": "10000.00", "currency": "KES"}}]}
    post(client, f"/api/payments/{recorded['payment_id']}/matches", body)
    assert get(client, f"/api/payments/{recorded['payment_id']}")["state"] == "matched"
    assert get(client, "/api/invoices?lease_id=L-A1")["invoices"][0]["outstanding"]["amount"] == "5000.00"
    assert len(get(client, f"/api/payments/{recorded['payment_id']}/matches")["matches"]) == 1
    aging = get(client, "/api/aging")
    assert aging["total"]["outstanding"]["amount"] == "53000.00"
    assert sum(float(it["amount"]) for it in aging["total"]["buckets"]) == 53000.0
    statement = get(client, "/api/statements/L-A1?first_day=2026-11-01&last_day=2026-11-30")
    assert (statement["opening"]["amount"], statement["closing"]["amount"]) == ("0.00", "5000.00")
    receipts = get(client, "/api/receipts")["receipts"]
    assert [it["amount"]["amount"] for it in receipts] == ["10000.00"]
    audit = get(client, "/api/admin/audit")["events"]
    assert [it["actor"] for it in audit[1:]] == ["person:halima"] * (len(audit) - 1)
    assert verify_books(house.books, house.books, BOOK).ok


def test_each_role_sees_its_own(client: Client) -> None:
    """The whole book, a block, a lease; a caretaker no money; nobody another's book."""
    bill(client)
    seen = {who: get(client, "/api/invoices", who)["invoices"] for who in ("admin", "landlord", "owner", "tenant")}
    assert {who: sorted(it["unit_code"] for it in found) for who, found in seen.items()} == {
        "admin": ["A1", "A2", "B1"],
        "landlord": ["A1", "A2", "B1"],
        "owner": ["A1", "A2"],
        "tenant": ["A1"],
    }
    get(client, "/api/invoices", "caretaker", 403)
    assert get(client, "/api/invoices", "stranger")["invoices"] == []
    theirs = {it["unit_code"]: it["invoice_id"] for it in seen["landlord"]}
    get(client, f"/api/invoices/{theirs['A2']}", "tenant", 404)
    get(client, f"/api/invoices/{theirs['B1']}", "owner", 404)
    get(client, f"/api/invoices/{theirs['A1']}", "stranger", 404)
    assert get(client, "/api/aging", "owner")["total"]["outstanding"]["amount"] == "33000.00"
    assert get(client, "/api/aging", "tenant")["total"]["outstanding"]["amount"] == "15000.00"
    get(client, "/api/statements/L-A2", "tenant", 404)
    get(client, "/api/leases/L-A2", "tenant", 404)
    assert [it["person_id"] for it in get(client, "/api/people", "tenant")["people"]] == ["t-A1"]
    get(client, "/api/people/t-A2", "tenant", 404)
    get(client, "/api/admin/audit", "owner", 403)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/billing-runs", {"month": "2026-11"}),
        ("/api/late-fees", {}),
        ("/api/reconciliation/runs", {}),
        ("/api/properties", {"property_id": "p", "name": "P"}),
        ("/api/people", {"person_id": "p", "name": "P"}),
    ],
)
def test_who_reaches_a_part_acts_on_no_whole(client: Client, path: str, body: dict[str, str]) -> None:
    """A landlord of one block bills no book and records nothing in it."""
    post(client, path, body, "owner", 403)


def test_pages_are_joined_by_their_cursor(client: Client) -> None:
    """Each entry once; a cursor of another order is refused; the link says the same."""
    bill(client)
    seen: list[str] = []
    after = ""
    while True:
        answer = client.get(f"/api/invoices?limit=1&sort=-due_date{after}", headers=bearer("landlord"))
        found = answer.json()
        seen.extend(it["unit_code"] for it in found["invoices"])
        if found["next"] is None:
            break
        assert f"after={found['next']}" in answer.headers["Link"]
        after = f"&after={found['next']}"
    assert sorted(seen) == ["A1", "A2", "B1"]
    cursor = get(client, "/api/invoices?limit=1")["next"]
    get(client, f"/api/invoices?limit=1&sort=due_date&after={cursor}", status=422)
    get(client, "/api/invoices?after=nonsense", status=422)
    get(client, "/api/invoices?limit=0", status=400)
    get(client, "/api/invoices?colour=red", status=400)
    get(client, "/api/invoices?status=lost", status=400)


def test_lists_come_as_csv_that_no_spreadsheet_runs(client: Client) -> None:
    """A tenant called =cmd() stays a text."""
    post(client, "/api/people", {"person_id": "t-A1", "name": "=cmd()"}, status=201)
    found = client.get("/api/leases", headers={**bearer("landlord"), "Accept": "text/csv"})
    assert found.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(found.text)))
    assert [it["tenant_names"] for it in rows if it["lease_id"] == "L-A1"] == ["'=cmd()"]
    assert {it["rent"] for it in rows} == {"15000.00", "18000.00", "30000.00"}


def test_a_lease_is_changed_only_as_it_was_read(client: Client) -> None:
    """If-Match with an older version is refused, also where two change at once."""
    read = client.get("/api/leases/L-A1", headers=bearer("landlord"))
    body = {"rent": {"amount": "16000.00", "currency": "KES"}, "first_day": "2026-12-01"}
    headers = {**bearer("landlord"), "If-Match": read.headers["ETag"]}
    done = client.post("/api/leases/L-A1/rent", json=body, headers=headers)
    assert (done.status_code, done.json()["lease"]["version"]) == (200, 2)
    assert done.headers["ETag"] != read.headers["ETag"]
    assert client.post("/api/leases/L-A1/rent", json=body, headers=headers).status_code == 412


def test_a_lease_from_draft_to_end(client: Client) -> None:
    """Signed as a draft, made active, charged, given notice, ended; an overlap and a repeated id are refused."""
    post(client, "/api/leases/L-B1/end", {"last_day": "2026-11-30"})
    signed = {
        "lease_id": "L-new",
        "unit_id": "u-B1",
        "tenant_ids": ["t-A2"],
        "first_day": "2026-12-01",
        "rent": {"amount": "31000.00", "currency": "KES"},
        "is_draft": True,
    }
    assert post(client, "/api/leases", signed, status=201)["lease"]["status"] == "draft"
    post(client, "/api/leases", signed, status=409)
    post(client, "/api/leases/L-new/activate")
    post(client, "/api/leases", {**signed, "lease_id": "L-again", "is_draft": False}, status=409)
    post(client, "/api/leases", {**signed, "lease_id": "L-x", "tenant_ids": ["nobody"]}, status=404)
    water = {"kind": "water", "amount": {"amount": "500.00", "currency": "KES"}, "day": "2026-12-05"}
    post(client, "/api/leases/L-new/charges", water)
    post(client, "/api/leases/L-new/charges", {**water, "kind": "beer"}, status=400)
    charges = get(client, "/api/leases/L-new/charges")["charges"]
    assert [(it["kind"], it["billed"]) for it in charges] == [("rent", None), ("water", False)]
    post(client, f"/api/leases/L-new/charges/{charges[1]['charge_id']}/stop", {})
    assert post(client, "/api/leases/L-new/notice", {"last_day": "2027-03-31"})["lease"]["last_day"] == "2027-03-31"


def test_money_in_another_currency_is_refused(client: Client) -> None:
    """Currencies never mix."""
    body = {"rent": {"amount": "160.00", "currency": "USD"}, "first_day": "2026-12-01"}
    post(client, "/api/leases/L-A1/rent", body, status=422)


def test_an_invoice_is_credited_and_voided_with_a_reason(client: Client) -> None:
    """Each leaves its trail; more than is there is refused."""
    bill(client)
    first = get(client, "/api/invoices?lease_id=L-A1")["invoices"][0]["invoice_id"]
    half = {"amount": {"amount": "7500.00", "currency": "KES"}, "reason": "no water"}
    post(client, f"/api/invoices/{first}/credit?dry_run=true", half)
    post(client, f"/api/invoices/{first}/credit", half)
    assert [it["amount"]["amount"] for it in get(client, "/api/credit-notes")["credit_notes"]] == ["7500.00"]
    too_much = {"amount": {"amount": "15000.00", "currency": "KES"}, "reason": "more"}
    post(client, f"/api/invoices/{first}/credit", too_much, status=409)
    second = get(client, "/api/invoices?lease_id=L-A2")["invoices"][0]["invoice_id"]
    post(client, f"/api/invoices/{second}/void", {"reason": ""}, status=400)
    post(client, f"/api/invoices/{second}/void", {"reason": "wrong"})
    assert get(client, f"/api/invoices/{second}")["status"] == "void"
    post(client, f"/api/invoices/{second}/void", {"reason": "wrong"}, "tenant", 403)


def test_a_key_pays_once(client: Client, house: House) -> None:
    """The same request with its key is one payment; the same receipt with another amount is refused."""
    paid = {
        "amount": {"amount": "10000.00", "currency": "KES"},
        "receipt": "C-7",
        "day": "2026-11-20",
        "collection_account_id": "cash-halima",
    }
    headers = {**bearer("landlord"), "Idempotency-Key": "pay-1"}
    answers = [client.post("/api/payments", json=paid, headers=headers) for _ in range(3)]
    assert {it.status_code for it in answers} == {201}
    assert len({it.content for it in answers}) == 1
    assert [it.amount for it in house.books.payments(BOOK)] == [Money.parse("10000.00")]
    other = {**paid, "amount": {"amount": "11000.00", "currency": "KES"}}
    post(client, "/api/payments", other, status=409)
    post(client, "/api/payments", {**paid, "receipt": "C-8", "day": "2027-01-01"}, status=422)
    post(client, "/api/payments", {**paid, "collection_account_id": "paybill-halima"}, status=422)


def test_a_key_of_one_operation_is_no_key_of_another(client: Client) -> None:
    """Two operations that write the same kind of command each have their effect, though a caller reuses the key."""
    bill(client)
    by_hand, proposed = (_cash(client, number) for number in ("R1", "R2"))
    assert post(client, "/api/reconciliation/runs", {})["applied"] == 0
    headers = {**bearer("landlord"), "Idempotency-Key": "same"}
    slices = {"slices": [{"lease_id": "L-A2", "amount": {"amount": "15000.00", "currency": "KES"}}]}
    first = client.post(f"/api/payments/{by_hand}/matches", json=slices, headers=headers)
    second = client.post(f"/api/reconciliation/proposals/{proposed}/accept", json={"side": 1}, headers=headers)
    assert (first.status_code, second.status_code) == (200, 200), second.text
    assert second.json()["repeated"] is False
    assert get(client, f"/api/payments/{proposed}")["state"] == "matched"


def _cash(client: Client, number: str) -> str:
    """A payment in cash of which only the amount says whose it is."""
    paid = {
        "amount": {"amount": "15000.00", "currency": "KES"},
        "receipt": number,
        "day": "2026-11-20",
        "collection_account_id": "cash-halima",
    }
    payment_id: str = post(client, "/api/payments", paid, status=201)["payment_id"]
    return payment_id


@pytest.mark.parametrize("phone", ["0712345678", "+254712345678", "%2B254%20712%20345%20678", "254712345678"])
def test_a_person_is_found_by_a_phone_however_it_is_written(client: Client, phone: str) -> None:
    """As it is told on the phone, or as M-Pesa writes it."""
    post(client, "/api/people", {"person_id": "mwanaisha", "name": "Mwanaisha", "phones": ["0712 345 678"]}, status=201)
    found = get(client, f"/api/people?phone={phone}")["people"]
    assert [it["person_id"] for it in found if it["name"] == "Mwanaisha"] == ["mwanaisha"]


def test_a_lease_under_notice_is_not_activated(client: Client) -> None:
    """It would be active and still end on the day of the notice; it is renewed instead."""
    post(client, "/api/leases/L-A1/notice", {"last_day": "2027-01-31"})
    refused = post(client, "/api/leases/L-A1/activate", status=409)
    assert refused["detail"] == "lease L-A1 is notice: only a draft is activated"
    assert get(client, "/api/leases/L-A1")["status"] == "notice"


def test_rows_of_csv_write_instants_as_json_does(client: Client) -> None:
    """A reader of both needs one parser."""
    bill(client)
    found = client.get("/api/invoices", headers={**bearer("landlord"), "Accept": "text/csv"})
    rows = csv.DictReader(io.StringIO(found.text))
    assert [it["recorded_at"] for it in rows] == [it["recorded_at"] for it in get(client, "/api/invoices")["invoices"]]


def test_a_person_recorded_anew_keeps_the_national_id_that_no_answer_shows(client: Client) -> None:
    """Who reads a person, changes the name and writes it back loses nothing unseen; an empty one empties it."""
    person: dict[str, object] = {"person_id": "mwanaisha", "name": "Mwanaisha", "national_id": "12345678"}
    post(client, "/api/people", person, status=201)
    kept: list[str] = []
    read = get(client, "/api/people/mwanaisha")
    assert read.pop("merged_into") is None
    for written in (read, {**person, "national_id": ""}):
        post(client, "/api/people", {**written, "name": "Mwanaisha Ali"}, status=201)
        kept.append(get(client, "/api/people/mwanaisha/export", "admin")["person"].get("national_id", ""))
    assert kept == ["12345678", ""]


def test_an_amount_of_another_form_is_told_how_to_be_written(client: Client) -> None:
    """By an example, beside the pattern."""
    body = {"rent": {"amount": "20,000", "currency": "KES"}, "first_day": "2026-12-01"}
    refused = post(client, "/api/leases/L-A1/rent", body, status=400)
    assert "write it such as 15000.00 @ rent.amount" in refused["detail"]


def test_cash_into_no_box_is_told_which_boxes_there_are(client: Client) -> None:
    """The id is not what ``init --account`` was given."""
    paid = {"amount": {"amount": "10.00", "currency": "KES"}, "receipt": "C-9", "day": "2026-11-20"}
    refused = post(client, "/api/payments", {**paid, "collection_account_id": "cash:desk"}, status=404)
    assert refused["detail"].endswith("has no collection account cash:desk: cash boxes are cash-halima")
