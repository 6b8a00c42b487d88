"""Make of each accepted booking one draft lease, and free what is booked no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial

from attrs import field, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ApplicationId
from marketplace_core.domain.lease import Lease, LeaseStatus
from marketplace_core.domain.listings.applications import (
    Application,
    ApplicationStatus,
    drafted,
    freed,
    is_of,
    troubled,
)
from marketplace_core.errors import AlreadyExists, ConcurrentChange, InvalidInput, NotFound, RuleViolation
from marketplace_core.ports.books import Books
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.listings.applications import Applications
from marketplace_core.ports.listings.listings import Listings
from marketplace_core.services.leases import ChangeLease
from marketplace_core.services.listings.drafting import Drafting, DraftRule

DRAFTED, CANCELLED, WAITING, SETTLED = "drafted", "cancelled", "waiting", "settled"


@frozen
class SettleApplications:
    """Looks at each application that waits: those that free a lease first, then in the order of acceptance.

    A lease is written whole with its tenant and links, under an id that derives from the booking: looked for before
    it is made, so that whatever crash came before, none is made twice. A draft is cancelled where its booking is; an
    active lease is never touched. What cannot be settled waits with its reason, and each pass looks again.
    """

    applications: Applications
    listings: Listings
    accounts: LeaseAccounts
    books: Books
    directory: Directory
    clock: Clock
    system: str
    rule: DraftRule = field(factory=DraftRule)

    def __call__(self, command: Command, *, whole: bool = False) -> Mapping[str, int]:
        """How many were ``drafted``, ``cancelled``, ``settled`` without either, and how many are ``waiting``.

        ``whole`` looks also for leases that nobody noted of what waits for nothing: a pass that was killed drafted them
        while another one settled what was cancelled meanwhile.
        """
        waiting = list(self.applications.waiting_applications(command.portfolio_id, self.system))
        settling = self._settling(command)
        if whole:
            leases = settling.drafting.leases
            known = self.applications.applications(command.portfolio_id)
            own = (it for it in known if it.system == self.system and not it.is_waiting)
            waiting += [it for it in own if it.next_lease_id in leases]
        in_order = sorted(waiting, key=lambda it: it.status is ApplicationStatus.ACCEPTED)
        return dict(Counter(map(settling.settle, in_order)))

    def one(self, command: Command, application_id: ApplicationId) -> Application:
        """One application, settled if it waits."""
        known = self.applications.application(command.portfolio_id, application_id)
        if known.is_waiting:
            self._settling(command).settle(known)
        return self.applications.application(command.portfolio_id, application_id)

    def in_the_way(self, command: Command, it: Application) -> str:
        """Why no lease would be drafted of an application whose tenant is known; "" where one would be."""
        if it.status is not ApplicationStatus.ACCEPTED:
            return f"the booking is {it.status}: a lease is drafted once it is accepted"
        try:
            self._settling(command).drafting.require_lettable(it)
        except (RuleViolation, NotFound) as problem:
            return str(problem)
        return ""

    def _settling(self, command: Command) -> _Settling:
        drafting = Drafting(self.listings, self.accounts, self.books, self.directory, self.clock, self.rule, command)
        return _Settling(self.applications, self.books, drafting)


@frozen
class _Settling:
    """One pass."""

    applications: Applications
    books: Books
    drafting: Drafting

    def settle(self, it: Application) -> str:
        """What came of one; where somebody else changed its lease at the same moment, the next pass looks again."""
        try:
            return self._settled(it)
        except ConcurrentChange:
            return WAITING

    def _settled(self, it: Application) -> str:
        lease_id = it.lease_id or it.next_lease_id
        lease = self.drafting.leases.get(lease_id)
        if lease is not None and it.lease_id is None:
            it = self._change(it, partial(_noted, lease=lease))
        if lease is not None and it.lease_id != lease.lease_id:
            return WAITING
        return self._accepted(it, lease) if it.status is ApplicationStatus.ACCEPTED else self._over(it, lease)

    def _over(self, it: Application, lease: Lease | None) -> str:
        """Free the lease of what is accepted no more."""
        if lease is not None and lease.status is LeaseStatus.DRAFT:
            self._cancel(lease)
            self._free(it)
            return CANCELLED
        if lease is None or lease.status in (LeaseStatus.CANCELLED, LeaseStatus.ENDED):
            self._free(it)
            return SETTLED
        return self._waits(
            it, f"the booking is {it.status}, and lease {lease.lease_id} of it is {lease.status}: end it, or let it be"
        )

    def _accepted(self, it: Application, lease: Lease | None) -> str:
        """Draft the lease that it wants, once; one that a person cancelled since is not made again."""
        if lease is not None and lease.status is LeaseStatus.CANCELLED and it.trouble:
            it = self._free(it)
        elif lease is not None:
            if is_of(it, lease) or lease.status is LeaseStatus.CANCELLED:
                self._tell(it, "")
                return SETTLED
            if lease.status is not LeaseStatus.DRAFT:
                return self._waits(it, _differs(it, lease))
            self._cancel(lease)
            it = self._free(it)
        if it.lease_id is not None:
            return WAITING
        try:
            made = self.drafting.draft(it)
        except (RuleViolation, NotFound, AlreadyExists, InvalidInput) as problem:
            return self._waits(it, str(problem))
        return WAITING if self._change(it, partial(_noted, lease=made)).trouble else DRAFTED

    def _waits(self, it: Application, trouble: str) -> str:
        self._tell(it, trouble)
        return WAITING

    def _tell(self, it: Application, trouble: str) -> None:
        """What another pass, or a booking told meanwhile, made of it is left to the next pass."""
        self._change(it, lambda now: troubled(now, trouble) if now == it else now)

    def _free(self, it: Application) -> Application:
        """Another pass may have drafted another lease of it meanwhile, which stays with it."""
        return self._change(it, lambda now: freed(now, it.lease_id))

    def _cancel(self, lease: Lease) -> None:
        part = self.drafting.command.part(f"cancel {lease.lease_id} {lease.version}")
        cancelled = ChangeLease(self.books, lease.version).cancel(part, lease.lease_id)
        self.drafting.leases[lease.lease_id] = cancelled

    def _change(self, it: Application, step: Callable[[Application], Application]) -> Application:
        def decide(now: Application | None) -> Application | None:
            return now and step(now)

        return self.applications.change_application(it.portfolio_id, it.application_id, decide) or it


def _noted(now: Application, lease: Lease) -> Application:
    """The application with the lease that was made of it; where it was changed meanwhile, it is looked at again."""
    after = drafted(now, lease.lease_id, lease.tenant_ids[0])
    return after if after.lease_id != lease.lease_id or is_of(after, lease) else troubled(after, _differs(after, lease))


def _differs(it: Application, lease: Lease) -> str:
    of = f"lease {lease.lease_id} of it is {lease.status}"
    if lease.unit_id != it.unit_id:
        return f"it is of unit {it.unit_id} by now, and {of} and of unit {lease.unit_id}: change what is wrong"
    if it.person_id is None:
        return f"somebody else books by now, and {of}: change what is wrong"
    return (
        f"its days are {it.starts_on} to {it.ends_on} by now, and {of}, {lease.start} to {lease.end or 'open'}: change"
        " what is wrong"
    )
