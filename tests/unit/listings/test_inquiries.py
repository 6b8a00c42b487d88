"""Inquiries: one per person, listing and week, wherever they come from; the landlord is told of each once."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.listings.street import DAY, HOUR, JUMA, LANDLORDS, MINUTE, OWN, SYSTEM, Killed, Killer, Street
from typing_extensions import override

from marketplace_core.domain.facts import PersonRecorded, UnitRecorded
from marketplace_core.domain.identifiers import ListingId, PersonId, PropertyId, UnitId
from marketplace_core.domain.listings.asking import InquiryPlace, take_inquiry
from marketplace_core.domain.listings.inquiries import MOST_MESSAGES, Inquiry, InquiryStatus
from marketplace_core.domain.listings.inquiries import OWN as OWN_PAGE
from marketplace_core.domain.listings.listing import ListingText
from marketplace_core.domain.listings.records import Applicant, OutsideInquiry, OutsideMessage
from marketplace_core.domain.outside_property.progress import SyncRun
from marketplace_core.domain.party import Person
from marketplace_core.errors import InvalidInput, NotFound, Unavailable
from marketplace_core.ports.notifier import Message, Notifier
from marketplace_core.services.erasure import ErasePerson
from marketplace_core.services.listings.inquiring import ReceiveInquiry, TakeInquiries, TellLandlords
from marketplace_core.testing.contracts.listing_life import NOON, thread

NJERI = Applicant("", "Njeri Kamau", "njeri@example.org", "0722 000 111")
PLACE = InquiryPlace(OWN, ListingId("lst_1"), UnitId("u1"))


@define
class Outbox(Notifier):
    """Keeps what it was handed, or fails at the n-th message."""

    sent: list[Message] = field(factory=list[Message])
    fails_at: int = 0

    @override
    def send(self, message: Message) -> None:
        if self.fails_at and len(self.sent) + 1 >= self.fails_at:
            raise Unavailable("the messages are not taken now")
        self.sent.append(message)


@define
class Desk:
    """A street with a listing, and what is asked about it."""

    street: Street = field(factory=Street)
    outbox: Outbox = field(factory=Outbox)
    listing_id: ListingId = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.listing_id = self.street.published()

    def asked_there(self, applicant: Applicant = NJERI, text: str = "Is it still free?") -> str:
        """A new thread on the portal."""
        hand = self.street.portal.by_hand
        external_id = self.street.copy(self.listing_id).external_id
        return hand.add_thread(external_id, hand.add_visitor(applicant), "A question", text)

    def asked_here(self, applicant: Applicant = NJERI, text: str = "Is it still free?") -> Inquiry:
        """A question on our own page."""
        receive = ReceiveInquiry(self.street.books, self.street.books, self.street.books, self.street.clock)
        return receive(self.listing_id, applicant, text)

    def take(self, killer: Killer | None = None, *, whole: bool = False) -> SyncRun:
        """Bring what was asked there."""
        street = self.street
        books = killer.watch(street.books) if killer else street.books
        take = TakeInquiries(
            killer.watch(street.portal) if killer else street.portal,
            books,
            street.books,
            street.books,
            killer.watch(street.progress) if killer else street.progress,
            street.clock,
            SYSTEM,
        )
        return take(street.command(), whole=whole)

    def tell(self, killer: Killer | None = None) -> dict[str, int]:
        """Tell landlords."""
        books, outbox = self.street.books, self.outbox
        watched = (killer.watch(books), killer.watch(outbox)) if killer else (books, outbox)
        tell = TellLandlords(watched[0], books, books, watched[1])
        return dict(tell(self.street.command()))

    @property
    def inquiries(self) -> list[Inquiry]:
        """What is kept."""
        return list(self.street.books.inquiries(OWN))


@pytest.fixture
def desk() -> Desk:
    """A listing to ask about."""
    return Desk()


def test_a_thread_is_one_inquiry_however_often_it_is_read(desk: Desk) -> None:
    """What is written to it later is added."""
    asked = desk.asked_there()
    assert dict(desk.take().counts) == {"new": 1}
    desk.street.later()
    assert dict(desk.take(whole=True).counts) == {"unchanged": 1}
    desk.street.later()
    desk.street.portal.by_hand.write(asked, "Hello?")
    desk.street.later(MINUTE)
    desk.street.portal.by_hand.write(asked, "It is.", is_asker=False)
    assert dict(desk.take().counts) == {"changed": 1}
    (inquiry,) = desk.inquiries
    assert [it.text for it in inquiry.messages] == ["Is it still free?", "Hello?", "It is."]
    assert inquiry.asked == 2


@pytest.mark.parametrize(
    ("again", "is_same"),
    [
        (NJERI, True),
        (evolve(NJERI, phone="+254722000111", email="other@example.org"), True),
        (evolve(NJERI, phone="", email="NJERI@example.org"), True),
        (evolve(NJERI, phone="0722000112", email=""), False),
        (Applicant("", "Njeri Kamau"), False),
        (JUMA, False),
    ],
)
def test_the_same_person_asks_once_a_week(desk: Desk, again: Applicant, *, is_same: bool) -> None:
    """By phone in any form or address in any case, never by the name alone; in another thread, or on our own page."""
    desk.asked_there()
    desk.take()
    desk.street.later(6 * DAY)
    desk.asked_there(again, "And water?")
    desk.take()
    assert len(desk.inquiries) == (1 if is_same else 2)


def test_the_page_and_the_portal_are_one(desk: Desk) -> None:
    """Whoever comes first; after a week it is another inquiry."""
    first = desk.asked_here()
    desk.street.later()
    desk.asked_there(text="I asked on your page")
    desk.take()
    (inquiry,) = desk.inquiries
    assert (inquiry.inquiry_id, inquiry.system, len(inquiry.messages)) == (first.inquiry_id, OWN_PAGE, 2)
    desk.street.later()
    desk.take(whole=True)
    assert len(desk.inquiries[0].messages) == 2
    desk.street.later(8 * DAY)
    assert desk.asked_here().inquiry_id != first.inquiry_id


def test_the_same_question_sent_twice_is_one_message(desk: Desk) -> None:
    """A page that was sent again, however it is spaced; another question is another message."""
    first = desk.asked_here()
    desk.street.later(MINUTE)
    assert desk.asked_here(text=" Is it  still free? ") == first
    assert len(desk.asked_here(text="Is there water?").messages) == 2
    assert len(desk.inquiries) == 1


def test_another_listing_is_another_inquiry(desk: Desk) -> None:
    """Whoever asks about two asks twice."""
    desk.asked_there()
    desk.take()
    desk.listing_id = desk.street.published(2)
    desk.street.later()
    desk.asked_there()
    desk.asked_here()
    desk.take()
    assert len(desk.inquiries) == 2


def test_a_listing_that_is_not_published_takes_no_question(desk: Desk) -> None:
    """Of ours or of nobody."""
    desk.listing_id = desk.street.approved(2)
    with pytest.raises(NotFound):
        desk.asked_here()


@pytest.mark.parametrize(
    ("applicant", "text"),
    [
        (Applicant("", "", "a@example.org"), "Free?"),
        (Applicant("", "Asha"), "Free?"),
        (Applicant("", "Asha", "no address"), "Free?"),
        (Applicant("", "Asha", "a@example.org", "12"), "Free?"),
        (Applicant("", "Asha", "a@example.org"), "  "),
        (Applicant("", "Asha", "a@example.org"), "x" * 5_001),
        (Applicant("", "x" * 201, "a@example.org"), "Free?"),
    ],
)
def test_a_question_that_nobody_could_answer_is_refused(desk: Desk, applicant: Applicant, text: str) -> None:
    """With words for who asks."""
    with pytest.raises(InvalidInput):
        desk.asked_here(applicant, text)
    assert desk.inquiries == []


def test_spam_is_kept_and_told_to_nobody(desk: Desk) -> None:
    """Marked before it is read, or after, before the landlord was told."""
    hand = desk.street.portal.by_hand
    one = desk.asked_there(evolve(NJERI, email="bot@example.org", phone=""))
    hand.mark_spam(one)
    two = desk.asked_there(evolve(NJERI, email="bot2@example.org", phone=""))
    assert dict(desk.take().counts) == {"new": 1, "spam": 1}
    hand.mark_spam(two)
    desk.street.later()
    assert dict(desk.take(whole=True).counts) == {"spam": 1, "unchanged": 1}
    assert desk.tell() == {}
    assert {it.status for it in desk.inquiries} == {InquiryStatus.SPAM}
    desk.asked_there(evolve(NJERI, email="bot@example.org", phone=""), "A real question")
    desk.street.later()
    desk.take()
    assert len(desk.inquiries) == 3


def test_a_foreign_listing_is_none_of_ours(desk: Desk) -> None:
    """It is counted and left."""
    hand = desk.street.portal.by_hand
    foreign = hand.add_listing(LANDLORDS[0], "By hand")
    hand.add_thread(foreign, hand.add_visitor(NJERI), "A question", "Free?")
    assert dict(desk.take().counts) == {"foreign": 1}
    assert desk.inquiries == []


def test_the_landlord_is_told_once(desk: Desk) -> None:
    """At the address of the property's landlord, with who asks and how to answer; what is asked further once too."""
    asked = desk.asked_there()
    desk.take()
    assert desk.tell() == {"told": 1}
    assert desk.tell() == {}
    (message,) = desk.outbox.sent
    assert (message.kind, message.recipient) == ("inquiry", LANDLORDS[1])
    for part in ("Njeri Kamau", "0722 000 111", "njeri@example.org", "Is it still free?", "A1"):
        assert part in message.text
    assert [it.status for it in desk.inquiries] == [InquiryStatus.TOLD]
    desk.street.later()
    desk.street.portal.by_hand.write(asked, "It is.", is_asker=False)
    desk.take()
    assert desk.tell() == {}
    desk.street.later()
    desk.street.portal.by_hand.write(asked, "May I see it?")
    desk.take()
    assert [it.status for it in desk.inquiries] == [InquiryStatus.NEW]
    assert desk.tell() == {"told": 1}
    assert "May I see it?" in desk.outbox.sent[1].text
    assert "still free" not in desk.outbox.sent[1].text
    assert desk.tell() == {}


