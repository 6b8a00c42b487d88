"""All that is sent to Condo, as GraphQL. The filter is the variable ``where``: soft deletion looks there alone."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from attrs import field, frozen

MOST_BYTES: Final = 8 * 1024
"""Condo takes no longer query."""


class Stream(StrEnum):
    """What is read or written apart: one may be stopped while the others go on."""

    PROPERTIES = "properties"
    OCCUPANCIES = "occupancies"
    TICKETS = "tickets"
    COMMENTS = "comments"
    PUSH_BACK = "push back"


@frozen
class Operation:
    """A named query or mutation."""

    name: str
    text: str = field(repr=False)
    is_mutation: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse what Condo would."""
        if len(self.text.encode()) > MOST_BYTES:
            raise ValueError(f"{self.name} is longer than the {MOST_BYTES} bytes that Condo takes")


def _pages(name: str, of: str, where: str, selection: str, order: str = "updatedAt") -> Operation:
    variables = f"$where: {where}!, $first: Int!, $skip: Int!"
    arguments = f"where: $where, first: $first, skip: $skip, sortBy: [{order}_ASC, id_ASC]"
    return Operation(name, f"query {name}({variables}) {{ objs: {of}({arguments}) {{ {selection} }} }}")


_SECTION: Final = "name floors { name units { unitType label } }"
_PROPERTY: Final = (
    f"id v createdAt updatedAt deletedAt name address map {{ sections {{ {_SECTION} }} parking {{ {_SECTION} }} }}"
)
_CONTACT: Final = (
    "id v createdAt updatedAt deletedAt property { id } unitName unitType name phone email isVerified role { id name }"
)
_TICKET: Final = (
    "id v number createdAt updatedAt deletedAt property { id } unitName unitType status { id type } statusReason"
    " statusUpdatedAt deferredUntil title details priority isEmergency"
    " classifier { place { name } category { name } problem { name } }"
    " contact { id } clientName clientPhone assignee { id name } executor { id name }"
)
_COMMENT: Final = "id type content ticket { id } user { id name } createdAt updatedAt deletedAt"
_TOLD: Final = "id v createdAt"

SIGN_IN_SERVICE: Final = Operation(
    "SignInService",
    "mutation SignInService($email: String!, $password: String!)"
    " { obj: authenticateUserWithPassword(email: $email, password: $password) { token } }",
    is_mutation=True,
)
SIGN_IN_STAFF: Final = Operation(
    "SignInStaff",
    "mutation SignInStaff($data: AuthenticateUserWithPhoneAndPasswordInput!)"
    " { obj: authenticateUserWithPhoneAndPassword(data: $data) { token } }",
    is_mutation=True,
)
WHO_AM_I: Final = Operation("WhoAmI", "query WhoAmI { obj: authenticatedUser { id type } }")
STATUSES: Final = _pages(
    "TicketStatuses", "allTicketStatuses", "TicketStatusWhereInput", "id type organization { id }", "createdAt"
)
PROPERTIES: Final = _pages("Properties", "allProperties", "PropertyWhereInput", _PROPERTY)
PROPERTY_IDS: Final = _pages("PropertyIds", "allProperties", "PropertyWhereInput", _TOLD, "createdAt")
CONTACTS: Final = _pages("Contacts", "allContacts", "ContactWhereInput", _CONTACT)
CONTACT_IDS: Final = _pages("ContactIds", "allContacts", "ContactWhereInput", _TOLD, "createdAt")
TICKETS: Final = _pages("Tickets", "allTickets", "TicketWhereInput", _TICKET)
TICKET_IDS: Final = _pages("TicketIds", "allTickets", "TicketWhereInput", _TOLD, "createdAt")
COMMENTS: Final = _pages("TicketComments", "allTicketComments", "TicketCommentWhereInput", _COMMENT)
UPDATE_TICKET: Final = Operation(
    "UpdateTicket",
    "mutation UpdateTicket($id: ID!, $data: TicketUpdateInput!)"
    f" {{ obj: updateTicket(id: $id, data: $data) {{ {_TICKET} }} }}",
    is_mutation=True,
)
ADD_COMMENT: Final = Operation(
    "AddTicketComment",
    "mutation AddTicketComment($data: TicketCommentCreateInput!) { obj: createTicketComment(data: $data) { id } }",
    is_mutation=True,
)
OF_STREAM: Final[dict[Stream, tuple[Operation, ...]]] = {
    Stream.PROPERTIES: (PROPERTIES, PROPERTY_IDS),
    Stream.OCCUPANCIES: (CONTACTS, CONTACT_IDS),
    Stream.TICKETS: (TICKETS, TICKET_IDS),
    Stream.COMMENTS: (COMMENTS,),
    Stream.PUSH_BACK: (STATUSES, UPDATE_TICKET, ADD_COMMENT),
}
