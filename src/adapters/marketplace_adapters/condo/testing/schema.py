"""The part of Condo's schema that our operations touch, and a little more; names, types and nulls are the real ones."""

from __future__ import annotations

from typing import Final

_KINDS: Final = "{ parking flat apartment commercial warehouse }"
_SORTS: Final = ("Properties", "Contacts", "Tickets", "TicketComments", "TicketStatuses", "Organizations", "Residents")
_FILTERED: Final = (
    ("Property", "organization: OrganizationWhereInput name: String address: String"),
    (
        "Contact",
        (
            "organization: OrganizationWhereInput property: PropertyWhereInput unitName: String"
            " unitType: ContactUnitTypeType phone: String"
        ),
    ),
    (
        "Ticket",
        "organization: OrganizationWhereInput property: PropertyWhereInput status: TicketStatusWhereInput number: Int",
    ),
    ("TicketComment", "ticket: TicketWhereInput type: TicketCommentTypeType"),
    (
        "TicketStatus",
        (
            "organization: OrganizationWhereInput organization_is_null: Boolean type: TicketStatusTypeType"
            " type_in: [TicketStatusTypeType]"
        ),
    ),
    ("Organization", "name: String"),
    ("Resident", "organization: OrganizationWhereInput"),
)
_INSTANTS: Final = " ".join(
    f"{name}: String {name}_not: String {name}_lt: String {name}_lte: String {name}_gt: String {name}_gte: String"
    for name in ("createdAt", "updatedAt", "deletedAt")
)


def _filters() -> str:
    return "\n".join(
        f"input {name}WhereInput {{ AND: [{name}WhereInput] OR: [{name}WhereInput] id: ID id_not: ID id_in: [ID]"
        f" id_not_in: [ID] {_INSTANTS} {more} }}"
        for name, more in _FILTERED
    )


def _sorts() -> str:
    members = "createdAt_ASC createdAt_DESC updatedAt_ASC updatedAt_DESC id_ASC id_DESC"
    return "\n".join(f"enum Sort{name}By {{ {members} }}" for name in _SORTS)


def _lists() -> str:
    of = {"Properties": "Property", "TicketStatuses": "TicketStatus"}
    lines = list[str]()
    for name in _SORTS:
        kind = of.get(name, name.removesuffix("s"))
        arguments = f"where: {kind}WhereInput, search: String, sortBy: [Sort{name}By!], first: Int, skip: Int"
        lines.extend((f"all{name}({arguments}): [{kind}]", f"_all{name}Meta({arguments}): _QueryMeta"))
    return "\n  ".join(lines)


_COMMON: Final = "id: ID! v: Int dv: Int createdAt: String updatedAt: String deletedAt: String"

