"""Serve one of the applications on a port: ``python -m benchmarks.http_serve NAME PORT`` with its setting as JSON."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

import uvicorn

CONNECTIONS = 10


def ours(port: int, served: dict[str, Any]) -> None:
    """The API as ``marketplace serve`` runs it, with its log on standard error and its metrics."""
    from marketplace_entrypoints.composition import open_store  # noqa: PLC0415 - each server loads its own alone
    from marketplace_entrypoints.http.serving import Place, serve  # noqa: PLC0415 - each server loads its own alone
    from marketplace_entrypoints.settings import Secret, Settings  # noqa: PLC0415 - each server loads its own alone

    settings = Settings(dsn=Secret(served["dsn"]), signing_keys=served["keys_file"])
    with open_store(settings) as store:
        serve(settings, store, Place(port=port))


def raw(port: int, served: dict[str, Any]) -> None:
    """Raw ASGI."""
    from benchmarks.http_peers.raw import Raw  # noqa: PLC0415 - each server loads its own alone

    keys = {it["kid"]: base64.urlsafe_b64decode(it["x"] + "==") for it in served["public_keys"]["keys"]}
    _run(Raw(served["dsn"], keys, CONNECTIONS), port)


def fastapi(port: int, served: dict[str, Any]) -> None:
    """FastAPI."""
    from benchmarks.http_peers.fast import fast_app  # noqa: PLC0415  # pyright: ignore[reportUnknownVariableType]

    _run(fast_app(served["url"], served["public_keys"], CONNECTIONS), port)


def _run(app: Any, port: int) -> None:  # noqa: ANN401 - an ASGI application
    config = uvicorn.Config(app, host="127.0.0.1", port=port, access_log=False, log_level="warning")
    uvicorn.Server(config).run()


APPLICATIONS = {"ours": ours, "raw": raw, "fastapi": fastapi}


if __name__ == "__main__":
    APPLICATIONS[sys.argv[1]](int(sys.argv[2]), json.load(sys.stdin))
