"""Let logins and clients name who stands for somebody that was merged."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TypeVar

from attrs import evolve, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import CommandId, PersonId, PortfolioId, derive_id
from marketplace_core.domain.identity.clients import ApiClient
from marketplace_core.domain.identity.grants import StoredGrant, repointed
from marketplace_core.domain.identity.log import identity_command, subject_of
from marketplace_core.domain.identity.users import User
from marketplace_core.errors import NotFound
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.identity.identities import Identities

Held = TypeVar("Held", User, ApiClient)


@frozen
class RepointGrants:
    """Goes through everybody with a role in a portfolio; what one run did not reach, the next one does."""

    identities: Identities
    directory: Directory

    def __call__(
        self,
        command: Command,
        *,
        further: Mapping[PersonId, PersonId] | None = None,
        dry_run: bool = False,
    ) -> tuple[str, ...]:
        """Who was changed, or in a dry run would be, as the log names them; by id, users first.

        ``command`` is the books', in whose name it is done. ``further`` says who will stand for whom, beside those
        that the books say.
        """
        own = command.portfolio_id
        stands = _StandIns(self.directory, own, further or {})
        changed: list[str] = []
        for user in [it for it in self.identities.users(own) if stands.moves(it.grants)]:
            changed.append(subject_of(user))
            if not dry_run:
                step = _step(command, user)
                self.identities.change_user(step, user.user_id, partial(_moved, stands, user))
        for client in [it for it in self.identities.clients(own) if stands.moves(it.grants)]:
            changed.append(subject_of(client))
            if not dry_run:
                step = _step(command, client)
                self.identities.change_client(step, client.client_id, partial(_moved, stands, client))
        return tuple(changed)


class _StandIns:
    """Who stands for whom, asked once a person."""

    def __init__(self, directory: Directory, portfolio_id: PortfolioId, further: Mapping[PersonId, PersonId]) -> None:
        self._directory, self._portfolio_id, self._further = directory, portfolio_id, further
        self._known: dict[PersonId, PersonId] = {}

    def moved(self, grants: tuple[StoredGrant, ...]) -> tuple[StoredGrant, ...]:
        """The grants as they name who stands for their people."""
        named = {it.person_id for it in grants if it.person_id and it.portfolio_id == self._portfolio_id}
        stands = {it: kept for it in named if (kept := self._of(it)) != it}
        return repointed(grants, self._portfolio_id, stands)

    def moves(self, grants: tuple[StoredGrant, ...]) -> bool:
        """True where some of the grants name somebody else then."""
        return self.moved(grants) != grants

    def _of(self, person_id: PersonId) -> PersonId:
        if person_id not in self._known:
            try:
                kept = self._directory.person(self._portfolio_id, person_id).merged_into or person_id
            except NotFound:
                kept = person_id
            self._known[person_id] = self._further.get(kept, kept)
        return self._known[person_id]


def _moved(stands: _StandIns, found: Held, known: Held | None) -> Held:
    """The login or client as it stands under the lock, which was found by a look before."""
    held = known or found
    return evolve(held, grants=stands.moved(held.grants))


def _step(command: Command, value: User | ApiClient) -> Command:
    """One step of the books' command: the same version of the same login or client gives the same id."""
    command_id = CommandId(derive_id("cmd", command.command_id, subject_of(value), str(value.version)))
    kind = f"{subject_of(value).partition(':')[0]}.repoint"
    return identity_command(command_id, kind, command.actor, command.recorded_at, command.reason)
