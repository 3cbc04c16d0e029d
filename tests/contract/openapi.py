"""Checks of Trello and Planfix exchanges against the vendors' OpenAPI files, raw or with our errata."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import jsonpatch
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator

from tests.contract import descriptions

JSON = "application/json"
_SHORT_LINK = re.compile(r"[0-9A-Za-z]{8}")
"""Trello takes it wherever the id of a card or board stands in a path, though the description names ids only."""
_FORMATS = FormatChecker()


class Request(Protocol):
    """What a check needs of a request; entries of the sandbox's journal have it."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def query(self) -> Mapping[str, Any]: ...
    @property
    def body(self) -> Any: ...


class Exchange(Request, Protocol):
    """A request with its answer."""

    @property
    def status(self) -> int | None: ...
    @property
    def answer(self) -> Any: ...


@dataclass
class Operation:
    """One method of one path, with its schemas compiled."""

    template: str
    pattern: re.Pattern[str]
    literals: int
    parameters: dict[str, Validator]
    path_parameters: dict[str, Validator]
    body: Validator | None
    answers: dict[str, Validator | None] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    """Parameters that must stand in the query, or for Trello in the body."""


@dataclass(frozen=True)
class Description:
    """A vendor's file, ready to be asked."""

    operations: dict[str, list[Operation]]

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation of a path, and the path's parts; a literal wins over a placeholder."""
        fitting = [(one, one.pattern.fullmatch(path)) for one in self.operations.get(method, [])]
        found = [(one, match) for one, match in fitting if match is not None]
        if not found:
            return None
        operation, match = max(found, key=lambda pair: pair[0].literals)
        return operation, match.groupdict()


def validate_trello(exchange: Exchange, patched: bool = True) -> list[str]:
    """The faults of an exchange with Trello; parameters count in query or body alike.

    With `patched`, answers are also held against the response models of trello.js.
    """
    faults = trello_request_faults(exchange, patched)
    operation = _operation_of(_trello(patched), exchange, "/1")
    if operation is None or exchange.status is None or exchange.status >= 400:
        return faults
    faults += _answer_faults(operation, exchange)
    model = _trello_models().get((exchange.method, operation.template)) if patched else None
    if model is not None:
        validator, is_list = model
        answers = exchange.answer if is_list else [exchange.answer]
        faults += [f"trello.js: {fault}" for one in answers for fault in _faults(validator, one, "answer")]
    return faults


def validate_planfix(exchange: Exchange, patched: bool = True) -> list[str]:
    """The faults of an exchange with Planfix."""
    faults = planfix_request_faults(exchange, patched)
    operation = _operation_of(_planfix(patched), exchange, "/rest")
    if operation is None or exchange.status is None:
        return faults
    return faults + _answer_faults(operation, exchange)


def trello_request_faults(exchange: Request, patched: bool = True) -> list[str]:
    """The faults of a request to Trello, and of what is asked within a batch."""
    description, path = _trello(patched), _path(exchange, "/1")
    faults = _request_faults(description, exchange, path, either=True)
    if path == "/batch":
        faults += _batch_faults(description, str(exchange.query.get("urls", "")))
    return faults


def planfix_request_faults(exchange: Request, patched: bool = True) -> list[str]:
    """The faults of a request to Planfix. Where it keeps files is an address of its own, told by the API."""
    if "/rest/" not in exchange.path:
        return []
    return _request_faults(_planfix(patched), exchange, _path(exchange, "/rest"), either=False)


def template_of(exchange: Request) -> str:
    """The path of a request as its vendor's description writes it; as it was sent where that has none."""
    for description, root in ((_trello(True), "/1"), (_planfix(True), "/rest")):
        if (operation := _operation_of(description, exchange, root)) is not None:
            return operation.template
    return exchange.path


def _path(exchange: Request, root: str) -> str:
    """The path as the description has it."""
    return "/" + exchange.path.partition(f"{root}/")[2]


def _operation_of(description: Description, exchange: Request, root: str) -> Operation | None:
    found = description.find(exchange.method, _path(exchange, root))
    return found[0] if found else None


_BODY_LEFT_OUT = {("POST", "/customFields/{id}/options")}
"""Trello's file gives this route neither body nor query: nothing could be asked of it."""

_DOWNLOAD = re.compile(r"GET /cards/[0-9a-f]{24}/attachments/[0-9a-f]{24}/download/[^/]+")
"""Trello tells of it in its guide to attachments only, as the address that an uploaded file has."""