def test_what_was_asked_before_and_came_later_is_told_too(desk: Desk) -> None:
    """A thread that is read after the landlord was told of a later question on our page."""
    desk.asked_there(text="Asked first, there")
    desk.street.later()
    desk.asked_here(text="Asked second, here")
    assert desk.tell() == {"told": 1}
    desk.take()
    assert desk.tell() == {"told": 1}
    assert ["first" in it.text for it in desk.outbox.sent] == [False, True]
    assert ["second" in it.text for it in desk.outbox.sent] == [True, False]


def test_a_notifier_that_fails_loses_nothing(desk: Desk) -> None:
    """What was handed over is noted; the rest is told when it works again, each once."""
    people = [evolve(NJERI, phone=f"07220001{n:02d}", email="") for n in range(4)]
    for it in people:
        desk.street.later(MINUTE)
        desk.asked_there(it)
    desk.take()
    desk.outbox.fails_at = 3
    with pytest.raises(Unavailable):
        desk.tell()
    assert len(desk.outbox.sent) == 2
    desk.outbox.fails_at = 0
    assert desk.tell() == {"told": 2}
    assert len({it.text for it in desk.outbox.sent}) == 4


def test_a_landlord_without_an_address_is_trouble_until_there_is_one(desk: Desk) -> None:
    """The others are told."""
    desk.asked_there()
    desk.take()
    desk.listing_id = desk.street.published(2)
    desk.asked_there(JUMA)
    desk.street.later()
    desk.take()
    desk.street.books.record(desk.street.command(), [PersonRecorded(OWN, Person(PersonId("l1"), "Landlord 1"))])
    assert desk.tell() == {"told": 1, "trouble": 1}
    assert desk.tell() == {"trouble": 1}
    landlord = Person(PersonId("l1"), "Landlord 1", email=LANDLORDS[1])
    desk.street.books.record(desk.street.command(), [PersonRecorded(OWN, landlord)])
    assert desk.tell() == {"told": 1}


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
def test_killed_at_every_call_each_inquiry_is_there_once_and_told_at_least_once(*, is_after: bool) -> None:
    """A message handed over right before the end may come twice, no more; none is lost."""
    for at in range(1, 40):
        desk = Desk()
        for it in (NJERI, JUMA):
            desk.street.later(MINUTE)
            desk.asked_there(it)
        killer = Killer(at, is_after)
        try:
            desk.take(killer)
            desk.tell(killer)
        except Killed:
            pass
        else:
            assert at > 8
            return
        desk.street.later()
        desk.take()
        desk.tell()
        assert len(desk.inquiries) == 2
        assert all(len(it.messages) == 1 for it in desk.inquiries)
        texts = [it.text for it in desk.outbox.sent]
        assert len(set(texts)) == 2
        assert len(texts) <= 3
        assert desk.tell() == {}
    pytest.fail("the run has no end")


