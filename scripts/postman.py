"""Writes docs/api: a Postman collection and cURL examples, made from the description of the API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from shlex import quote
from typing import Any
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

from marketplace_entrypoints.http.description import describe
from marketplace_entrypoints.http.examples import body_example, parameter_example
from marketplace_entrypoints.http.resources.all import OPERATIONS

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "api"
COLLECTION = "marketplace.postman_collection.json"
CURL = "curl.md"
SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
TOKEN_FORM = {"grant_type": "client_credentials", "client_id": "{{clientId}}", "client_secret": "{{clientSecret}}"}
VARIABLES = {
    "baseUrl": "http://127.0.0.1:8000",
    "token": "",
    "portfolio": "halima",
    "clientId": "sync",
    "clientSecret": "",
}
HEAD = """# The API by cURL

Made by `make api-docs` from the description (`GET /api/openapi.json`), with the ids of an example. Writes are shown as
dry runs where there are some: leave `dry_run=true` out to write.

```sh
baseUrl=http://127.0.0.1:8000 portfolio=halima
token=$(curl -s "$baseUrl/oauth/token" -u "$clientId:$clientSecret" -d grant_type=client_credentials |
  jq -r .access_token)
```
"""


def main() -> None:
    """Write both files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (FOLDER / name).write_text(text, "utf-8")


def documents() -> dict[str, str]:
    """The text of each file by its name."""
    described = describe(OPERATIONS)
    described["info"].pop("version")
    return {
        COLLECTION: json.dumps(collection(described), indent=2, ensure_ascii=False) + "\n",
        CURL: curl_examples(described),
    }


def operations_by_tag(described: Mapping[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    """Method, path and operation, by tag, in the order of the description."""
    found: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, item in described["paths"].items():
        for method, operation in item.items():
            found.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    return found


def collection(described: Mapping[str, Any]) -> dict[str, Any]:
    """The collection, in Postman's format 2.1."""
    shapes = described["components"]["schemas"]
    return {
        "info": {
            "_postman_id": str(uuid5(NAMESPACE_URL, described["info"]["title"])),
            "name": described["info"]["title"],
            "description": f"{described['info']['summary']} Made by `make api-docs` from the description.",
            "schema": SCHEMA,
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]},
        "variable": [{"key": name, "value": value, "type": "string"} for name, value in VARIABLES.items()],
        "item": [
            {"name": tag, "item": [_item(method, path, it, shapes) for method, path, it in operations]}
            for tag, operations in operations_by_tag(described).items()
        ],
    }


def _item(method: str, path: str, operation: Mapping[str, Any], shapes: Mapping[str, Any]) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": method,
        "header": list(_headers(operation)),
        "url": _url(path, operation, shapes),
        "description": operation["summary"],
    }
    if not operation["security"]:
        request["auth"] = {"type": "noauth"}
    if body := _body(operation, shapes):
        request["body"] = body
    return {"name": operation["summary"], "request": request, "response": []}


def _headers(operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for kind in list(operation.get("requestBody", {}).get("content", {}))[:1]:
        yield {"key": "Content-Type", "value": kind}
    for it in _parameters(operation, "header"):
        value = "{{$guid}}" if it["name"] == "Idempotency-Key" else ""
        yield {"key": it["name"], "value": value, "description": it["description"], "disabled": not value}


def _url(path: str, operation: Mapping[str, Any], shapes: Mapping[str, Any]) -> dict[str, Any]:
    shown = path.replace("{", ":").replace("}", "")
    query = [_query(it, shapes) for it in _parameters(operation, "query")]
    sent = urlencode([(it["key"], it["value"]) for it in query if not it.get("disabled")], safe="{}")
    url: dict[str, Any] = {
        "raw": "{{baseUrl}}" + shown + (f"?{sent}" if sent else ""),
        "host": ["{{baseUrl}}"],
        "path": shown.strip("/").split("/"),
    }
    if query:
        url["query"] = query
    variables = [{"key": it["name"], "value": parameter_example(it, shapes)} for it in _parameters(operation, "path")]
    return {**url, "variable": variables} if variables else url


def _query(it: Mapping[str, Any], shapes: Mapping[str, Any]) -> dict[str, Any]:
    name = it["name"]
    told = {"description": it["description"]} if "description" in it else {}
    if name == "portfolio":
        return {"key": name, "value": "{{portfolio}}", **told}
    if name == "dry_run":
        return {"key": name, "value": "true", **told}
    return {"key": name, "value": parameter_example(it, shapes), **told, "disabled": not it.get("required", False)}


def _body(operation: Mapping[str, Any], shapes: Mapping[str, Any]) -> dict[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {})
    if FORM in content:
        fields = [{"key": name, "value": value, "type": "text"} for name, value in TOKEN_FORM.items()]
        return {"mode": "urlencoded", "urlencoded": fields}
    if _file_kind(content):
        return {"mode": "file", "file": {}}
    if JSON not in content:
        return None
    text = json.dumps(body_example(operation, shapes), indent=2, ensure_ascii=False)
    return {"mode": "raw", "raw": text, "options": {"raw": {"language": "json"}}}


def _file_kind(content: Mapping[str, Any]) -> str:
    """The kind of file that is sent as it is; empty where none is."""
    return next((it for it in content if it.startswith("image/")), "")


def curl_examples(described: Mapping[str, Any]) -> str:
    """Every operation as a command line."""
    shapes = described["components"]["schemas"]
    parts = [HEAD]
    for tag, operations in operations_by_tag(described).items():
        parts.append(f"\n## {tag}\n")
        for method, path, it in operations:
            parts.append(f"\n{it['summary']}\n\n```sh\n{_curl(method, path, it, shapes)}\n```\n")
    return "".join(parts)


def _curl(method: str, path: str, operation: Mapping[str, Any], shapes: Mapping[str, Any]) -> str:
    for it in _parameters(operation, "path"):
        path = path.replace(f"{{{it['name']}}}", parameter_example(it, shapes))
    named = {it["name"] for it in _parameters(operation, "query")}
    query = [*(["portfolio=$portfolio"] if "portfolio" in named else ())]
    query += ["dry_run=true"] if "dry_run" in named else []
    call = "curl" if method == "GET" else f"curl -X {method}"
    lines = [f'{call} "$baseUrl{path}{"?" + "&".join(query) if query else ""}"']
    if operation["security"]:
        lines.append('-H "Authorization: Bearer $token"')
    if any(it["name"] == "Idempotency-Key" for it in _parameters(operation, "header")):
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    content = operation.get("requestBody", {}).get("content", {})
    if FORM in content:
        lines += ['-u "$clientId:$clientSecret"', "-d grant_type=client_credentials"]
    elif kind := _file_kind(content):
        lines += [f"-H 'Content-Type: {kind}'", "--data-binary @home.jpg"]
    elif JSON in content:
        lines.append(f"-H 'Content-Type: {JSON}'")
        lines.append(f"-d {quote(json.dumps(body_example(operation, shapes), ensure_ascii=False))}")
    return " \\\n  ".join(lines)


def _parameters(operation: Mapping[str, Any], place: str) -> list[dict[str, Any]]:
    return [it for it in operation.get("parameters", ()) if it["in"] == place]


if __name__ == "__main__":
    main()
