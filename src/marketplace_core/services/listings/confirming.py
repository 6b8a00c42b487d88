"""A person says who the tenant of an application is."""

from __future__ import annotations

from attrs import evolve, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import PersonRecorded
from marketplace_core.domain.identifiers import ApplicationId, PersonId
from marketplace_core.domain.listings.applications import Application
from marketplace_core.domain.listings.tenants import new_person, person_id_of, standing_person
from marketplace_core.domain.party import Person
from marketplace_core.errors import IllegalTransition, NotFound, RuleViolation
from marketplace_core.services.listings.settling import SettleApplications


@frozen
class ConfirmApplication:
    """Names somebody known, or takes who booked for who they wrote to be; then the application is settled."""

    settle: SettleApplications

    def __call__(self, command: Command, application_id: ApplicationId, person_id: PersonId | None) -> Application:
        """The application, its lease drafted if nothing else is in the way; ``trouble`` says what is.

        ``NotFound`` for an unknown application or person, ``RuleViolation`` for who was erased, ``IllegalTransition``
        where a lease has its tenant already.
        """
        own, applications = command.portfolio_id, self.settle.applications
        known = self._open(command, application_id)
        tenant_id, new = self._tenant(command, known, person_id)
        if new is not None:
            self.settle.books.record(command.part(f"person {tenant_id}"), [PersonRecorded(own, new)])

        def decide(now: Application | None) -> Application | None:
            return now and (evolve(now, person_id=tenant_id) if now.lease_id is None else now)

        applications.change_application(own, application_id, decide)
        return self.settle.one(command, application_id)

    def preview(self, command: Command, application_id: ApplicationId, person_id: PersonId | None) -> Application:
        """The application as it would be, ``trouble`` with what else is in its way; nothing is written.

        Raises what confirming it raises.
        """
        known = self._open(command, application_id)
        tenant_id, _ = self._tenant(command, known, person_id)
        return evolve(known, person_id=tenant_id, trouble=self.settle.in_the_way(command, known))

    def _open(self, command: Command, application_id: ApplicationId) -> Application:
        known = self.settle.applications.application(command.portfolio_id, application_id)
        if known.lease_id is not None:
            raise IllegalTransition(f"application {application_id} is lease {known.lease_id} already: change that one")
        return known

    def _tenant(
        self, command: Command, known: Application, person_id: PersonId | None
    ) -> tuple[PersonId, Person | None]:
        """Who the tenant is, and the person who is yet to be recorded as that."""
        if person_id is None and (known.is_erased or not known.applicant.external_id):
            raise RuleViolation(f"application {known.application_id} tells of nobody any more: name a person")
        meant = person_id or person_id_of(known.portfolio_id, known.system, known.applicant)
        people = self.settle.directory.people(command.portfolio_id)
        if meant in people:
            return standing_person(people, meant).person_id, None
        if person_id is not None:
            raise NotFound(f"portfolio {command.portfolio_id} has no person {person_id}")
        return meant, new_person(known.applicant, meant, needs_verified=False)
