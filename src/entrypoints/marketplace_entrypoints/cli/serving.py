"""Serve the API."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from marketplace_entrypoints.cli.failures import Exit
from marketplace_entrypoints.cli.parameters import HERE, Where
from marketplace_entrypoints.cli.session import opened


def serve(
    *,
    host: Annotated[str, Parameter(help="Address to listen on; put a proxy or tunnel in front of it.")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="Port to listen on.")] = 8000,
    only: Annotated[
        Literal["condo", "cocorico"] | None, Parameter(help="Only this part's operations, with health and metrics.")
    ] = None,
    where: Where = HERE,
) -> int:
    """Give the API over HTTP, until SIGTERM or Ctrl-C; one process, start more of them behind a proxy."""
    from marketplace_entrypoints.http.serving import Place
    from marketplace_entrypoints.http.serving import serve as run

    with opened(where, may_begin=True) as here:
        here.output.say(f"Serving on http://{host}:{port}; the description is at /api/openapi.json")
        run(here.settings, here.store, Place(host, port), only or "")
        return int(Exit.DONE)
