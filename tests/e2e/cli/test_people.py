"""People from the command line: recorded, linked, proposed as one, merged for good; and a user who is erased."""

from __future__ import annotations

import pytest
from tests.e2e.cli.conftest import Marketplace

from marketplace_entrypoints.cli.failures import Exit

pytestmark = pytest.mark.postgres
WHY = ("--reason", "one and the same")


def test_a_person_is_recorded_and_changed(marketplace: Marketplace) -> None:
    """What is not said stays; a new one needs a name; a number that is none is refused."""
    assert marketplace("people", "record", "amina").code == Exit.USAGE
    record = ("people", "record", "amina", "--name", "Amina Otieno", "--phone", "0711222333")
    assert marketplace(*record, "--dry-run", "--json").told["phones"] == ["254711222333"]
    assert "amina" not in marketplace("people", "list", "--json").out
    assert marketplace(*record).code == Exit.DONE
    changed = marketplace("people", "record", "amina", "--email", "a@example.org", "--json").told
    assert (changed["name"], changed["phones"], changed["email"]) == ("Amina Otieno", ["254711222333"], "a@example.org")
    assert "Amina Otieno" in marketplace("people").out
    assert marketplace("people", "record", "amina", "--phone", "12").code == Exit.FAILED


def test_who_is_recorded_twice_becomes_one(marketplace: Marketplace) -> None:
    """Proposed, planned, asked for, done once; leases, links and logins follow, and the books hold."""
    shown = marketplace("people", "list", "--json").told["people"]
    leases = marketplace("leases", "list", "--json").told["leases"]
    tenant = next(it for it in shown if it["phones"])
    lease = next(it["lease"] for it in leases if it["tenant"] == tenant["name"])
    record = ("people", "record", "again", "--name", tenant["name"], "--phone", tenant["phones"][0])
    assert marketplace(*record).code == Exit.DONE
    (pair,) = (it for it in marketplace("people", "same", "--json").told["same"] if "again" in str(it))
    assert (pair["reasons"], pair["names_agree"]) == (["phone"], True)
    assert marketplace("people", "link", tenant["person"], "condo", "contact", "c-1").code == Exit.DONE
    assert marketplace("people", "link", tenant["person"], "elsewhere", "contact", "c-1").code == Exit.FAILED
    invite = ("users", "invite", "t@example.org", "--role", "tenant", "--person", tenant["person"])
    user = marketplace(*invite, "--portfolio", "sample", "--json").told["user"]
    merge = ("people", "merge", tenant["person"], "--into", "again")
    assert marketplace(*merge).code == Exit.USAGE
    asked = marketplace(*merge, *WHY)
    assert (asked.code, user in asked.err, "--yes" in asked.err) == (Exit.USAGE, True, True)
    plan = marketplace(*merge, *WHY, "--dry-run", "--json").told
    assert [it["id"] for it in plan["links"] if it["system"] == "condo"] == ["c-1"]
    assert lease in plan["leases"]
    assert plan["logins"] == [f"user:{user}"]
    assert marketplace("people", "links", "again", "--json").told["links"] == []
    done = marketplace(*merge, *WHY, "--yes", "--command-id", "m1", "--json").told
    assert {**done, "dry_run": True} == plan
    again = marketplace(*merge, *WHY, "--command-id", "m1", "--json")
    assert (again.code, again.told["repeated"]) == (Exit.DONE, True)
    assert marketplace("people", "links", "again", "--json").told["links"] == plan["links"]
    told = marketplace("people", "list", "--merged", "--json").told["people"]
    assert [it["merged_into"] for it in told if it["person"] == tenant["person"]] == ["again"]
    assert tenant["person"] not in [it["person"] for it in marketplace("people", "list", "--json").told["people"]]
    refused = marketplace("people", "record", tenant["person"], "--name", "Somebody")
    assert (refused.code, "again" in refused.err) == (Exit.FAILED, True)
    assert lease in marketplace("leases", "list", "--json").out
    assert marketplace("verify").code == Exit.DONE
    assert marketplace("replay").code == Exit.DONE


def test_a_user_is_erased_for_good(marketplace: Marketplace) -> None:
    """Once disabled, with a reason and a yes; the log of users holds."""
    invite = ("users", "invite", "gone@example.org", "--name", "Gone Away", "--role", "admin")
    user = marketplace(*invite, "--json").told["user"]
    erase = ("users", "erase", user)
    assert marketplace(*erase, "--yes").code == Exit.USAGE
    assert marketplace(*erase, "--yes", *WHY).code == Exit.FAILED
    assert marketplace("users", "disable", user).code == Exit.DONE
    assert marketplace(*erase, *WHY).code == Exit.USAGE
    assert marketplace(*erase, *WHY, "--yes", "--json").told["email"] == ""
    assert "gone" not in marketplace("users", "list", "--json").out.casefold()
    assert marketplace("users", "enable", user).code == Exit.FAILED
    assert marketplace("verify").code == Exit.DONE
