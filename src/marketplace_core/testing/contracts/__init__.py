"""What every adapter of a port must do, as pytest classes: inherit, give a fresh store, run.

>>> from marketplace_core.testing.contracts import BooksContract
>>> class TestMyBooks(BooksContract):
...     pass  # with a fixture `store` that returns a fresh, empty store
"""

from marketplace_core.testing.contracts.accounts import LeaseAccountsContract
from marketplace_core.testing.contracts.aging import AgingContract
from marketplace_core.testing.contracts.applications import ApplicationsContract
from marketplace_core.testing.contracts.balances import BalancesContract, ExactReferencesContract
from marketplace_core.testing.contracts.billing import BillingRunsContract
from marketplace_core.testing.contracts.booking_source import BookingSourceContract
from marketplace_core.testing.contracts.books import BooksContract
from marketplace_core.testing.contracts.cash_desk import CashDeskContract
from marketplace_core.testing.contracts.credentials import AccessTokensContract, PasswordsContract, TokensContract
from marketplace_core.testing.contracts.directory import DirectoryContract
from marketplace_core.testing.contracts.engine import BillingEngineContract
from marketplace_core.testing.contracts.engine_links import EngineLinksContract
from marketplace_core.testing.contracts.engine_records import EngineIntentsContract, EngineLogContract
from marketplace_core.testing.contracts.engine_sums import EngineSumsContract
from marketplace_core.testing.contracts.erasure import ErasureContract
from marketplace_core.testing.contracts.event_log import EventLogContract
from marketplace_core.testing.contracts.holdings import HoldingsContract
from marketplace_core.testing.contracts.identity_log import IdentityLogContract
from marketplace_core.testing.contracts.identity_sessions import AttemptsContract, SessionsContract
from marketplace_core.testing.contracts.identity_users import ClientsContract, UsersContract
from marketplace_core.testing.contracts.inbox import PaymentInboxContract
from marketplace_core.testing.contracts.inquiries import InquiriesContract
from marketplace_core.testing.contracts.inquiry_source import InquirySourceContract
from marketplace_core.testing.contracts.kept_answers import KeptAnswersContract
from marketplace_core.testing.contracts.listing_copies import ListingCopiesContract
from marketplace_core.testing.contracts.listing_portal import ListingPortalContract
from marketplace_core.testing.contracts.listings import ListingsContract
from marketplace_core.testing.contracts.matches import MatchesContract
from marketplace_core.testing.contracts.merging import MergingContract
from marketplace_core.testing.contracts.occupancies import OccupanciesContract
from marketplace_core.testing.contracts.occupancy_source import OccupancySourceContract
from marketplace_core.testing.contracts.outside_engine import EnginePlace, OutsideEngineContract
from marketplace_core.testing.contracts.outside_hands import OccupancyPlace, PropertyPlace, SinkPlace, TicketPlace
from marketplace_core.testing.contracts.pending_acts import PendingActsContract
from marketplace_core.testing.contracts.pictures import PicturesContract
from marketplace_core.testing.contracts.portal_hands import PortalPlace, VisitorPlace
from marketplace_core.testing.contracts.property_books import PropertyBooksContract
from marketplace_core.testing.contracts.property_source import PropertySourceContract
from marketplace_core.testing.contracts.public_listings import PublicListingsContract
from marketplace_core.testing.contracts.register import RegisterContract
from marketplace_core.testing.contracts.shared_inbox import SharedInboxContract
from marketplace_core.testing.contracts.state import BooksStateContract
from marketplace_core.testing.contracts.sync_progress import SyncProgressContract
from marketplace_core.testing.contracts.ticket_sink import TicketSinkContract
from marketplace_core.testing.contracts.ticket_source import TicketCommentsContract, TicketSourceContract
from marketplace_core.testing.contracts.tickets import TicketsContract


class BookStoreContract(
    BooksContract,
    DirectoryContract,
    LeaseAccountsContract,
    BillingRunsContract,
    PaymentInboxContract,
    CashDeskContract,
    MatchesContract,
    EventLogContract,
    BooksStateContract,
    ErasureContract,
    MergingContract,
    AgingContract,
    BalancesContract,
    ExactReferencesContract,
    SharedInboxContract,
    HoldingsContract,
    RegisterContract,
    PendingActsContract,
    EngineLinksContract,
    EngineSumsContract,
    TicketsContract,
    PropertyBooksContract,
    OccupanciesContract,
    ListingsContract,
    ListingCopiesContract,
    ApplicationsContract,
    InquiriesContract,
):
    """All suites at once, for a store that serves every port of the books."""


class IdentityStoreContract(UsersContract, ClientsContract, SessionsContract, AttemptsContract, IdentityLogContract):
    """All suites at once, for a store that serves every port of identities."""


__all__ = [
    "AccessTokensContract",
    "AgingContract",
    "ApplicationsContract",
    "AttemptsContract",
    "BalancesContract",
    "BillingEngineContract",
    "BillingRunsContract",
    "BookStoreContract",
    "BookingSourceContract",
    "BooksContract",
    "BooksStateContract",
    "CashDeskContract",
    "ClientsContract",
    "DirectoryContract",
    "EngineIntentsContract",
    "EngineLinksContract",
    "EngineLogContract",
    "EnginePlace",
    "EngineSumsContract",
    "ErasureContract",
    "EventLogContract",
    "ExactReferencesContract",
    "HoldingsContract",
    "IdentityLogContract",
    "IdentityStoreContract",
    "InquiriesContract",
    "InquirySourceContract",
    "KeptAnswersContract",
    "LeaseAccountsContract",
    "ListingCopiesContract",
    "ListingPortalContract",
    "ListingsContract",
    "MatchesContract",
    "MergingContract",
    "OccupanciesContract",
    "OccupancyPlace",
    "OccupancySourceContract",
    "OutsideEngineContract",
    "PasswordsContract",
    "PaymentInboxContract",
    "PendingActsContract",
    "PicturesContract",
    "PortalPlace",
    "PropertyBooksContract",
    "PropertyPlace",
    "PropertySourceContract",
    "PublicListingsContract",
    "RegisterContract",
    "SessionsContract",
    "SharedInboxContract",
    "SinkPlace",
    "SyncProgressContract",
    "TicketCommentsContract",
    "TicketPlace",
    "TicketSinkContract",
    "TicketSourceContract",
    "TicketsContract",
    "TokensContract",
    "UsersContract",
    "VisitorPlace",
]
