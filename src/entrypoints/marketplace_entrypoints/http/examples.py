"""Example requests made from the description: for the Postman collection, cURL and tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_TEXTS: Final = {
    "date": "2026-11-30",
    "date-time": "2026-11-30T12:00:00Z",
}
_BY_NAME: Final[Mapping[str, object]] = {
    "email": "halima@example.org",
    "month": "2026-11",
    "receipt": "C-1001",
    "phones": ["254712345678"],
}


def example_of(schema: Mapping[str, Any], shapes: Mapping[str, Any], name: str = "") -> Any:  # noqa: ANN401 - plain JSON
    """A value that a schema takes: its example, its default, its first choice, else one made from its type."""
    if "$ref" in schema:
        return example_of(shapes[schema["$ref"].rpartition("/")[2]], shapes, name)
    if name in _BY_NAME:
        return _BY_NAME[name]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    if schema.get("default") is not None:
        return schema["default"]
    if "anyOf" in schema:
        return example_of(next(it for it in schema["anyOf"] if it != {"type": "null"}), shapes, name)
    return _of_type(schema, shapes, name)


def _of_type(schema: Mapping[str, Any], shapes: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - plain JSON
    kind = schema.get("type")
    if kind == "object":
        properties: Mapping[str, Any] = schema.get("properties", {})
        wanted = schema.get("required", list(properties))
        return {it: example_of(properties[it], shapes, it) for it in properties if it in wanted}
    if kind == "array":
        return [example_of(schema["items"], shapes, name.removesuffix("s"))]
    if kind == "integer":
        return max(int(schema.get("minimum", 1)), 1)
    if kind == "boolean":
        return False
    return _TEXTS.get(schema.get("format", ""), name.replace("_", " ") or "text")


def body_example(operation: Mapping[str, Any], shapes: Mapping[str, Any]) -> Any:  # noqa: ANN401 - plain JSON
    """An example of an operation's JSON body, None where it takes none."""
    content = operation.get("requestBody", {}).get("content", {})
    return example_of(content["application/json"]["schema"], shapes) if "application/json" in content else None