def test_who_was_erased_stays_erased(desk: Desk) -> None:
    """A further message of the thread is not taken, and nobody is told of what was emptied."""
    asked = desk.asked_there()
    desk.take()
    person = desk.street.known("t1", "Njeri Kamau", "254722000111")
    assert ErasePerson(desk.street.books)(desk.street.command("they asked"), person).inquiries == 1
    desk.street.later()
    desk.street.portal.by_hand.write(asked, "Hello, it is Njeri")
    desk.take()
    (inquiry,) = desk.inquiries
    assert (inquiry.applicant.name, [it.text for it in inquiry.messages]) == ("", [""])
    assert desk.tell() == {}


def test_a_thread_without_end_is_kept_up_to_a_bound() -> None:
    """And read again it changes nothing."""
    messages = tuple(
        OutsideMessage(f"m{n:04d}", NOON + timedelta(seconds=n), text=f"message {n}") for n in range(MOST_MESSAGES + 50)
    )
    told = evolve(thread(), messages=messages)
    made = take_inquiry([], told, PLACE, SYSTEM)
    assert made is not None
    assert len(made.messages) == MOST_MESSAGES
    assert take_inquiry([made], told, PLACE, SYSTEM) is None


def _taken(threads: list[OutsideInquiry]) -> list[Inquiry]:
    known: dict[str, Inquiry] = {}
    for it in threads:
        after = take_inquiry(known.values(), it, PLACE, SYSTEM)
        if after is not None:
            known[after.inquiry_id] = after
    return list(known.values())


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), max_size=8))
def test_every_message_is_kept_once(asked: list[tuple[int, int]]) -> None:
    """Whoever asks whenever, read twice: as many messages are kept as were sent, and no two inquiries share one."""
    threads = [
        thread(f"4{n:04d}", days * 24 * 60, evolve(NJERI, phone=f"072200011{person}", email=""), f"question {n}")
        for n, (person, days) in enumerate(asked)
    ]
    found = _taken([*threads, *threads])
    kept = [one.external_id for it in found for one in it.messages]
    assert sorted(kept) == sorted(f"m{it.external_id}" for it in threads)
    assert all(len({one.text for one in it.messages}) == len(it.messages) for it in found)


