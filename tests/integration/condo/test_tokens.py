"""Who we are in Condo: tokens given, made, lost in the middle and lost for good."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from attrs import evolve
from tests.fixtures.condo import Clocks, server_of
from tests.fixtures.condo_reading import ids_of, pages_of

from marketplace_adapters.condo import Condo, Stream
from marketplace_adapters.condo.testing import CondoStandIn, FaultKind
from marketplace_core.domain.maintenance.status import TicketStatus
from marketplace_core.errors import ConfigurationError, PartnerUnavailable
from marketplace_entrypoints.composition_condo import property_systems
from marketplace_entrypoints.condo_settings import CondoSettings
from marketplace_entrypoints.secret import Secret
from marketplace_entrypoints.settings import Settings

pytestmark = pytest.mark.condo

SERVICE = {"email": "sync@example.org", "password": "password"}
STAFF = {"phone": "+254700000001", "password": "password"}


def _sign_ins(standin: CondoStandIn) -> int:
    return sum(it.startswith("SignIn") for it in standin.answering.asked)


@pytest.mark.parametrize(("known_by", "kind"), [(SERVICE, "service"), (STAFF, "staff")])
def test_a_token_is_made_once_and_reused(
    known_by: dict[str, str], kind: str, standin: CondoStandIn, connect: Callable[..., Condo]
) -> None:
    """For all pages of all streams, by e-mail or by phone."""
    condo = connect(**known_by)
    for stream in (Stream.PROPERTIES, Stream.TICKETS, Stream.OCCUPANCIES):
        ids_of(condo, stream)
    assert _sign_ins(standin) == 1
    assert condo.check().user_type == kind


def test_a_given_token_signs_in_nowhere(standin: CondoStandIn, condo: Condo) -> None:
    """It is used as it is."""
    ids_of(condo, Stream.TICKETS)
    assert _sign_ins(standin) == 0


@pytest.mark.parametrize("skip", range(4))
def test_a_token_lost_in_the_middle_is_made_anew_once(
    skip: int, standin: CondoStandIn, connect: Callable[..., Condo]
) -> None:
    """At whatever page, and nothing is lost or double."""
    condo = connect(**SERVICE)
    whole = ids_of(condo, Stream.TICKETS)
    standin.faults.add(FaultKind.LOST_TOKEN, "Tickets", skip=skip)
    told = [it.external_id for page in pages_of(condo, Stream.TICKETS, 2) for it in page.rows]
    assert sorted(told) == whole
    assert _sign_ins(standin) == 2


def test_a_token_lost_at_a_write_writes_once(standin: CondoStandIn, connect: Callable[..., Condo]) -> None:
    """Who is not known has done nothing, so that it is sent again."""
    condo = connect(**SERVICE)
    ticket = ids_of(condo, Stream.TICKETS)[0]
    before = condo.tickets.ticket(ticket)
    standin.faults.add(FaultKind.LOST_TOKEN, "UpdateTicket")
    told = condo.sink.set_status(ticket, TicketStatus.CANCELLED)
    assert before is not None
    assert (told.status, told.version) == (TicketStatus.CANCELLED, before.version + 1)


def test_a_token_that_is_lost_again_and_again_is_no_loop(standin: CondoStandIn, connect: Callable[..., Condo]) -> None:
    """One new token a call, then an error; for a minute nothing is sent at all."""
    condo = connect(**SERVICE)
    ids_of(condo, Stream.TICKETS)
    standin.faults.add(FaultKind.LOST_TOKEN, "Tickets", times=99)
    with pytest.raises(ConfigurationError, match=r"condo\.token"):
        condo.tickets.tickets(None, "", 10)
    assert _sign_ins(standin) == 2
    asked = len(standin.answering.asked)
    for _ in range(5):
        with pytest.raises(ConfigurationError, match="nothing is sent"):
            condo.tickets.tickets(None, "", 10)
    assert len(standin.answering.asked) == asked


def test_after_the_rest_it_is_tried_again(standin: CondoStandIn, connect: Callable[..., Condo], clocks: Clocks) -> None:
    """A minute later the next call may find it well."""
    condo = connect(**SERVICE)
    standin.faults.add(FaultKind.LOST_TOKEN, "Tickets", times=2)
    with pytest.raises(ConfigurationError):
        ids_of(condo, Stream.TICKETS)
    clocks.seconds += 61
    assert len(ids_of(condo, Stream.TICKETS)) == 8


def test_threads_that_lose_a_token_make_one(standin: CondoStandIn, connect: Callable[..., Condo]) -> None:
    """Whoever comes second takes the token that the first one made."""
    condo = connect(**SERVICE)
    whole = ids_of(condo, Stream.TICKETS)
    standin.flush_tokens()
    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(lambda _: ids_of(condo, Stream.TICKETS), range(8)))
    assert told == [whole] * 8
    assert _sign_ins(standin) == 2


def test_a_given_token_that_is_lost_is_said(standin: CondoStandIn, condo: Condo) -> None:
    """There is nothing to make another one with."""
    ids_of(condo, Stream.TICKETS)
    standin.flush_tokens()
    with pytest.raises(ConfigurationError, match=r"condo\.token"):
        condo.tickets.tickets(None, "", 10)


@pytest.mark.parametrize("known_by", [SERVICE | {"password": "wrong"}, STAFF | {"password": "wrong"}])
def test_a_wrong_password_is_said_and_not_tried_again_and_again(
    known_by: dict[str, str], standin: CondoStandIn, connect: Callable[..., Condo]
) -> None:
    """Strangers have few points."""
    condo = connect(**known_by)
    for _ in range(3):
        with pytest.raises(ConfigurationError, match=r"condo\.password"):
            condo.tickets.tickets(None, "", 10)
    assert _sign_ins(standin) == 1


@pytest.mark.parametrize("fault", [FaultKind.BAD_GATEWAY, FaultKind.RESET])
def test_a_sign_in_that_is_not_answered_is_tried_at_the_next_call(
    fault: FaultKind, standin: CondoStandIn, connect: Callable[..., Condo]
) -> None:
    """Nobody refused us: there is nothing to rest for."""
    condo = connect(**SERVICE)
    standin.faults.add(fault, "SignInService")
    with pytest.raises(PartnerUnavailable):
        condo.tickets.tickets(None, "", 10)
    assert condo.tickets.tickets(None, "", 10).rows


def test_a_lost_token_that_shows_as_a_strangers_limit(standin: CondoStandIn, connect: Callable[..., Condo]) -> None:
    """As recorded: whoever is not known shares few points by address, and is refused for want of them.

    The limit that is told is lower than ours was, so that a new token is tried; with none to be had it says until when.
    """
    condo = connect(**SERVICE)
    condo.tickets.tickets(None, "", 10)
    standin.flush_tokens()
    standin.answering.stranger_points = 0
    with pytest.raises(PartnerUnavailable, match="until 2026-01-05T09:00"):
        condo.tickets.tickets(None, "", 10)
    assert _sign_ins(standin) == 2


def test_the_last_points_of_strangers_are_enough_to_sign_in(
    standin: CondoStandIn, connect: Callable[..., Condo]
) -> None:
    """What is left of an address's is told with the sign-in: whoever is known then has points of their own."""
    standin.answering.stranger_points = 5
    condo = connect(**SERVICE)
    assert len(ids_of(condo, Stream.TICKETS)) == 8
    assert condo.last_state.points.limit == 50_000