SCHEMA: Final = f"""
type Query {{
  {_lists()}
  authenticatedUser: User
}}

type Mutation {{
  authenticateUserWithPassword(email: String, password: String): authenticateUserOutput
  authenticateUserWithPhoneAndPassword(data: AuthenticateUserWithPhoneAndPasswordInput!): AuthenticateUserWithPhoneAndPasswordOutput
  updateTicket(id: ID!, data: TicketUpdateInput): Ticket
  createTicketComment(data: TicketCommentCreateInput): TicketComment
}}

type _QueryMeta {{ count: Int }}
type authenticateUserOutput {{ token: String item: User }}
type AuthenticateUserWithPhoneAndPasswordOutput {{ item: User token: String! }}
input AuthenticateUserWithPhoneAndPasswordInput {{ dv: Int sender: SenderFieldInput phone: String! password: String! }}
input SenderFieldInput {{ dv: Int! fingerprint: String! }}

type Organization {{ {_COMMON} name: String }}
enum UserTypeType {{ service resident staff }}
type User {{ {_COMMON} name: String type: UserTypeType email: String phone: String }}
type Resident {{ {_COMMON} organization: Organization }}

enum PropertyTypeType {{ building village }}
enum BuildingMapType {{ building }}
enum BuildingSectionType {{ section }}
enum BuildingFloorType {{ floor }}
enum BuildingUnitType {{ unit }}
enum BuildingUnitSubType {_KINDS}
type BuildingUnit {{
  id: String! type: BuildingUnitType! unitType: BuildingUnitSubType name: String label: String! preview: Boolean
}}
type BuildingFloor {{ id: String! type: BuildingFloorType! index: Int! name: String! units: [BuildingUnit]! }}
type BuildingSection {{
  id: String! type: BuildingSectionType! index: Int! name: String! floors: [BuildingFloor]! preview: Boolean
}}
type BuildingMap {{ dv: Int! sections: [BuildingSection] parking: [BuildingSection] type: BuildingMapType }}
type Property {{
  {_COMMON} organization: Organization name: String type: PropertyTypeType map: BuildingMap address: String
}}

type ContactRole {{ {_COMMON} organization: Organization name: String }}
enum ContactUnitTypeType {_KINDS}
type Contact {{
  {_COMMON} organization: Organization property: Property unitName: String unitType: ContactUnitTypeType email: String
  phone: String name: String role: ContactRole isVerified: Boolean hasResident: Boolean note: String
}}

enum TicketStatusTypeType {{ new_or_reopened processing canceled completed deferred closed }}
type TicketStatus {{ {_COMMON} organization: Organization type: TicketStatusTypeType name: String }}
type TicketPlaceClassifier {{ {_COMMON} name: String }}
type TicketCategoryClassifier {{ {_COMMON} name: String }}
type TicketProblemClassifier {{ {_COMMON} name: String }}
type TicketClassifier {{
  {_COMMON} place: TicketPlaceClassifier category: TicketCategoryClassifier problem: TicketProblemClassifier
}}
enum TicketUnitTypeType {_KINDS}
type Ticket {{
  {_COMMON} organization: Organization number: Int property: Property propertyAddress: String unitName: String
  unitType: TicketUnitTypeType status: TicketStatus statusReason: String statusUpdatedAt: String
  statusReopenedCounter: Int completedAt: String deferredUntil: String title: String details: String priority: Int
  isEmergency: Boolean classifier: TicketClassifier contact: Contact client: User clientName: String
  clientPhone: String assignee: User executor: User
}}
enum TicketCommentTypeType {{ organization resident }}
type TicketComment {{ {_COMMON} type: TicketCommentTypeType ticket: Ticket user: User content: String }}

input TicketStatusWhereUniqueInput {{ id: ID! }}
input TicketStatusRelateToOneInput {{ connect: TicketStatusWhereUniqueInput }}
input TicketWhereUniqueInput {{ id: ID! }}
input TicketRelateToOneInput {{ connect: TicketWhereUniqueInput }}
input TicketUpdateInput {{
  dv: Int sender: SenderFieldInput status: TicketStatusRelateToOneInput statusReason: String deferredUntil: String
  details: String
}}
input TicketCommentCreateInput {{
  dv: Int sender: SenderFieldInput type: TicketCommentTypeType ticket: TicketRelateToOneInput
  user: UserRelateToOneInput content: String
}}
input UserWhereUniqueInput {{ id: ID! }}
input UserRelateToOneInput {{ connect: UserWhereUniqueInput }}

{_filters()}
{_sorts()}
"""  # noqa: E501 - a name of theirs is long

LISTS: Final = {
    "allProperties": "Property",
    "allContacts": "Contact",
    "allTickets": "Ticket",
    "allTicketComments": "TicketComment",
    "allTicketStatuses": "TicketStatus",
    "allOrganizations": "Organization",
    "allResidents": "Resident",
}
"""The kind of rows in each list."""
RELATIONS: Final = {
    "organization": "Organization",
    "property": "Property",
    "role": "ContactRole",
    "status": "TicketStatus",
    "classifier": "TicketClassifier",
    "place": "TicketPlaceClassifier",
    "category": "TicketCategoryClassifier",
    "problem": "TicketProblemClassifier",
    "contact": "Contact",
    "client": "User",
    "assignee": "User",
    "executor": "User",
    "ticket": "Ticket",
    "user": "User",
}
"""The kind of row that a field leads to."""
