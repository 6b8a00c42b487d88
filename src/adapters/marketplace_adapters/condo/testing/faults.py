"""What goes wrong, by script: at which call of which operation, and how often."""

from __future__ import annotations

import re
from enum import StrEnum
from threading import Lock

from attrs import define, field


class FaultKind(StrEnum):
    """How an answer fails to come, or is not what was asked for."""

    SLOW = "slow"
    """It comes late, after ``seconds``."""
    DRIPPING = "dripping"
    """It comes byte by byte, each after ``seconds``."""
    RESET = "reset"
    """The line breaks before anything is done."""
    LOST_REPLY = "lost reply"
    """It is done, and the line breaks before the answer."""
    HALF_BODY = "half a body"
    """It is done, and the line breaks in the middle of the answer."""
    CUT_JSON = "cut JSON"
    """Half the answer comes as if it were all."""
    HTML = "HTML"
    """A page with status 200 in the place of JSON, as of a proxy."""
    BAD_GATEWAY = "502"
    """A page of the proxy."""
    INTERNAL = "internal"
    """An error that says nothing, with status 200."""
    PARTIAL = "partial"
    """A row is missing in the data, and an error stands beside them."""
    LOST_TOKEN = "lost token"
    """All tokens are flushed before it is looked at."""
    RATE_LIMIT = "rate limit"
    """It is refused for want of points, until ``seconds`` from now."""


@define
class Fault:
    """A fault at calls of ``operation`` ("" is any), after ``skip`` well ones, so many ``times``."""

    kind: FaultKind
    operation: str = ""
    skip: int = 0
    times: int = 1
    seconds: float = 0.0


@define
class Faults:
    """The script; threads may share it."""

    script: list[Fault] = field(factory=list[Fault])
    _lock: Lock = field(factory=Lock, repr=False)

    def add(self, kind: FaultKind, operation: str = "", *, skip: int = 0, times: int = 1, seconds: float = 0.0) -> None:
        """Let something go wrong."""
        self.script.append(Fault(kind, operation, skip, times, seconds))

    def take(self, operation: str) -> Fault | None:
        """The fault of this call, None where it is well."""
        with self._lock:
            for fault in self.script:
                if fault.operation not in ("", operation) or not fault.times:
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                return fault
        return None


@define
class Drift:
    """Edits a schema as a newer Condo might."""

    schema: str

    def drop(self, kind: str, name: str) -> None:
        """Take a field, with its arguments, out of a type or an input."""
        self._edit(kind, rf"\b{name}(\([^)]*\))?: [\w\[\]!]+", "")

    def rename(self, kind: str, name: str, new_name: str) -> None:
        """Call a field otherwise."""
        self._edit(kind, rf"\b{name}(?=[(:])", new_name)

    def retype(self, kind: str, name: str, new_type: str) -> None:
        """Give a field another type, nullable or not."""
        self._edit(kind, rf"\b({name}(?:\([^)]*\))?): [\w\[\]!]+", rf"\1: {new_type}")

    def add_field(self, kind: str, text: str) -> None:
        """Add a field, such as ``reason: String!``, to a type or an input."""
        self._edit(kind, r"\}$", f" {text} }}")

    def add_member(self, kind: str, member: str) -> None:
        """Add a member to an enumeration."""
        self._edit(kind, r"\}$", f" {member} }}")

    def drop_member(self, kind: str, member: str) -> None:
        """Take a member out of an enumeration."""
        self._edit(kind, rf"\b{member}\b", "")

    def _edit(self, kind: str, pattern: str, new: str) -> None:
        found = re.search(rf"^(type|input|enum) {kind} \{{[^}}]*\}}", self.schema, re.MULTILINE)
        if found is None:
            raise LookupError(f"the schema has no {kind}")
        edited, count = re.subn(pattern, new, found[0], count=1)
        if not count:
            raise LookupError(f"{kind} has nothing like {pattern}")
        self.schema = self.schema[: found.start()] + edited + self.schema[found.end() :]
