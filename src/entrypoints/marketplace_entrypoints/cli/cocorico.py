"""Cocorico: say whether it is well, and what rights the account there needs."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.checks import checks_table, plain_check
from marketplace_entrypoints.cli.failures import Exit
from marketplace_entrypoints.cli.output import Output
from marketplace_entrypoints.cli.parameters import HERE, Where
from marketplace_entrypoints.cli.session import opened
from marketplace_entrypoints.our_listings import our_listings

app = group("cocorico", "Cocorico, the public portal outside: check it, print the rights that its account needs.")


@app.command
def check(*, where: Where = HERE) -> int:
    """Whether its database answers and lets us in, whether its tables are as we need them, and our rights on them."""
    with opened(where) as here:
        ours = our_listings(here.store, here.container)
        outside = ours.outside
        looks = [ours.watch()(own, ours.name) for own in ours.portfolios] or [outside.care.look()]
        found = looks[0].findings
        is_well = not looks[0].reason and all(it.is_well for it in found)
        told = {"ok": is_well, "checks": [plain_check(it) for it in found]}
        return here.answer(told, checks_table(found), code=Exit.DONE if is_well else Exit.FAILED)


@app.command
def grants(
    *,
    database: Annotated[str, Parameter(help="Name of its database.")] = "cocorico",
    user: Annotated[str, Parameter(help="Name of the account that we use.")] = "marketplace",
    host: Annotated[str, Parameter(help="From where that account comes, as MariaDB names it.")] = "localhost",
    json: Annotated[bool, Parameter(negative=(), help="Answer in JSON on standard output.")] = False,
) -> int:
    """Print SQL, to be run there by its administrator, that gives an account the rights that we need and no more."""
    from marketplace_entrypoints.composition_cocorico import cocorico_grants

    statements = cocorico_grants(database, user, host)
    Output(json).answer({"statements": statements}, *(f"{it};" for it in statements))
    return int(Exit.DONE)
