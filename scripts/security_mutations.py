"""Take each defence of the API away in a scratch copy, one after another, and see that its test fails.

Usage: scripts/security_mutations.py [WORD]; only lines with that word. Prints a line a mutation; ends with 1 where a
test does not notice. Nothing of this tree is changed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HTTP = "src/entrypoints/marketplace_entrypoints/http"
CORE = "src/marketplace_core"
MATRIX = "tests/unit/http/test_role_matrix.py::test_nobody_reaches_what_is_not_theirs"
FRAME, TRUST = "tests/unit/http/test_frame.py", "tests/unit/http/test_trust.py"
ACCESS_TOKENS = "src/adapters/marketplace_adapters/credentials/access_tokens.py"

MUTATIONS: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "object access: a read forgets the reach",
        f"{HTTP}/resources/invoices.py",
        'call.parts.ports.one(call.reach, INVOICES, call.path["invoice_id"])',
        'call.parts.ports.one(type(call.reach)(call.portfolio_id, True), INVOICES, call.path["invoice_id"])',
        f"{MATRIX}[tenant]",
    ),
    (
        "object access: a write passes no gate",
        f"{HTTP}/resources/leases.py",
        (
            '    call.parts.gate.lease(call.actor, call.action, call.portfolio_id, LeaseId(call.path["lease_id"]))\n'
            "    entry = _entry(call)"
        ),
        (
            "    whole = evolve(call.reach, is_whole=True)\n"
            '    entry = call.parts.ports.one(whole, LEASES, call.path["lease_id"])'
        ),
        f"{MATRIX}[owner]",
    ),
    (
        "object access: what is of the whole is done by who reaches a part",
        f"{HTTP}/resources/invoices.py",
        "    call.reach.require_whole()\n    window",
        "    window",
        f"{MATRIX}[owner]",
    ),
    (
        "object access: a user of another book is found by id",
        f"{CORE}/services/identity/roles.py",
        "if not shown_grants(actor, user) and not permits(actor, Action.OPERATE, Target(None)):",
        "if False:",
        f"{MATRIX}[admin]",
    ),
    (
        "function access: the declared rule is not asked",
        f"{HTTP}/running.py",
        "    _require_allowed(call)\n    if not",
        "    if not",
        f"{FRAME}::test_the_declared_rule_holds_before_the_handler",
    ),
    (
        "mass assignment: unknown fields are ignored",
        f"{HTTP}/converter.py",
        "_cattrs_forbid_extra_keys=True",
        "_cattrs_forbid_extra_keys=False",
        f"{TRUST}::test_no_body_sets_what_is_not_its_own",
    ),
    (
        "field exposure: national ids are shown",
        f"{HTTP}/shapes/directory.py",
        "return cls(it.person_id, it.name, it.phones, it.email, it.merged_into)",
        "return cls(it.person_id, it.name, (*it.phones, it.national_id), it.email, it.merged_into)",
        f"{TRUST}::test_what_is_nobodys_business_is_in_no_answer",
    ),
    (
        "session cookie: scripts may read it",
        f"{HTTP}/identity.py",
        "Secure; HttpOnly; SameSite",
        "Secure; SameSite",
        f"{TRUST}::test_a_session_is_a_cookie_of_this_host_alone",
    ),
    (
        "session cookie: other sites send it",
        f"{HTTP}/identity.py",
        "SameSite=Lax",
        "SameSite=None",
        f"{TRUST}::test_a_session_is_a_cookie_of_this_host_alone",
    ),
    (
        "rotation: the session of before lives on",
        f"{HTTP}/resources/sessions.py",
        "old_token=call.session_token or None",
        "old_token=None",
        f"{TRUST}::test_signing_in_again_ends_the_session_of_before",
    ),
    (
        "CSRF: not asked for",
        f"{HTTP}/identity.py",
        "if writes and not compare_digest",
        "if False and not compare_digest",
        f"{FRAME}::test_a_session_writes_nothing_without_its_own_csrf_token",
    ),
    (
        "access tokens: any audience and issuer",
        ACCESS_TOKENS,
        'if plain["iss"] != self._issuer or plain["aud"] != self._audience:',
        "if False:",
        f"{TRUST}::test_a_forged_access_token_is_refused",
    ),
    (
        "access tokens: they never end",
        ACCESS_TOKENS,
        "if now >= claims.expires_at + LEEWAY or now < claims.issued_at - LEEWAY:",
        "if False:",
        f"{TRUST}::test_a_forged_access_token_is_refused",
    ),
    (
        "access tokens: an unknown key id takes any key",
        ACCESS_TOKENS,
        "raise NotAuthenticated(_REFUSED)\n            return known[kid]",
        "return next(iter(known.values()))\n            return known[kid]",
        f"{TRUST}::test_a_forged_access_token_is_refused",
    ),
    (
        "access tokens: another algorithm",
        ACCESS_TOKENS,
        "            found = jwt.decode(token, key_of, algorithms=[ALGORITHM])",
        (
            "            import base64, json\n"
            "            from types import SimpleNamespace\n"
            '            part = [json.loads(base64.urlsafe_b64decode(it + "==")) for it in token.split(".")[:2]]\n'
            "            found = SimpleNamespace(header=part[0], claims=part[1])"
        ),
        f"{TRUST}::test_a_forged_access_token_is_refused",
    ),
    (
        "CORS: any origin",
        f"{HTTP}/app.py",
        "            allow_origins=origins,",
        '            allow_origins=[], allow_origin_regex=".*",',
        f"{FRAME}::test_only_listed_origins_may_call_from_a_browser",
    ),
    (
        "CORS: any suffix",
        f"{HTTP}/app.py",
        "            allow_origins=origins,",
        '            allow_origins=[], allow_origin_regex=origins[0] + ".*",',
        f"{FRAME}::test_only_listed_origins_may_call_from_a_browser",
    ),
    (
        "path tokens: the path is logged",
        f"{HTTP}/framing.py",
        'told = {"request_id": request_id, "operation": name}',
        'told = {"request_id": request_id, "operation": name, "path": seen["path"]}',
        f"{TRUST}::test_no_log_has_the_token_of_a_path",
    ),
    (
        "bodies: any size",
        f"{HTTP}/reading.py",
        "MOST_BYTES: Final = 1_000_000",
        "MOST_BYTES: Final = 100_000_000",
        f"{FRAME}::test_bad_bodies_are_refused_with_what_is_wrong",
    ),
    (
        "bodies: any depth",
        f"{HTTP}/reading.py",
        "    _require_flat(found)\n",
        "",
        f"{FRAME}::test_bad_bodies_are_refused_with_what_is_wrong",
    ),
    (
        "bodies: a key twice",
        f"{HTTP}/reading.py",
        "            object_pairs_hook=_without_duplicates,\n",
        "",
        f"{FRAME}::test_bad_bodies_are_refused_with_what_is_wrong",
    ),
    (
        "bodies: NaN",
        f"{HTTP}/reading.py",
        "            parse_constant=_refuse_constant,\n",
        "",
        f"{FRAME}::test_bad_bodies_are_refused_with_what_is_wrong",
    ),
    (
        "rate limit: none on login",
        f"{CORE}/services/identity/sign_in.py",
        "        require_few(self.attempts, account_key, self.by_account, now)\n",
        "",
        f"{TRUST}::test_guessing_a_password_is_soon_over",
    ),
    (
        "rate limit: none on operations",
        f"{HTTP}/running.py",
        "    if operation.limit:",
        "    if False:",
        f"{TRUST}::test_limited_operations_are_limited",
    ),
    (
        "secrets: settings show them",
        "src/entrypoints/marketplace_entrypoints/secret.py",
        'return "Secret(***)" if self._text else "Secret()"',
        "return self._text",
        f"{TRUST}::test_no_secret_is_said_anywhere",
    ),
    (
        "secrets: an error repeats a password",
        f"{HTTP}/converter.py",
        "if it.repr is False",
        "if False",
        f"{TRUST}::test_no_secret_is_said_anywhere",
    ),
    (
        "four eyes: who asked confirms",
        f"{CORE}/domain/pending_acts.py",
        "if by.casefold() == self.asked_by.casefold():",
        "if False:",
        f"{TRUST}::test_above_the_limit_another_person_confirms",
    ),
    (
        "four eyes: no limit",
        f"{CORE}/services/four_eyes.py",
        "if wanted.amount <= self.limit_of(wanted.amount.currency):",
        "if True:",
        f"{TRUST}::test_above_the_limit_another_person_confirms",
    ),
    (
        "erasure: nothing is emptied",
        f"{HTTP}/resources/people.py",
        'PersonId(call.path["person_id"]), dry_run=call.dry_run)',
        'PersonId(call.path["person_id"]), dry_run=True)',
        f"{TRUST}::test_an_erased_person_is_nowhere_and_the_money_stays",
    ),
    (
        "audit chain: links are not checked",
        f"{CORE}/domain/event_log.py",
        "if event.hash != _hash(previous_hash",
        "if False and event.hash != _hash(previous_hash",
        "tests/e2e/cli/test_tampering.py::test_an_altered_link_is_found",
    ),
    (
        "CSV: cells begin as they like",
        "src/entrypoints/marketplace_entrypoints/csv_text.py",
        """        return "'" + shown""",
        "        return shown",
        "tests/unit/http/test_resources.py::test_lists_come_as_csv_that_no_spreadsheet_runs",
    ),
)


def main(word: str) -> int:
    """The number of mutations that no test notices, at most 1."""
    missed = 0
    with tempfile.TemporaryDirectory(prefix="marketplace-mutations-") as name:
        copy = Path(name)
        for part in ("src", "tests", "scripts"):
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        for line, path, old, new, test in MUTATIONS:
            if word not in line:
                continue
            noticed = _notices(copy, copy / path, old, new, test)
            missed += not noticed
            print(f"{'fails' if noticed else 'NOT NOTICED'}: {line} -> {test}", flush=True)
    return min(missed, 1)


def _notices(copy: Path, file: Path, old: str, new: str, test: str) -> bool:
    text = file.read_text("utf-8")
    if text.count(old) == 0:
        raise SystemExit(f"{file} has no {old!r} any more")
    file.write_text(text.replace(old, new), "utf-8")
    try:
        return _fails(copy, test)
    finally:
        file.write_text(text, "utf-8")


def _fails(copy: Path, test: str) -> bool:
    """True where the test ran and failed; an error before it ran is no proof."""
    sources = ":".join(str(copy / it) for it in ("src", "src/adapters", "src/entrypoints"))
    environment = {**os.environ, "PYTHONPATH": sources, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    return done.returncode == 1 and "FAILED" in done.stdout and "ERROR" not in done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if sys.argv[1:] else ""))