def test_within_a_week_the_order_of_threads_does_not_matter() -> None:
    """Three threads of one person are one inquiry, however they are read."""
    threads = [thread(f"4000{n}", n * 24 * 60, NJERI, f"question {n}") for n in range(3)]
    found = [_taken(list(order)) for order in permutations(threads)]
    assert {len(it) for it in found} == {1}
    assert len({frozenset(one.external_id for one in it[0].messages) for it in found}) == 1


def test_asked_again_after_an_hour_it_counts_from_there(desk: Desk) -> None:
    """The week is since they wrote last."""
    for _ in range(5):
        desk.street.later(5 * DAY + HOUR)
        desk.asked_there(text=f"asked at {desk.street.clock.now()}")
        desk.take()
    assert len(desk.inquiries) == 1


def test_no_name_and_no_title_makes_up_lines_of_a_message() -> None:
    """A name with line ends would answer in our words, and a title with them is no subject of any mail."""
    desk = Desk()
    desk.street.edit(
        desk.listing_id, texts=(ListingText("en", "Two rooms\nby the park", "Quiet, with water all day."),)
    )
    desk.street.bridge()
    desk.asked_here(evolve(NJERI, name="Njeri\r\nAnswer: 0700 666 666"))
    desk.tell()
    (sent,) = desk.outbox.sent
    assert sent.subject == "An inquiry about Two rooms by the park"
    assert [it for it in sent.text.splitlines() if it.startswith("Answer")] == [
        "Answer: 0722 000 111, njeri@example.org"
    ]


def test_who_asks_is_told_to_the_landlord_of_where_the_unit_is_now(desk: Desk) -> None:
    """A unit that was moved to another's house since it was listed: its old landlord reads nobody's phone number."""
    street = desk.street
    moved = evolve(street.books.unit(OWN, UnitId("u1")), property_id=PropertyId("h2"))
    street.books.record(street.command(), [UnitRecorded(moved)])
    desk.asked_here()
    desk.tell()
    assert [it.recipient for it in desk.outbox.sent] == [LANDLORDS[0]]