def test_many_organizations_of_one_account_sign_in_once(
    standin: CondoStandIn, connect: Callable[..., Condo], clocks: Clocks
) -> None:
    """Each is read as its own; strangers' points of an hour are enough for twenty sign-ins, whoever they are of."""
    first = connect(**SERVICE)
    server = server_of(standin, **SERVICE)
    others = [
        Condo(evolve(server, organization_id=f"organization {number}"), None, clocks.time, beside=first)
        for number in range(25)
    ]
    assert not any(ids_of(it, Stream.TICKETS) for it in others)
    assert len(ids_of(first, Stream.TICKETS)) == 8
    assert len(ids_of(Condo(server, beside=first), Stream.TICKETS)) == 8
    assert _sign_ins(standin) == 1
    with pytest.raises(ConfigurationError, match="account is another"):
        Condo(evolve(server, email="another@example.org"), beside=first)


def test_the_organizations_of_the_settings_are_read_as_one_account(standin: CondoStandIn) -> None:
    """Every portfolio of a process has the same token."""
    own = standin.books.organization_id
    told = CondoSettings(
        standin.url, (f"{own}=ours", "another=theirs"), email=SERVICE["email"], password=Secret(SERVICE["password"])
    )
    systems = property_systems(Settings(property_system="condo", condo=told))
    rows = {name: len(it.tickets.tickets(None, "", 10).rows) for name, it in systems.items()}
    assert rows == {"ours": 8, "theirs": 0}
    assert _sign_ins(standin) == 1


def test_a_stranger_is_told_by_a_look(standin: CondoStandIn, connect: Callable[..., Condo]) -> None:
    """Condo answers nobody to whoever is not known; a look makes a token anew, or says that it cannot."""
    condo, other = connect(**SERVICE), connect()
    condo.check()
    standin.flush_tokens()
    assert condo.check().user_type == "service"
    with pytest.raises(ConfigurationError, match="whose"):
        other.check()


def test_passwords_and_tokens_are_not_shown(standin: CondoStandIn, connect: Callable[..., Condo]) -> None:
    """Not even where Condo says them."""
    condo = connect(email="canary@example.org", password="canary-password")
    with pytest.raises(ConfigurationError) as caught:
        condo.check()
    assert "canary" not in str(caught.value)
    assert _sign_ins(standin) == 1
