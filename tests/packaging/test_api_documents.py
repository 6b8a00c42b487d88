"""The Postman collection and the cURL examples are those of the API as it is, and are well formed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from scripts import killbill_pair
from scripts.postman import COLLECTION, FOLDER, SCHEMA, documents

from marketplace_entrypoints.http.converter import shaped
from marketplace_entrypoints.http.description import describe
from marketplace_entrypoints.http.examples import body_example
from marketplace_entrypoints.http.operation import Form, Nothing, Operation, Raw
from marketplace_entrypoints.http.resources.all import OPERATIONS

WITH_JSON = [it for it in OPERATIONS if it.body not in (Nothing, Form, Raw)]


def requests_of(folder: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every request in a folder of a collection and in those within it."""
    for it in folder["item"]:
        assert ("request" in it) != ("item" in it), f"{it['name']} is a request or a folder, and not both"
        if "item" in it:
            yield from requests_of(it)
        else:
            yield it["request"]


@pytest.mark.parametrize("name", sorted(documents()))
def test_the_committed_file_is_that_of_the_description(name: str) -> None:
    """Else ``make api-docs`` makes it anew."""
    assert (FOLDER / name).read_text("utf-8") == documents()[name], "run make api-docs"


def test_the_collection_of_the_pair_is_what_is_made() -> None:
    """Else ``make api-docs`` makes it anew; its requests name no variable that it does not have."""
    assert (FOLDER / killbill_pair.COLLECTION).read_text("utf-8") == killbill_pair.document(), "run make api-docs"
    told = json.loads(killbill_pair.document())
    assert told["info"]["schema"] == SCHEMA
    for it in requests_of(told):
        assert set(_variables_in(json.dumps(it))) <= killbill_pair.VARIABLES.keys()


def test_the_collection_is_what_postman_asks_for() -> None:
    """Format 2.1: its schema, and each request with method, headers and a URL whose parts say the same as the whole."""
    told = json.loads(documents()[COLLECTION])
    assert told["info"]["schema"] == SCHEMA
    assert told["info"]["name"]
    known = {it["key"] for it in told["variable"]}
    assert {"baseUrl", "token", "portfolio"} <= known
    found = list(requests_of(told))
    assert len(found) == len(OPERATIONS)
    for it in found:
        url = it["url"]
        assert it["method"] in ("GET", "POST", "PUT", "PATCH", "DELETE")
        assert all({"key", "value"} <= header.keys() for header in it["header"])
        assert url["raw"].partition("?")[0] == "/".join([*url["host"], *url["path"]])
        in_path = {part[1:] for part in url["path"] if part.startswith(":")}
        assert {one["key"] for one in url.get("variable", ())} == in_path
        assert all(isinstance(one["value"], str) for one in url.get("query", ()))
        if "body" in it:
            assert it["body"]["mode"] in ("raw", "urlencoded", "file")
            assert it["body"][it["body"]["mode"]]
        assert all(name in known or name == "$guid" for name in _variables_in(json.dumps(it)))


def _variables_in(text: str) -> Iterator[str]:
    for part in text.split("{{")[1:]:
        yield part.partition("}}")[0]


@pytest.mark.parametrize("operation", WITH_JSON, ids=lambda it: it.name)
def test_an_example_is_what_the_operation_takes(operation: Operation) -> None:
    """Each example body has the shape that is read."""
    described = describe(OPERATIONS)
    told = described["paths"][operation.path][operation.method.lower()]
    assert shaped(body_example(told, described["components"]["schemas"]), operation.body)


def test_the_curl_examples_are_shell() -> None:
    """Each block can be read by a shell."""
    blocks = documents()["curl.md"].split("```sh\n")[1:]
    assert len(blocks) == len(OPERATIONS) + 1
    script = "\n".join(it.partition("```")[0] for it in blocks)
    assert subprocess.run(["sh", "-n"], input=script, text=True, check=False).returncode == 0  # noqa: S607 - any shell