def _request_faults(description: Description, exchange: Request, path: str, *, either: bool) -> list[str]:
    found = description.find(exchange.method, path)
    if found is None and _DOWNLOAD.fullmatch(f"{exchange.method} {path}"):
        return []
    if found is None:
        return [f"{exchange.method} {path} is not described"]
    operation, parts = found
    given = {name: value for name, value in exchange.query.items() if name not in ("key", "token", "access_token")}
    faults = []
    for name, text in parts.items():
        if text == "***" or (either and _SHORT_LINK.fullmatch(text)):
            continue
        faults += _faults(operation.path_parameters[name], _typed(operation.path_parameters[name], text), name)
    for name, value in given.items():
        validator = operation.parameters.get(name)
        if validator is not None:
            faults += _faults(validator, _typed(validator, value), name)
    body = exchange.body if isinstance(exchange.body, dict) else {}
    present = set(given) | (set(body) if either else set())
    faults += [f"{name} is required" for name in operation.required if name not in present]
    if exchange.body is not None and not _has_file(exchange):
        known = operation.body is not None or (exchange.method, operation.template) in _BODY_LEFT_OUT
        faults += [] if known else ["a body is not described"]
        faults += _faults(operation.body, exchange.body, "body") if operation.body is not None else []
    return faults


def _has_file(exchange: Request) -> bool:
    body = exchange.body if isinstance(exchange.body, dict) else {}
    return any(isinstance(value, dict) and "filename" in value for value in body.values())


@dataclass(frozen=True)
class _Part:
    """A route within a batch."""

    path: str
    query: Mapping[str, Any]
    method: str = "GET"
    body: Any = None


def _batch_faults(description: Description, urls: str) -> list[str]:
    found = []
    for url in urls.split(","):
        parts = urlsplit(url)
        part = _Part(parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)))
        found += _request_faults(description, part, part.path, either=True)
    return found


def _answer_faults(operation: Operation, exchange: Exchange) -> list[str]:
    status = str(exchange.status)
    if status not in operation.answers:
        return [] if "default" in operation.answers else [f"status {status} is not described"]
    validator = operation.answers[status]
    return [] if validator is None else _faults(validator, exchange.answer, "answer")


def _faults(validator: Validator, value: Any, where: str) -> list[str]:
    return [_told(_innermost(error), where) for error in validator.iter_errors(value)]


def _innermost(error: ValidationError) -> ValidationError:
    """What is wrong with the alternative that came closest, rather than that none fits."""
    while error.context:
        error = max(error.context, key=lambda one: len(one.absolute_path))
    return error


def _told(error: ValidationError, where: str) -> str:
    place = "".join(f"[{part!r}]" for part in error.absolute_path)
    return f"{where}{place}: {error.message[:300]}"


def _typed(validator: Validator, value: Any) -> Any:
    """A text of path or query as the type its schema, or one of its alternatives, names."""
    if not isinstance(value, str):
        return value
    kinds = _kinds(validator.schema)
    if {"integer", "number"} & kinds and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value) if "." in value else int(value)
    if "boolean" in kinds and value in ("true", "false"):
        return value == "true"
    if "array" in kinds:
        return value.split(",")
    return value


def _kinds(schema: Any) -> set[str]:
    if not isinstance(schema, dict):
        return set()
    kind = schema.get("type", ())
    own = {kind} if isinstance(kind, str) else set(kind)
    return own.union(*(_kinds(one) for one in schema.get("oneOf", ())))


@cache
def _trello(patched: bool) -> Description:
    return _compile("trello-rest.swagger.v3.json", "trello-rest.errata.patch.json" if patched else None)


@cache
def _planfix(patched: bool) -> Description:
    return _compile("planfix-rest.swagger.json", "planfix-rest.errata.patch.json" if patched else None)


_ANSWERED_BY = {
    ("GET", "/boards/{id}"): "Board",
    ("GET", "/boards/{id}/cards"): "[Card]",
    ("GET", "/boards/{id}/lists"): "[TrelloList]",
    ("GET", "/boards/{id}/labels"): "[Label]",
    ("GET", "/boards/{id}/members"): "[Member]",
    ("GET", "/boards/{id}/customFields"): "[CustomField]",
    ("GET", "/boards/{boardId}/actions"): "[Action]",
    ("GET", "/cards/{id}"): "Card",
    ("POST", "/cards"): "Card",
    ("PUT", "/cards/{id}"): "Card",
    ("GET", "/cards/{id}/actions"): "[Action]",
    ("POST", "/cards/{id}/actions/comments"): "Action",
    ("GET", "/cards/{id}/customFieldItems"): "[CustomFieldItems]",
    ("GET", "/cards/{id}/checklists"): "[Checklist]",
    ("POST", "/cards/{id}/checklists"): "Checklist",
    ("POST", "/checklists/{id}/checkItems"): "CheckItem",
    ("GET", "/members/{id}"): "Member",
    ("GET", "/members/{id}/boards"): "[Board]",
    ("GET", "/tokens/{token}"): "Token",
    ("GET", "/tokens/{token}/webhooks"): "[Webhook]",
    ("POST", "/webhooks/"): "Webhook",
    ("POST", "/lists"): "TrelloList",
    ("POST", "/labels"): "Label",
}
"""Which model of trello.js reads which answer. Attachments are left out: their `bytes` and `previews` are doubtful."""


