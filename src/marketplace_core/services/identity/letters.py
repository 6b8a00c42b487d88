"""What people are written about their login: English, plain text, one link."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from marketplace_core.ports.notifier import Message


@frozen
class Letters:
    """The messages; ``public_url`` is where the web application is, empty where there is none yet.

    The token stands behind ``#``, so that it reaches no server's log on the way.
    """

    public_url: str = ""

    def invitation(self, email: str, token: str, hours: int) -> Message:
        """Asks somebody to choose a password."""
        return self._message(
            "invitation",
            email,
            "Your login to the rent book",
            f"You were given a login to the rent book. Choose a password within {hours} hours:",
            "invitation",
            token,
        )

    def password_reset(self, email: str, token: str, minutes: int) -> Message:
        """Lets somebody choose a new password."""
        return self._message(
            "password_reset",
            email,
            "Choose a new password",
            "Somebody, you we hope, asked for a new password for the rent book. If it was not you, do nothing.\n"
            f"Choose one within {minutes} minutes:",
            "password-reset",
            token,
        )

    def password_changed(self, email: str) -> Message:
        """Tells somebody that their password is another one now."""
        text = "Your password for the rent book was changed. If it was not you, ask for a new one at once."
        return Message("password_changed", email, "Your password was changed", f"{text}\n")

    def granted(self, email: str) -> Message:
        """Tells somebody who has a login that it shows more now."""
        text = "Your login to the rent book was given another role. Sign in as before to see it."
        return Message("granted", email, "Your login shows more now", f"{text}\n{self.public_url}".rstrip() + "\n")

    def _message(self, kind: str, email: str, subject: str, text: str, path: str, token: str) -> Message:
        where = f"{self.public_url.rstrip('/')}/{path}#{token}" if self.public_url else f"code: {token}"
        return Message(kind, email, subject, f"{text}\n\n{where}\n")


PLAIN_LETTERS: Final = Letters()
"""Letters with a code in place of a link."""
