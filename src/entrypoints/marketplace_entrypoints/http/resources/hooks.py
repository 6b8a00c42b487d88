"""What partners post to us: kept to the byte, acknowledged at once, read by a job.

The token in the path is the credential, and no log ever has the path.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final

from marketplace_core.domain.hooks import HookId
from marketplace_core.domain.identifiers import derive_id
from marketplace_core.errors import NotFound
from marketplace_core.services.payment_hooks import ACCEPTED
from marketplace_entrypoints.http.operation import Answer, Call, Public, Raw, operation
from marketplace_entrypoints.http.shapes.hooks import HookAnswer, HookKept
from marketplace_entrypoints.work_services import answer_validation, keep_hook

_BY_TOKEN: Final = Public("the token in the path is the credential")
_REFUSES: Final = (HTTPStatus.TOO_MANY_REQUESTS,)


@operation(
    "POST",
    "/hooks/payments/{token}/confirmation",
    _BY_TOKEN,
    answers=HookAnswer,
    body=Raw,
    limit="hooks",
    refuses=_REFUSES,
)
def confirm_payment(call: Call[Any, Raw]) -> Answer:
    """Take an M-Pesa C2B confirmation: a payment was made."""
    _require_partner(call)
    hook_id = HookId(derive_id("hook", call.parts.new_id()))
    keep = keep_hook(call.parts.store, call.parts.container)
    keep(call.path["token"], hook_id, call.body.content, call.headers)
    return Answer(json.dumps(ACCEPTED).encode())


@operation(
    "POST",
    "/hooks/payments/{token}/validation",
    _BY_TOKEN,
    answers=HookAnswer,
    body=Raw,
    limit="hooks",
    refuses=_REFUSES,
)
def validate_payment(call: Call[Any, Raw]) -> Answer:
    """Answer an M-Pesa C2B validation request: whether a payment may be made. Writes nothing."""
    _require_partner(call)
    validate = answer_validation(call.parts.store, call.parts.container)
    return Answer(json.dumps(validate(call.path["token"], call.body.content)).encode())


@operation(
    "POST",
    "/hooks/killbill/{token}",
    _BY_TOKEN,
    answers=HookKept,
    body=Raw,
    limit="hooks",
    refuses=_REFUSES,
)
def hint_of_engine(call: Call[Any, Raw]) -> Answer:
    """Take what the billing engine posts: a hint that something changed there, never a fact."""
    hook_id = HookId(derive_id("hook", call.parts.new_id()))
    keep = keep_hook(call.parts.store, call.parts.container)
    keep(call.path["token"], hook_id, call.body.content, call.headers)
    return Answer(HookKept(hook_id))


def _require_partner(call: Call[Any, Raw]) -> None:
    """Refuse an address that is none of the partners', in the words for a wrong token."""
    if not call.parts.settings.hooks.lets_in(call.address):
        raise NotFound("nothing is let in by this address")
