"""Writes that Kill Bill lets happen once by their key: a lost reply is looked for before anything is sent again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from marketplace_adapters.killbill.answers import Answer, Fields
from marketplace_adapters.killbill.client import Client
from marketplace_adapters.killbill.errors import is_known
from marketplace_core.errors import PartnerUnavailable

_TIMES: Final = 2


def once_by_key(client: Client, send: Callable[[], Answer], find: Callable[[], Fields | None]) -> str | Fields:
    """The id of what was made, or what stands there of that key: the caller must see that it is the same.

    Sent once more where no answer came and nothing is found; Kill Bill refuses the second of two that both arrive.
    """
    for time in range(1, _TIMES + 1):
        try:
            answer = send()
            if answer.is_well:
                return answer.made_id
            if not is_known(answer):
                client.well(answer)
        except PartnerUnavailable:
            found = find()
            if found is not None:
                return found
            if time == _TIMES:
                raise
            continue
        found = find()
        if found is not None:
            return found
        client.well(answer)
    raise AssertionError
