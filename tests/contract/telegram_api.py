"""Checks an exchange of the journal against the official description of the Bot API."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from sandbox.journal import Exchange
from tests.contract import descriptions

_PLAIN: dict[str, type | tuple[type, ...]] = {
    "Integer": int,
    "Float": (int, float),
    "String": str,
    "Boolean": bool,
    "True": bool,
}


def validate(exchange: Exchange) -> list[str]:
    """What is wrong with the request's parameters or the answer; nothing when `BRIDGE_API_DESCRIPTIONS` is unset."""
    folder = descriptions()
    if folder is None or exchange.service != "telegram" or exchange.operation is None or "/file/" in exchange.path:
        return []
    api = load(folder)
    method = api["methods"].get(exchange.operation)
    if method is None:
        return [] if exchange.status == 404 else [f"{exchange.operation}: no such method"]
    return [
        f"{exchange.operation}: {fault}" for fault in _request(api, method, exchange) + _answer(api, method, exchange)
    ]


@lru_cache
def load(folder: Path) -> dict[str, Any]:
    """The description as it was published."""
    api: dict[str, Any] = json.loads((folder / "telegram-bot-api.json").read_text(encoding="utf-8"))
    return api


def check(api: dict[str, Any], value: Any, types: list[str], at: str) -> list[str]:
    """What keeps `value` from being of one of these types, `at` being its place."""
    faults: list[str] = []
    for name in types:
        faults = _check_one(api, value, name, at)
        if not faults:
            return []
    return faults if len(types) == 1 else [f"{at}: {value!r} is none of {', '.join(types)}"]


def _request(api: dict[str, Any], method: dict[str, Any], exchange: Exchange) -> list[str]:
    if exchange.status is not None and exchange.status >= 400:
        return []
    given = {**exchange.query, **(exchange.body if isinstance(exchange.body, dict) else {})}
    known = {field["name"]: field for field in method.get("fields", [])}
    attached = {value.removeprefix("attach://") for value in given.values() if isinstance(value, str)}
    faults = [f"unknown parameter {name}" for name in given.keys() - known.keys() - attached]
    for name, field in known.items():
        if name in given:
            faults += check(api, _decoded(given[name], field["types"]), field["types"], name)
        elif field["required"]:
            faults.append(f"required parameter {name} is missing")
    return faults


def _answer(api: dict[str, Any], method: dict[str, Any], exchange: Exchange) -> list[str]:
    answer = exchange.answer
    if answer is None:
        return []
    if not isinstance(answer, dict) or "ok" not in answer:
        return ["the answer is no object with ok"]
    if answer["ok"]:
        return check(api, answer.get("result"), method["returns"], "result")
    faults = check(api, answer.get("error_code"), ["Integer"], "error_code")
    faults += check(api, answer.get("description"), ["String"], "description")
    if answer.get("error_code") != exchange.status:
        faults.append(f"error_code {answer.get('error_code')} in an answer with status {exchange.status}")
    if "parameters" in answer:
        faults += check(api, answer["parameters"], ["ResponseParameters"], "parameters")
    return faults


def _decoded(value: Any, types: list[str]) -> Any:
    """A form carries numbers, truth values and nested values as text; read it as what is asked for."""
    if not isinstance(value, str) or "InputFile" in types:
        return value
    if "String" in types and "Integer" not in types:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _check_one(api: dict[str, Any], value: Any, name: str, at: str) -> list[str]:
    if name.startswith("Array of "):
        if not isinstance(value, list):
            return [f"{at}: {value!r} is no array"]
        inner = name.removeprefix("Array of ")
        return [fault for i, item in enumerate(value) for fault in check(api, item, [inner], f"{at}[{i}]")]
    if name == "InputFile":
        return [] if isinstance(value, (dict, str)) else [f"{at}: {value!r} is no file"]
    if name in _PLAIN:
        fits = isinstance(value, _PLAIN[name]) and (name in ("Boolean", "True") or not isinstance(value, bool))
        return [] if fits else [f"{at}: {value!r} is no {name}"]
    described = api["types"][name]
    if described.get("subtypes"):
        return check(api, value, described["subtypes"], at)
    return _check_object(api, value, described, at)


def _check_object(api: dict[str, Any], value: Any, described: dict[str, Any], at: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{at}: {value!r} is no {described['name']}"]
    known = {field["name"]: field for field in described.get("fields", [])}
    faults = [f"{at}.{name}: not a member of {described['name']}" for name in value.keys() - known.keys()]
    for name, field in known.items():
        if name in value:
            faults += check(api, value[name], field["types"], f"{at}.{name}")
        elif field["required"]:
            faults.append(f"{at}.{name}: required in {described['name']}")
    return faults