@cache
def _trello_models() -> dict[tuple[str, str], tuple[Validator, bool]]:
    schemas = json.loads((_folder() / "trello.js-2.2.0.response-schemas.json").read_text())["schemas"]
    return {
        operation: (Draft202012Validator(schemas[name.strip("[]")]), name.startswith("["))
        for operation, name in _ANSWERED_BY.items()
    }


def _compile(file: str, errata: str | None) -> Description:
    raw = document = json.loads((_folder() / file).read_text())
    if errata is not None:
        patch = json.loads((_folder() / errata).read_text())
        steps = [{name: value for name, value in step.items() if name != "why"} for step in patch]
        document = jsonpatch.apply_patch(document, steps)
    definitions = {name: _schema(one) for name, one in document["components"]["schemas"].items()}
    operations: dict[str, list[Operation]] = {}
    for template, methods in document["paths"].items():
        for method, described in methods.items():
            if method in ("get", "put", "post", "delete"):
                shared = methods.get("parameters", [])
                one = _operation(template, described, shared, document, definitions)
                one.required = _required(raw["paths"][template][method], raw)
                operations.setdefault(method.upper(), []).append(one)
    return Description(operations)


def _operation(
    template: str, described: Any, shared: list[Any], document: Any, definitions: dict[str, Any]
) -> Operation:
    parameters = [_resolved(one, document) for one in [*shared, *described.get("parameters", [])]]
    in_path = {one["name"]: one for one in parameters if one["in"] == "path"}
    in_query = {one["name"]: one for one in parameters if one["in"] == "query"}
    content = described.get("requestBody", {}).get("content", {})
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
    return Operation(
        template=template,
        pattern=re.compile(pattern),
        literals=sum(1 for part in template.split("/") if part and not part.startswith("{")),
        parameters={name: _validator(_as_sent(one.get("schema", {})), definitions) for name, one in in_query.items()},
        path_parameters={
            name: _validator(in_path.get(name, {}).get("schema", {}), definitions)
            for name in re.findall(r"{(\w+)}", template)
        },
        body=_validator(content[JSON]["schema"], definitions) if "schema" in content.get(JSON, {}) else None,
        answers=dict(_answers(described, document, definitions)),
    )


def _as_sent(schema: Any) -> Any:
    """Trello says "a string: `cover` or a boolean". All of a query is strings: the alternatives are what counts."""
    return {name: part for name, part in schema.items() if name != "type"} if "oneOf" in schema else schema


def _required(described: Any, raw: Any) -> tuple[str, ...]:
    """As the vendor's own file has it: the errata only say that a body may carry them as well."""
    parameters = [_resolved(one, raw) for one in described.get("parameters", [])]
    return tuple(one["name"] for one in parameters if one["in"] == "query" and one.get("required"))


def _answers(described: Any, document: Any, definitions: dict[str, Any]) -> Iterator[tuple[str, Validator | None]]:
    for status, response in described["responses"].items():
        content = _resolved(response, document).get("content", {}).get(JSON, {})
        yield status, _validator(content["schema"], definitions) if "schema" in content else None


def _resolved(value: Any, document: Any) -> Any:
    while "$ref" in value:
        target = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        value = target
    return value


def _validator(schema: Any, definitions: dict[str, Any]) -> Validator:
    whole = {**_schema(schema), "$defs": definitions} if _has_reference(schema) else _schema(schema)
    return Draft202012Validator(whole, format_checker=_FORMATS)


def _has_reference(schema: Any) -> bool:
    return '"$ref"' in json.dumps(schema)


def _schema(value: Any) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema: references into `$defs`, `nullable` as a type, numbers' formats dropped."""
    if isinstance(value, list):
        return [_schema(one) for one in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("$ref"), str):
        reference = {"$ref": value["$ref"].replace("#/components/schemas/", "#/$defs/")}
        return {"anyOf": [reference, {"type": "null"}]} if value.get("nullable") else reference
    kept = {name: _schema(one) for name, one in value.items() if name not in ("nullable", "example", "x-examples")}
    if value.get("nullable"):
        return {"anyOf": [kept, {"type": "null"}]}
    return kept


def _folder() -> Path:
    folder = descriptions()
    if folder is None:
        raise RuntimeError("BRIDGE_API_DESCRIPTIONS is not set")
    return folder
