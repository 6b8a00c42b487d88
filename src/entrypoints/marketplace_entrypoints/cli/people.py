"""People of the books: list and record them, link them to other systems, merge who is recorded twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from attrs import evolve
from cyclopts import Parameter

from marketplace_core.domain.facts import PersonRecorded
from marketplace_core.domain.first_system.parsing import kenyan_phone
from marketplace_core.domain.identifiers import PersonId, checked_id
from marketplace_core.domain.party import ExternalId, Person
from marketplace_core.services.people import SYSTEMS
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.failures import Refused
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Where
from marketplace_entrypoints.cli.session import Session, opened

if TYPE_CHECKING:
    from marketplace_core.services.merging import MergedPeople, MergePeople

app = group("people", "People of the books: list, record, link to other systems, merge who is recorded twice.")


@app.default
@app.command(name="list")
def list_people(
    *,
    merged: Annotated[bool, Parameter(negative=(), help="Also who was merged into somebody else.")] = False,
    where: Where = HERE,
) -> int:
    """Everybody in the portfolio, by id."""
    with opened(where) as here:
        known = sorted(here.ports.people(here.portfolio_id).values(), key=lambda it: it.person_id)
        found = [it for it in known if merged or it.merged_into is None]
        rows = ((it.person_id, it.shown_name, ", ".join(it.phones), it.email, it.merged_into or "") for it in found)
        header = ("person", "name", "phones", "e-mail", "merged into")
        return here.answer({"people": [_plain_person(it) for it in found]}, table(header, rows))


@app.command(name="record")
def record(
    person: str,
    *,
    name: Annotated[str, Parameter(help="What they are called; needed of somebody new.")] = "",
    phone: Annotated[
        tuple[str, ...], Parameter(negative=(), help="Their phone, in place of all; again for more.")
    ] = (),
    email: Annotated[str, Parameter(help="Their e-mail address.")] = "",
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Record somebody, or change what is said of them; what is not said stays."""
    with opened(where) as here:
        person_id = PersonId(checked_id(person))
        known = here.ports.people(here.portfolio_id).get(person_id)
        if not name and (known is None or known.is_erased):
            raise Refused(f"person {person_id} is new: say what they are called with --name")
        before = known or Person(person_id, name)
        phones = tuple(map(kenyan_phone, phone)) or before.phones
        after = evolve(before, name=name or before.name, phones=phones, email=email or before.email, merged_into=None)
        command = here.command("person.record", act)
        here.ports.record(command, [PersonRecorded(here.portfolio_id, after)], dry_run=act.dry_run)
        verb = "Would record" if act.dry_run else "Recorded"
        words = (
            f"{verb} {person_id}: {after.name}, {', '.join(after.phones) or 'no phone'}, {after.email or 'no e-mail'}"
        )
        return here.answer({**_plain_person(after), "dry_run": act.dry_run}, words)


@app.command(name="same")
def same(*, where: Where = HERE) -> int:
    """Who may be recorded twice, with what speaks for it; a person decides."""
    with opened(where) as here:
        people = here.ports.people(here.portfolio_id)
        found = here.container.find_same_people()(here.portfolio_id)
        told = [
            {
                "first": _plain_person(people[it.first]),
                "second": _plain_person(people[it.second]),
                "reasons": [one.value for one in it.reasons],
                "names_agree": it.names_agree,
            }
            for it in found
        ]
        rows = (
            (
                it.first,
                people[it.first].shown_name,
                it.second,
                people[it.second].shown_name,
                ", ".join(it.reasons),
                "" if it.names_agree else "their names differ",
            )
            for it in found
        )
        header = ("first", "name", "second", "name", "they share", "but")
        words = (
            f"{len(found)} pairs may be one person each; merge one with marketplace people merge SECOND --into FIRST"
        )
        return here.answer({"same": told}, words, table(header, rows))


@app.command(name="link")
def link(person: str, system: str, kind: str, external_id: str, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Let the id by which another system calls somebody stand for them; KIND is what it is there, such as account."""
    with opened(where) as here:
        person_id = PersonId(person)
        command = here.command("person.link", act)
        here.container.link_person()(command, system, kind, external_id, person_id, dry_run=act.dry_run)
        verb = "Would link" if act.dry_run else "Linked"
        told = {**_plain_link(ExternalId(system, kind, external_id)), "person": person_id, "dry_run": act.dry_run}
        return here.answer(told, f"{verb} {system} {kind} {external_id} to {person_id}")


@app.command(name="links")
def links(person: str, *, where: Where = HERE) -> int:
    """What other systems call somebody."""
    with opened(where) as here:
        known = here.ports.person(here.portfolio_id, PersonId(person))
        found = here.ports.external_ids(here.portfolio_id, known.person_id)
        told = {"person": known.person_id, "links": [_plain_link(it) for it in found]}
        rows = ((it.system, it.kind, it.external_id) for it in found)
        words = f"{known.person_id} is linked {len(found)} times; the systems are {', '.join(SYSTEMS)}"
        return here.answer(told, words, table(("system", "kind", "id"), rows))


@app.command(name="merge")
def merge(
    duplicate: str,
    *,
    into: Annotated[str, Parameter(help="Who stands for both from then on.")],
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Let one person stand for another one: leases, properties, links and logins; it cannot be undone."""
    with opened(where) as here:
        here.require_reason(act, "merge")
        command = here.command("person.merge", act)
        merge_people = _merge_people(here)
        duplicate_id, kept_id = PersonId(duplicate), PersonId(into)
        if not (act.dry_run or act.yes or here.is_repeated):
            would = merge_people(command, duplicate_id, kept_id, dry_run=True)
            here.output.say("\n".join(_words(would, is_plan=True)))
            here.require_yes(act, f"Merge {duplicate} into {into}, for good?")
        done = merge_people(command, duplicate_id, kept_id, dry_run=act.dry_run)
        return here.answer(_plain_merge(done, act), *_words(done, is_plan=act.dry_run))


def _merge_people(here: Session) -> MergePeople:
    if here.store.identities is None:
        return here.container.merge_people()
    from marketplace_entrypoints.composition_identity import wired_identity

    return wired_identity(here.settings, here.store).merge_people()


def _words(done: MergedPeople, *, is_plan: bool) -> list[str]:
    kept = done.kept
    said = [f"{'Would merge' if is_plan else 'Merged'} {done.duplicate_id} into {kept.person_id}, {kept.shown_name}"]
    changed = {
        "leases": done.leases,
        "properties": done.properties,
        "links": [f"{it.system} {it.kind} {it.external_id}" for it in done.links],
        "logins": done.logins,
        "phones that are new to them": done.phones,
    }
    said += [f"  {name}: {', '.join(found)}" for name, found in changed.items() if found]
    return said if any(changed.values()) else [*said, "  nothing named them, and nothing changes but the mark"]


def _plain_merge(done: MergedPeople, act: Act) -> plain.Plain:
    return {
        "duplicate": done.duplicate_id,
        "kept": _plain_person(done.kept),
        "leases": list(done.leases),
        "properties": list(done.properties),
        "links": [_plain_link(it) for it in done.links],
        "logins": list(done.logins),
        "phones": list(done.phones),
        "reason": act.reason,
        "dry_run": act.dry_run,
    }


def _plain_person(it: Person) -> plain.Plain:
    """A person for machines; a national id is never shown."""
    return {
        "person": it.person_id,
        "name": it.name,
        "phones": list(it.phones),
        "email": it.email,
        "merged_into": it.merged_into,
    }


def _plain_link(it: ExternalId) -> plain.Plain:
    return {"system": it.system, "kind": it.kind, "id": it.external_id}
