"""The house of the tests with every kind of thing in it, each of a zone: a lease with all that hangs on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from attrs import evolve, field, frozen
from litestar import Litestar
from litestar.testing import TestClient
from tests.unit.http.house import BOOK, NOW, OTHER, House, bearer, make_house
from tests.unit.http.listed import furnish_listings, listing_marks, listing_state
from tests.unit.http.photograph import Photograph

from marketplace_core.domain.access import Reach
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import LeaseRecorded
from marketplace_core.domain.hooks import HookRoute, RouteId, token_digest
from marketplace_core.domain.identifiers import CollectionAccountId, CommandId, LeaseId, PortfolioId, TicketId
from marketplace_core.domain.jobs import JobRequest, failure_of
from marketplace_core.domain.money import Money
from marketplace_core.domain.register import TICKETS
from marketplace_core.errors import InvalidInput
from marketplace_entrypoints.http.operation import Operation
from marketplace_entrypoints.http.resources.all import OPERATIONS
from marketplace_entrypoints.settings import Settings

ZONES: Mapping[str, PortfolioId] = {"A1": BOOK, "A2": BOOK, "B1": BOOK, "Z1": OTHER}
"""The leases, each with the book that it is of."""
PEOPLE = {
    "A1": ("Wanjiku Alfa", "254711000001", "11110001"),
    "A2": ("Otieno Bravo", "254711000002", "22220002"),
    "B1": ("Njeri Charlie", "254711000003", "33330003"),
    "Z1": ("Mwangi Delta", "254711000004", "44440004"),
}
"""The tenant of each lease: name, phone, national id."""
RENTS = {"A1": "15101.00", "A2": "18202.00", "B1": "30303.00", "Z1": "9404.00"}
PAID = {"A1": "10111.00", "A2": "64212.00", "B1": "20313.00", "Z1": "8414.00"}
"""What each has paid: A2 more than all that is asked, the others less."""
GIVEN = {"A1": "10011.00", "A2": "64112.00", "B1": "20213.00", "Z1": "8314.00"}
"""What of it was given to the lease; the rest waits."""
DEPOSITS = {"A1": "5505.00", "A2": "6606.00", "B1": "7707.00", "Z1": "8808.00"}
FOUR_EYES_LIMIT = "100.00"
TOKENS = {BOOK: "hooktoken-halima-0123456789abcdef", OTHER: "hooktoken-kamau-0123456789abcdef"}


@frozen
class Zone:
    """Ids of one lease's things, by the name that paths and bodies give them; ``marks`` are what tells of it."""

    name: str
    portfolio_id: PortfolioId
    ids: Mapping[str, str]
    marks: frozenset[str]
    place_marks: frozenset[str] = field(factory=frozenset[str])
    """What tells of its unit alone, and of no person or money."""


@frozen
class Furnished:
    """The house, its client and its zones."""

    house: House
    client: TestClient[Litestar]
    zones: Mapping[str, Zone]
    photograph: Photograph

    def state(self) -> object:
        """Everything that a write could change, to be compared."""
        house, work = self.house, self.house.parts.store.work
        identities = house.parts.identity.identities()
        assert work is not None
        return (
            [[it.hash for it in house.books.events(one)] for one in (BOOK, OTHER)],
            [repr(house.books.acts(one)) for one in (BOOK, OTHER)],
            [house.books.ticket_file(it.portfolio_id, TicketId(it.ids["ticket_id"])) for it in self.zones.values()],
            [len(house.books.page(Reach(one, is_whole=True), TICKETS).entries) for one in (BOOK, OTHER)],
            listing_state(house),
            [it.hash for it in identities.identity_events()],
            repr(work.counts(NOW)),
            len(house.outbox.sent),
        )


