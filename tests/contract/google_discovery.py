"""Checks an exchange of the journal against Google's official discovery documents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from sandbox.journal import Exchange
from tests.contract import descriptions

_DOCUMENTS = {
    "v4": "google-sheets.v4.discovery.json",
    "v1": "google-forms.v1.discovery.json",
    "drive": "google-drive.v3.discovery.json",
}
_JSON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


def validate(exchange: Exchange) -> list[str]:
    """What is wrong with the request's parameters or the answer; nothing when `BRIDGE_API_DESCRIPTIONS` is unset.

    The token endpoint belongs to OAuth and stands in no discovery document: it is passed over.
    """
    folder = descriptions()
    path = exchange.path.removeprefix("/google/")
    if folder is None or exchange.service != "google" or path == "token":
        return []
    document = load(folder, _DOCUMENTS.get(path.partition("/")[0], ""))
    if document is None:
        return [f"{path}: no such version"]
    method = find_method(document, exchange.method, path.removeprefix(document["servicePath"]))
    if method is None:
        return [] if exchange.status in (404, 405) else [f"{exchange.method} {path}: no such method"]
    faults = _request(document, method, exchange) + _answer(document, method, exchange)
    return [f"{method['id']}: {fault}" for fault in faults]


@lru_cache
def load(folder: Path, name: str) -> dict[str, Any] | None:
    """The document as it was published; None for a name that is empty."""
    if not name:
        return None
    document: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    return document


def find_method(document: dict[str, Any], verb: str, path: str) -> dict[str, Any] | None:
    """The method whose path fits most closely: a literal `values:batchGet` before `values/{range}`."""
    fitting = [
        method
        for method in _methods(document)
        if method["httpMethod"] == verb and re.fullmatch(_pattern(method["flatPath"]), path)
    ]
    return max(fitting, key=lambda method: len(re.sub(r"{\w+}", "", method["flatPath"])), default=None)


def check(document: dict[str, Any], value: Any, schema: dict[str, Any], at: str) -> list[str]:
    """What keeps `value` from being what the discovery schema says, `at` being its place."""
    if "$ref" in schema:
        return check(document, value, document["schemas"][schema["$ref"]], at)
    kind = schema.get("type", "any")
    if kind == "any":
        return []
    if not _is_a(value, kind):
        return [f"{at}: {value!r} is no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at}: {value!r} is none of {', '.join(schema['enum'])}"]
    if kind == "array":
        return [f for i, item in enumerate(value) for f in check(document, item, schema["items"], f"{at}[{i}]")]
    if kind == "object":
        return _check_members(document, value, schema, at)
    if schema.get("format") == "google-datetime" and not re.fullmatch(r"[\d-]{10}T[\d:.]+Z", value):
        return [f"{at}: {value!r} is no time stamp"]
    return []


def _is_a(value: Any, kind: str) -> bool:
    return isinstance(value, _JSON_TYPES[kind]) and not (isinstance(value, bool) and kind in ("integer", "number"))


def _check_members(document: dict[str, Any], value: dict[str, Any], schema: dict[str, Any], at: str) -> list[str]:
    known, other = schema.get("properties", {}), schema.get("additionalProperties")
    faults: list[str] = []
    for name, member in value.items():
        inner = known.get(name, other)
        if inner is None:
            faults.append(f"{at}.{name}: not a member of {schema.get('id', 'this object')}")
        else:
            faults += check(document, member, inner, f"{at}.{name}")
    return faults


def _request(document: dict[str, Any], method: dict[str, Any], exchange: Exchange) -> list[str]:
    if exchange.status is not None and exchange.status >= 400:
        return []
    known = {**document["parameters"], **method.get("parameters", {})}
    faults: list[str] = []
    for name, given in exchange.query.items():
        described = known.get(name)
        if described is None or described.get("location") != "query":
            faults.append(f"unknown parameter {name}")
            continue
        values = given if isinstance(given, list) else [given]
        if len(values) > 1 and not described.get("repeated"):
            faults.append(f"parameter {name} comes {len(values)} times")
        faults += [f for text in values for f in _check_text(text, described, name)]
    return faults


def _check_text(text: str, described: dict[str, Any], name: str) -> list[str]:
    kind = described.get("type")
    if kind == "integer" and not re.fullmatch(r"-?\d+", text):
        return [f"parameter {name}: {text!r} is no integer"]
    if kind == "boolean" and text.lower() not in ("true", "false"):
        return [f"parameter {name}: {text!r} is no boolean"]
    if "enum" in described and text not in described["enum"]:
        return [f"parameter {name}: {text!r} is none of {', '.join(described['enum'])}"]
    return []


def _answer(document: dict[str, Any], method: dict[str, Any], exchange: Exchange) -> list[str]:
    answer = exchange.answer
    if exchange.status is None or answer is None:
        return []
    if exchange.query.get("alt") == "media" and exchange.status < 400:
        return [] if method.get("supportsMediaDownload") else ["this method gives no content"]
    if exchange.status >= 400:
        error = answer.get("error") if isinstance(answer, dict) else None
        if (
            isinstance(error, dict)
            and "message" in error
            and {"status", "errors"} & error.keys()
            and error.get("code") == exchange.status
        ):
            return []
        return [f"no error object for {exchange.status}"]
    return check(document, answer, method["response"], "answer")


def _methods(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from node.get("methods", {}).values()
    for inner in node.get("resources", {}).values():
        yield from _methods(inner)


def _pattern(flat_path: str) -> str:
    return "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"({\w+})", flat_path))
