"""What we need of Condo's schema, stream by stream: each type and field that an operation touches, as measured.

``Type { field(argument: Type): Type }``: of what is read the type must be that or stricter, of what is sent that or
laxer, and nothing may be required that we do not send. ``Enum = members``: no other member may be there, for we would
not know what it means. ``Enum > members``: these must be there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from marketplace_adapters.condo.operations import Stream


@frozen
class Needed:
    """What we need of one type: fields with their types, arguments by field, members of an enumeration."""

    name: str
    fields: Mapping[str, str] = field(factory=dict[str, str])
    arguments: Mapping[str, Mapping[str, str]] = field(factory=dict[str, Mapping[str, str]])
    members: frozenset[str] = frozenset()
    is_closed: bool = False


_TYPE: Final = re.compile(r"(\w+) \{([^}]*)\}")
_FIELD: Final = re.compile(r"(\w+)(?:\(([^)]*)\))?: ([\w\[\]!]+)")
_ENUM: Final = re.compile(r"(\w+) ([=>]) ([\w ]+)")

_AS_MEASURED: Final[Mapping[Stream, str]] = {
    Stream.PROPERTIES: """
        BuildingFloor { name: String!, units: [BuildingUnit]! }
        BuildingMap { parking: [BuildingSection], sections: [BuildingSection] }
        BuildingSection { floors: [BuildingFloor]!, name: String! }
        BuildingUnit { label: String!, unitType: BuildingUnitSubType }
        OrganizationWhereInput { id: ID }
        Property { address: String, createdAt: String, deletedAt: String, id: ID!, map: BuildingMap, name:
            String, updatedAt: String, v: Int }
        PropertyWhereInput { OR: [PropertyWhereInput], createdAt_gte: String, deletedAt: String, deletedAt_not:
            String, organization: OrganizationWhereInput, updatedAt_gte: String }
        Query { allProperties(first: Int, skip: Int, sortBy: [SortPropertiesBy!], where: PropertyWhereInput):
            [Property] }
        BuildingUnitSubType = apartment commercial flat parking warehouse
        SortPropertiesBy > createdAt_ASC id_ASC updatedAt_ASC
    """,
    Stream.OCCUPANCIES: """
        Contact { createdAt: String, deletedAt: String, email: String, id: ID!, isVerified: Boolean, name:
            String, phone: String, property: Property, role: ContactRole, unitName: String, unitType:
            ContactUnitTypeType, updatedAt: String, v: Int }
        ContactRole { id: ID!, name: String }
        ContactWhereInput { OR: [ContactWhereInput], createdAt_gte: String, deletedAt: String, deletedAt_not:
            String, organization: OrganizationWhereInput, updatedAt_gte: String }
        OrganizationWhereInput { id: ID }
        Property { id: ID! }
        Query { allContacts(first: Int, skip: Int, sortBy: [SortContactsBy!], where: ContactWhereInput):
            [Contact] }
        ContactUnitTypeType = apartment commercial flat parking warehouse
        SortContactsBy > createdAt_ASC id_ASC updatedAt_ASC
    """,
    Stream.TICKETS: """
        Contact { id: ID! }
        OrganizationWhereInput { id: ID }
        Property { id: ID! }
        Query { allTickets(first: Int, skip: Int, sortBy: [SortTicketsBy!], where: TicketWhereInput): [Ticket] }
        Ticket { assignee: User, classifier: TicketClassifier, clientName: String, clientPhone: String, contact:
            Contact, createdAt: String, deferredUntil: String, deletedAt: String, details: String, executor:
            User, id: ID!, isEmergency: Boolean, number: Int, priority: Int, property: Property, status:
            TicketStatus, statusReason: String, statusUpdatedAt: String, title: String, unitName: String,
            unitType: TicketUnitTypeType, updatedAt: String, v: Int }
        TicketCategoryClassifier { name: String }
        TicketClassifier { category: TicketCategoryClassifier, place: TicketPlaceClassifier, problem:
            TicketProblemClassifier }
        TicketPlaceClassifier { name: String }
        TicketProblemClassifier { name: String }
        TicketStatus { id: ID!, type: TicketStatusTypeType }
        TicketWhereInput { OR: [TicketWhereInput], createdAt_gte: String, deletedAt: String, deletedAt_not:
            String, id: ID, organization: OrganizationWhereInput, updatedAt_gte: String }
        User { id: ID!, name: String }
        SortTicketsBy > createdAt_ASC id_ASC updatedAt_ASC
        TicketStatusTypeType = canceled closed completed deferred new_or_reopened processing
        TicketUnitTypeType = apartment commercial flat parking warehouse
    """,
    Stream.COMMENTS: """
        OrganizationWhereInput { id: ID }
        Query { allTicketComments(first: Int, skip: Int, sortBy: [SortTicketCommentsBy!], where:
            TicketCommentWhereInput): [TicketComment] }
        Ticket { id: ID! }
        TicketComment { content: String, createdAt: String, deletedAt: String, id: ID!, ticket: Ticket, type:
            TicketCommentTypeType, updatedAt: String, user: User }
        TicketCommentWhereInput { OR: [TicketCommentWhereInput], deletedAt: String, deletedAt_not: String,
            ticket: TicketWhereInput, updatedAt_gte: String }
        TicketWhereInput { organization: OrganizationWhereInput }
        User { id: ID!, name: String }
        SortTicketCommentsBy > id_ASC updatedAt_ASC
        TicketCommentTypeType = organization resident
    """,
    Stream.PUSH_BACK: """
        Mutation { createTicketComment(data: TicketCommentCreateInput): TicketComment, updateTicket(data:
            TicketUpdateInput, id: ID!): Ticket }
        Organization { id: ID! }
        Query { allTicketStatuses(first: Int, skip: Int, sortBy: [SortTicketStatusesBy!], where:
            TicketStatusWhereInput): [TicketStatus] }
        SenderFieldInput { dv: Int!, fingerprint: String! }
        TicketComment { id: ID! }
        TicketCommentCreateInput { content: String, dv: Int, sender: SenderFieldInput, ticket:
            TicketRelateToOneInput, type: TicketCommentTypeType, user: UserRelateToOneInput }
        TicketRelateToOneInput { connect: TicketWhereUniqueInput }
        TicketStatus { organization: Organization }
        TicketStatusRelateToOneInput { connect: TicketStatusWhereUniqueInput }
        TicketStatusWhereInput { OR: [TicketStatusWhereInput], organization: OrganizationWhereInput,
            organization_is_null: Boolean }
        TicketStatusWhereUniqueInput { id: ID! }
        TicketUpdateInput { deferredUntil: String, dv: Int, sender: SenderFieldInput, status:
            TicketStatusRelateToOneInput, statusReason: String }
        TicketWhereUniqueInput { id: ID! }
        UserRelateToOneInput { connect: UserWhereUniqueInput }
        UserWhereUniqueInput { id: ID! }
        SortTicketStatusesBy > createdAt_ASC id_ASC
    """,
}


def _parsed(text: str) -> dict[str, Needed]:
    found = dict[str, Needed]()
    for name, body in _TYPE.findall(text):
        fields = _FIELD.findall(" ".join(body.split()))
        arguments = {of: _arguments(said) for of, said, _ in fields if said}
        found[name] = Needed(name, {of: kind for of, _, kind in fields}, arguments)
    for name, sign, members in _ENUM.findall(text):
        found[name] = Needed(name, members=frozenset(members.split()), is_closed=sign == "=")
    return found


def _arguments(said: str) -> dict[str, str]:
    return {name: kind for name, _, kind in (it.partition(": ") for it in said.split(", "))}


NEEDED: Final[Mapping[Stream, Mapping[str, Needed]]] = {stream: _parsed(text) for stream, text in _AS_MEASURED.items()}
"""By stream and name of type. Pushing back needs what tickets need besides."""
