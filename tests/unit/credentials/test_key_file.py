"""The file of signing keys: private, made once, rotated, read again when it changes."""

from __future__ import annotations

import json
import multiprocessing
from datetime import timedelta
from pathlib import Path

import pytest

pytest.importorskip("joserfc")

from marketplace_adapters.credentials import KeyFile, SignedAccessTokens
from marketplace_core.errors import ConfigurationError, NotAuthenticated
from marketplace_core.testing.clocks import A_MONDAY
from marketplace_core.testing.contracts.credentials import claims_at


def _signer(path: Path) -> SignedAccessTokens:
    return SignedAccessTokens(KeyFile(path), issuer="us", audience="rent")


def _first_key(path: Path) -> str:
    return KeyFile(path).held()[-1].key_id


def test_its_owner_alone_reads_it(tmp_path: Path) -> None:
    """Made with its folder on first use; nothing unfinished is left, and no secret is shown."""
    path = tmp_path / "made" / "keys.json"
    keys = KeyFile(path).held()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [it.name for it in path.parent.iterdir() if "unfinished" in it.name] == []
    secret = json.loads(path.read_text("utf-8"))["keys"][0]["d"]
    assert secret not in f"{keys!r} {keys[0].public()!r} {_signer(path).public_keys()!r}"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    """Also when it is opened later; with what to do."""
    signer = _signer(tmp_path / "keys.json")
    signer.sign(claims_at(A_MONDAY))
    (tmp_path / "keys.json").chmod(mode)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        signer.sign(claims_at(A_MONDAY))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"keys": []}', '{"keys": [{"kid": "a"}]}', '{"keys": [{"made_at": "2026-01-01T00:00Z"}]}']
)
def test_a_file_that_holds_no_keys_is_refused(tmp_path: Path, text: str) -> None:
    """With its name and what to do; it is not overwritten."""
    path = tmp_path / "keys.json"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match=r"keys\.json"):
        KeyFile(path).held()
    assert path.read_text("utf-8") == text


def test_four_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    """One key is made, and every process signs with it."""
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.map(_first_key, [tmp_path / "keys.json"] * 4)
    assert len(set(found)) == 1


def test_a_new_key_signs_and_the_old_one_still_verifies(tmp_path: Path) -> None:
    """In a process that has the file open already, too; an hour later the rotation drops the old one."""
    path = tmp_path / "keys.json"
    running, now = _signer(path), A_MONDAY
    before = running.sign(claims_at(now))
    first = KeyFile(path).rotate(now)
    after = running.sign(claims_at(now))
    assert running.verify(before, now) == running.verify(after, now)
    assert len(running.public_keys()["keys"]) == 2
    later = now + timedelta(minutes=61)
    KeyFile(path).rotate(later)
    KeyFile(path).rotate(later)
    with pytest.raises(NotAuthenticated):
        running.verify(before, now)
    assert running.verify(after, now).token_id == "jwt_1"
    assert next(it["kid"] for it in running.public_keys()["keys"]) == first


def test_a_stolen_file_of_other_keys_signs_nothing_here(tmp_path: Path) -> None:
    """A token of another installation is refused, its name and audience the same."""
    token = _signer(tmp_path / "theirs.json").sign(claims_at(A_MONDAY))
    with pytest.raises(NotAuthenticated):
        _signer(tmp_path / "ours.json").verify(token, A_MONDAY)