class _Furnisher:
    """Fills a house over its own API, as its operator."""

    def __init__(self, house: House, client: TestClient[Litestar]) -> None:
        self.house, self.client = house, client

    def post(self, path: str, portfolio_id: str, body: object = None, who: str = "operator") -> Any:  # noqa: ANN401 - JSON
        found = self.client.post(path, params={"portfolio": portfolio_id}, json=body or {}, headers=bearer(who))
        assert found.is_success, (path, found.text)
        return found.json()

    def get(self, path: str, portfolio_id: str, **query: str) -> Any:  # noqa: ANN401 - JSON
        found = self.client.get(path, params={"portfolio": portfolio_id, **query}, headers=bearer("operator"))
        assert found.is_success, (path, found.text)
        return found.json()

    def furnish(self) -> dict[str, Zone]:
        for name, own in ZONES.items():
            self._deposit(name, own)
            self._person_and_rent(name, own)
            self._other_leases(name, own)
        tickets = {name: self._ticket(name, own) for name, own in ZONES.items()}
        listed = {name: furnish_listings(self.house, self.client, name, own) for name, own in ZONES.items()}
        for own in (BOOK, OTHER):
            self.post("/api/billing-runs", own, {"month": "2026-10"})
            self.post("/api/billing-runs", own, {"month": "2026-11"})
        for own in (BOOK, OTHER):
            self._waiting_payment(own)
        parts = {name: self._money(name, own) for name, own in ZONES.items()}
        shared = {own: self._of_the_book(own) for own in (BOOK, OTHER)}
        return {
            name: self._zone(name, own, parts[name], {**shared[own], **listed[name], "ticket_id": tickets[name]})
            for name, own in ZONES.items()
        }

    def _deposit(self, name: str, own: PortfolioId) -> None:
        """Ask for a deposit with the first invoice; the API says so only when a lease is signed."""
        command = Command(CommandId(f"deposit-{name}"), own, "lease.sign", "system", NOW - timedelta(days=39))
        lease = self.house.books.lease(own, LeaseId(f"L-{name}"))
        asked = evolve(lease, deposit=Money.parse(DEPOSITS[name]), version=lease.version + 1)
        self.house.books.record(command, [LeaseRecorded(asked)])

    def _person_and_rent(self, name: str, own: str) -> None:
        person, phone, national = PEOPLE[name]
        body = {"person_id": f"t-{name}", "name": person, "phones": [phone], "national_id": national}
        self.post("/api/people", own, {**body, "email": f"{name.lower()}.mail@example.org"})
        rent = {"rent": _kes(RENTS[name]), "first_day": "2026-11-01"}
        self.post(f"/api/leases/L-{name}/rent", own, rent)
        water = {"kind": "water", "amount": _kes("512.00"), "day": "2026-12-03"}
        self.post(f"/api/leases/L-{name}/charges", own, water)

    def _other_leases(self, name: str, own: str) -> None:
        """A draft and a lease that ends, each in a unit of its own."""
        for letter, is_draft in (("d", True), ("r", False)):
            unit = {"unit_id": f"{letter}-{name}", "property_id": f"block-{name[0]}", "code": f"{letter} of {name}"}
            self.post("/api/units", own, unit)
            lease = {
                "lease_id": f"{letter.upper()}-{name}",
                "unit_id": unit["unit_id"],
                "tenant_ids": [f"t-{name}"],
                "first_day": "2027-02-01",
                "last_day": "2027-07-31",
                "rent": _kes("13000.00"),
                "is_draft": is_draft,
            }
            self.post("/api/leases", own, lease)

    def _ticket(self, name: str, own: str) -> str:
        """A ticket of the lease's unit that its tenant reports, to which somebody wrote."""
        reported = {"title": f"Tap of {name}", "unit_id": f"u-{name}", "reporter_id": f"t-{name}"}
        opened = self.post("/api/maintenance", own, {**reported, "reporter_phone": PEOPLE[name][1]})
        ticket_id: str = opened["ticket"]["ticket_id"]
        self.post(f"/api/maintenance/{ticket_id}/comments", own, {"text": f"seen in {name}"})
        return ticket_id

    def _money(self, name: str, own: str) -> dict[str, str]:
        lease = f"L-{name}"
        paid = {
            "amount": _kes(PAID[name]),
            "receipt": f"CASH-{name}-77",
            "day": "2026-11-20",
            "collection_account_id": f"cash-{own}",
            "payer_name": f"Payer of {name}",
            "reference": f"told {name}",
        }
        payment = self.post("/api/payments", own, paid)["payment_id"]
        slices = {"slices": [{"lease_id": lease, "amount": _kes(GIVEN[name])}]}
        self.post(f"/api/payments/{payment}/matches", own, slices)
        match = self.get(f"/api/payments/{payment}/matches", own)["matches"][0]["match_id"]
        invoices = self.get("/api/invoices", own, lease_id=lease)["invoices"]
        rent = next(it for it in invoices if it["total"]["amount"] == RENTS[name])
        credit = {"amount": _kes("7.00"), "reason": f"dry tap in {name}"}
        self.post(f"/api/invoices/{rent['invoice_id']}/credit", own, credit)
        note = self.get("/api/credit-notes", own, lease_id=lease)["credit_notes"][0]
        asked = {"amount": _kes("150.00"), "reason": f"hardship of {name}", "day": "2026-11-25"}
        who = "landlord" if own == BOOK else "stranger"
        act = f"/api/leases/{lease}/refunds" if name == "A2" else f"/api/invoices/{rent['invoice_id']}/write-off"
        waits = self.post(act, own, asked, who)["waits"]
        charge = next(
            it["charge_id"] for it in self.get(f"/api/leases/{lease}/charges", own)["charges"] if it["kind"] == "water"
        )
        receipt = next(
            it for it in self.get("/api/receipts", own, limit="500")["receipts"] if it["payment_id"] == payment
        )
        entry = self.get(f"/api/leases/{lease}", own)
        return {
            "payment_id": payment,
            "match_id": match,
            "invoice_id": rent["invoice_id"],
            "invoice_number": rent["number"],
            "credit_note": note["credit_note_id"],
            "credit_number": note["number"],
            "act_id": waits["act_id"],
            "charge_id": charge,
            "receipt_id": receipt["receipt_id"],
            "receipt_number": receipt["number"],
            "reference": entry["reference"],
        }

    def _waiting_payment(self, own: str) -> None:
        """A payment that the rules leave to a person."""
        name = "B1" if own == BOOK else "Z1"
        paid = {
            "amount": _kes("1234.00"),
            "receipt": f"WAITS-{own}",
            "day": "2026-11-21",
            "collection_account_id": f"cash-{own}",
            "payer_name": PEOPLE[name][0],
            "reference": PEOPLE[name][0],
        }
        self.post("/api/payments", own, paid)
        self.post("/api/reconciliation/runs", own, {})

    def _of_the_book(self, own: str) -> dict[str, str]:
        proposals = self.get("/api/reconciliation/proposals", own)["proposals"]
        assert proposals, f"nothing waits in {own}"
        email = f"clerk.{own}@example.org"
        invited = {
            "email": email,
            "name": f"Clerk of {own}",
            "grant": {"role": "landlord", "portfolio_id": own},
        }
        user = self.post("/api/admin/users", own, invited)
        further = {"role": "caretaker", "portfolio_id": own, "property_ids": ["block-A" if own == BOOK else "block-Z"]}
        user = self.post(f"/api/admin/users/{user['user_id']}/grants", own, further)
        gone = self.post("/api/admin/users", own, {**invited, "email": f"gone.{own}@example.org"})
        self.post(f"/api/admin/users/{gone['user_id']}/disable", own)
        client = {
            "client_id": f"sync-{own}",
            "name": f"Sync of {own}",
            "scopes": ["lease.read"],
            "grants": [{"role": "landlord", "portfolio_id": own}],
        }
        secret = self.post("/api/admin/clients", own, client)["secret"]
        work = self.house.parts.store.work
        assert work is not None
        account = CollectionAccountId(f"paybill-{own}")
        route = HookRoute(RouteId(f"route-{own}"), "mpesa-c2b", PortfolioId(own), account, NOW)
        work.add_route(route, token_digest(TOKENS[PortfolioId(own)]))
        job_id = work.enqueue(JobRequest("bill", f"bill-{own}", NOW, PortfolioId(own)))
        attempt = work.claim(work.enlist())
        assert attempt is not None
        work.bury(attempt, failure_of(InvalidInput(f"nothing to bill in {own}")))
        letter = self.house.outbox.token_to(email)
        assert self.client.post("/api/password-resets", json={"email": "halima@example.org"}).is_success
        return {
            "proposal": proposals[0]["payment_id"],
            "user_id": user["user_id"],
            "gone_user_id": gone["user_id"],
            "grant_id": user["grants"][-1]["grant_id"],
            "client_id": client["client_id"],
            "client_secret": secret,
            "job_id": str(job_id),
            "token": TOKENS[PortfolioId(own)],
            "email": email,
            "letter": letter,
            "reset": self.house.outbox.token_to("halima@example.org"),
        }

    def _zone(self, name: str, own: PortfolioId, money: Mapping[str, str], book: Mapping[str, str]) -> Zone:
        person, phone, _ = PEOPLE[name]
        ids = {
            **book,
            **money,
            "lease_id": f"L-{name}",
            "draft_id": f"D-{name}",
            "ending_id": f"R-{name}",
            "unit_id": f"u-{name}",
            "property_id": f"block-{name[0]}",
            "person_id": f"t-{name}",
            "portfolio_id": own,
            "collection_account_id": f"cash-{own}",
        }
        marks = {f"L-{name}", f"t-{name}", person, phone, f"{name.lower()}.mail@example.org", RENTS[name], PAID[name]}
        marks |= {DEPOSITS[name], GIVEN[name], f"D-{name}", f"R-{name}"}
        marks |= {f"CASH-{name}-77", f"Payer of {name}", f"told {name}", f"dry tap in {name}", f"hardship of {name}"}
        marks |= set(money.values()) | listing_marks(name)
        if own == OTHER:
            marks |= {
                book[key]
                for key in ("proposal", "user_id", "gone_user_id", "client_id", "client_secret", "email", "letter")
            }
            marks |= {f"WAITS-{own}", f"Clerk of {own}", f"Sync of {own}", f"cash-{own}", f"paybill-{own}"}
        return Zone(
            name,
            own,
            ids,
            frozenset(marks),
            frozenset(
                [
                    *(f"{it}-{name}" for it in "udr"),
                    f"block-{name[0]}",
                    f"Block {name[0]}",
                    book["ticket_id"],
                    f"Tap of {name}",
                    f"seen in {name}",
                    *(f"{it}-{name}" for it in ("f0", "f1", "f2", "f3")),
                ]
            ),
        )


def furnish(operations: Sequence[Operation] = OPERATIONS) -> Furnished:
    """A new house with everything in it; close its client at the end."""
    settings = Settings(
        allowed_origins=("https://portal.example.org",),
        public_url="https://rent.example.org",
        four_eyes_limit=FOUR_EYES_LIMIT,
    )
    house = make_house(operations, settings)
    house.rates.most = 10**9
    client = house.client()
    client.__enter__()
    zones = _Furnisher(house, client).furnish()
    pictures = house.parts.listings.pictures
    kept = (
        house.books,
        pictures,
        house.parts.store.work,
        house.parts.identity.identities(),
        house.outbox,
        house.parts.kept,
    )
    return Furnished(house, client, zones, Photograph(*kept))


def _kes(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "KES"}
