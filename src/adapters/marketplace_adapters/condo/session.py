"""Who we are in Condo: a token that is used again and again, made anew once where it was lost, and its points."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Final

from typing_extensions import override

from marketplace_adapters.condo.answers import Answer, Fields
from marketplace_adapters.condo.client import Client
from marketplace_adapters.condo.errors import rule_of, translated
from marketplace_adapters.condo.operations import SIGN_IN_SERVICE, SIGN_IN_STAFF, WHO_AM_I, Operation
from marketplace_adapters.condo.points import Points
from marketplace_core.errors import ConfigurationError, MarketplaceError, PartnerUnavailable

_BETWEEN_SIGN_INS_SECONDS: Final = 60.0
"""Whoever is not known has a hundred points an hour: a token that is refused again and again must not use them up."""


class Session:
    """Sends operations as somebody whom Condo knows; threads may share it."""

    def __init__(self, client: Client) -> None:
        """Sign in at the first call, where no token is given."""
        self.client = client
        self.points = Points()
        self._lock = Lock()
        self._token = client.server.token
        self._user_id = ""
        self._rests_until = float("-inf")

    @override
    def __repr__(self) -> str:
        """Where it calls, and nothing secret."""
        return f"Session({self.client.server.url!r})"

    def ask(self, operation: Operation, variables: Mapping[str, object], sent_until: float = float("inf")) -> Fields:
        """Send it and give its data, whole; our error where there is any of theirs.

        A lost token is made anew once. A refusal for want of points is waited for once, where the wait is short.
        Both say that nothing was done, so that a mutation may be sent again too. Later than ``sent_until``, by the
        clock that never goes back, nothing is sent.
        """
        token = self._known()
        may_sign_in, may_wait = self.client.server.can_sign_in, True
        while True:
            self._wait_for_points()
            if self.client.time.monotonic() > sent_until:
                raise PartnerUnavailable(
                    f"Condo is so slow that {operation.name} was not sent: it is to be tried again"
                )
            answer = self._posted(operation, variables, token)
            problems = answer.problems()
            if not problems:
                return answer.data()
            if operation.is_mutation and answer.is_well and answer.has_written:
                raise PartnerUnavailable(
                    f"Condo did {operation.name}, and told only a part of it: look what stands there"
                )
            rule, problem = rule_of(answer.status, problems)
            is_lost = rule.is_stranger or (rule.is_refused_for_points and self.points.is_as_a_stranger(answer.told))
            if is_lost and may_sign_in:
                may_sign_in = False
                token = self._renewed(token)
            elif rule.is_refused_for_points:
                self.points.refused(problem.reset or answer.told.reset, self.client.time.now())
                if not may_wait:
                    raise self.points.exhausted()
                may_wait = False
            else:
                if rule.is_stranger:
                    self._rest()
                raise self._error(translated(answer, rule, problem))

    def user(self) -> Fields:
        """Who we are there: Condo does not refuse a stranger that, it tells nobody; then a token is made anew once."""
        for _ in range(2):
            user = self.ask(WHO_AM_I, {}).part_or_none("obj")
            if user is not None:
                self._user_id = user.text("id")
                return user
            if not self.client.server.can_sign_in:
                break
            with self._lock:
                self._token = ""
        raise ConfigurationError("Condo does not know whose condo.token that is: make another one there")

    def user_id(self) -> str:
        """Our id there, asked for once."""
        return self._user_id or self.user().text("id")

    def _posted(self, operation: Operation, variables: Mapping[str, object], token: str) -> Answer:
        answer = self.client.post(operation, variables, token)
        self.points.note(answer.told, self.client.time.now())
        return answer

    def _wait_for_points(self) -> None:
        left = self.points.seconds_left(self.client.time.now())
        if left > self.client.server.longest_wait_seconds:
            raise self.points.exhausted()
        if left:
            self.client.time.sleep(left)

    def _known(self) -> str:
        with self._lock:
            self._check_rest()
            if not self._token:
                self._token = self._signed_in()
            return self._token

    def _renewed(self, lost: str) -> str:
        """A new token, or the one that another thread made meanwhile."""
        with self._lock:
            if self._token == lost:
                self._check_rest()
                self._token = self._signed_in()
            return self._token

    def _signed_in(self) -> str:
        server, operation = self.client.server, SIGN_IN_SERVICE
        variables: dict[str, object] = {"email": server.email, "password": server.password}
        if not server.email:
            operation = SIGN_IN_STAFF
            data = {"dv": 1, "sender": server.sender, "phone": server.phone, "password": server.password}
            variables = {"data": data}
        self.points.forget()
        answer = self._posted(operation, variables, "")
        problems = answer.problems()
        if problems:
            rule, problem = rule_of(answer.status, problems)
            if rule.is_refused_for_points:
                self.points.refused(problem.reset or answer.told.reset, self.client.time.now())
                raise self.points.exhausted()
            error = self._error(translated(answer, rule, problem))
            if isinstance(error, PartnerUnavailable):
                raise error
            self._rest()
            raise ConfigurationError(str(error))
        # What is left was told of strangers, of whom we are none now.
        self.points.forget()
        return answer.data().part("obj").text("token")

    def _rest(self) -> None:
        """Ask nothing for a while: neither our token nor our password will be another one at once."""
        self._rests_until = self.client.time.monotonic() + _BETWEEN_SIGN_INS_SECONDS

    def _check_rest(self) -> None:
        left = self._rests_until - self.client.time.monotonic()
        if left > 0:
            raise ConfigurationError(
                f"Condo did not know us: nothing is sent to it for {left:.0f} s; look at condo.token, condo.email,"
                " condo.phone and condo.password"
            )

    def _error(self, error: MarketplaceError) -> MarketplaceError:
        text = str(error)
        for secret in (*self.client.server.secrets, self._token):
            text = text.replace(secret, "…") if secret else text
        return type(error)(text)
