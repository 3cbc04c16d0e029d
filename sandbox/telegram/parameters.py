"""Parameters of a Bot API call: from the query, a form, a multipart form or JSON, as typed values."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from sandbox.telegram.errors import bad_request


@dataclass
class Upload:
    """A file that came with the request."""

    name: str
    content_type: str
    content: bytes


@dataclass
class Parameters:
    """The values of one call; an empty text counts as left out."""

    values: dict[str, Any]
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The text, "" when left out."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def integer(self, name: str, default: int = 0) -> int:
        """The number; what is none counts as the default, as the Bot API reads it."""
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError):
            return default

    def flag(self, name: str) -> bool:
        """The truth value; a form says "true"."""
        return self.text(name).lower() in ("true", "1", "yes")

    def structure(self, name: str) -> Any:
        """A nested value, which a form carries as JSON; None when left out."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def upload(self, name: str) -> Upload | None:
        """The file of that parameter, also when it is named as `attach://<part>`."""
        return self.uploads.get(self.text(name).removeprefix("attach://") or name)


async def read_parameters(request: Request) -> Parameters:
    """Read all parameters. Raises the Bot API's 400 when the body is not what its type says."""
    values: dict[str, Any] = dict(request.query_params)
    uploads: dict[str, Upload] = {}
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("application/json"):
        try:
            values.update(await request.json())
        except ValueError:
            raise bad_request("can't parse JSON object") from None
    elif content_type:
        async with request.form(max_part_size=64 * 1024 * 1024) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    kind = value.content_type or "application/octet-stream"
                    uploads[name] = Upload(value.filename or name, kind, await value.read())
                else:
                    values[name] = value
    return Parameters(values, uploads)
