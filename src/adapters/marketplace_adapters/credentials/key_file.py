"""The private keys of access tokens, in a file that its owner alone may read."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from attrs import field, frozen
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from typing_extensions import override

from marketplace_core.errors import ConfigurationError, StorageFull
from marketplace_core.ports.identity.signing_keys import SigningKeys

ALGORITHM: Final = "Ed25519"
"""As RFC 9864 names it; its older name is EdDSA."""
KEPT: Final = timedelta(hours=1)
"""How long a key verifies after the next one signs: longer than any token lasts."""
_OTHERS: Final = 0o077


@frozen
class SigningKey:
    """A private key and when it was made."""

    key_id: str
    made_at: datetime
    key: OKPKey = field(repr=False)

    def plain(self) -> dict[str, Any]:
        """The private key as the file has it."""
        return {**self.key.as_dict(private=True), "made_at": self.made_at.isoformat()}

    def public(self) -> dict[str, Any]:
        """The public key as others may have it."""
        return dict(self.key.as_dict(private=False))


class KeyFile(SigningKeys):
    """A JWK set with private keys, the newest last; made on first use, and read again whenever it changes.

    Several processes may share it. Machines that serve one installation need a copy each, the same one.
    """

    def __init__(self, path: Path, *, kept: timedelta = KEPT) -> None:
        """Nothing is read or made yet."""
        self._path = path
        self._kept = kept
        self._seen: tuple[int, int, int] | None = None
        self._keys: tuple[SigningKey, ...] = ()

    def held(self) -> Sequence[SigningKey]:
        """The keys as they stand in the file, the newest last.

        ``ConfigurationError`` where others may read the file, or it holds no keys of ours.
        """
        try:
            seen = _mark(self._path)
        except FileNotFoundError:
            self._make()
            seen = _mark(self._path)
        except OSError as problem:
            raise _refused(self._path, problem) from problem
        if seen != self._seen:
            self._keys, self._seen = self._read(), seen
        return self._keys

    @override
    def rotate(self, now: datetime) -> str:
        made = _new_key(now)
        self.held()
        with self._alone():
            held = [*self._read(), made]
            followed = pairwise(held)
            live = [key for key, following in followed if following.made_at + self._kept > now]
            self._write([*live, made])
        return made.key_id

    def _make(self) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            raise _refused(self._path, problem) from problem
        with self._alone():
            if not self._path.exists():
                self._write([_new_key(datetime.now(UTC))])

    @contextmanager
    def _alone(self) -> Generator[None]:
        """Nobody else makes or rotates keys meanwhile, in any process."""
        lock = self._path.with_name(f".{self._path.name}.lock")
        try:
            handle = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as problem:
            raise _refused(self._path, problem) from problem
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _write(self, keys: Sequence[SigningKey]) -> None:
        """Put the whole file in place at once, readable by its owner alone from its first byte."""
        unfinished = self._path.with_name(f".{self._path.name}.{uuid4().hex}.unfinished")
        text = json.dumps({"keys": [it.plain() for it in keys]}, indent=1)
        try:
            handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._path)
        except OSError as problem:
            unfinished.unlink(missing_ok=True)
            raise _refused(self._path, problem) from problem

    def _read(self) -> tuple[SigningKey, ...]:
        try:
            with self._path.open(encoding="utf-8") as file:
                mode, owner = os.fstat(file.fileno()).st_mode, os.fstat(file.fileno()).st_uid
                if mode & _OTHERS or owner not in (os.geteuid(), 0):
                    raise ConfigurationError(
                        f"{self._path} holds private keys and is open to others: chmod 600 it, as its owner; if"
                        " somebody may have read it, rotate the key with marketplace clients rotate-key"
                    )
                plain: dict[str, Any] = json.load(file)
            keys = tuple(_key_of(it) for it in plain["keys"])
        except OSError as problem:
            raise _refused(self._path, problem) from problem
        except (ValueError, KeyError, TypeError, AttributeError, JoseError):
            # Without `from`: what cannot be read may be a private key, and would stand in the traceback.
            raise ConfigurationError(f"{self._path} is no file of signing keys: restore it, or move it away") from None
        if not keys:
            raise ConfigurationError(f"{self._path} has no key: move it away, and a new one is made")
        return keys


def _new_key(now: datetime) -> SigningKey:
    key_id = uuid4().hex
    parameters: Any = {"kid": key_id, "use": "sig", "alg": ALGORITHM}
    return SigningKey(key_id, now, OKPKey.generate_key("Ed25519", parameters, private=True))


def _key_of(plain: dict[str, Any]) -> SigningKey:
    made_at = datetime.fromisoformat(plain.pop("made_at"))
    if plain.get("crv") != "Ed25519" or "d" not in plain or made_at.tzinfo is None:
        raise ValueError
    return SigningKey(str(plain["kid"]), made_at, OKPKey.import_key(plain))


def _mark(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_ino, found.st_mode


def _refused(path: Path, problem: OSError) -> ConfigurationError | StorageFull:
    if problem.errno == errno.ENOSPC:
        return StorageFull(f"{path} cannot be written: the disk is full")
    return ConfigurationError(f"the signing keys in {path} cannot be used: {problem.strerror}")
