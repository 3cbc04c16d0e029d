"""Files in Drive, as the Drive API shows them to one they are shared with.

https://developers.google.com/workspace/drive/api/reference/rest/v3/files
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_NATIVE = "application/vnd.google-apps."


@dataclass
class DriveFile:
    """A file that somebody uploaded, or a document of Google's own; `readers` are those it is shared with."""

    id: str
    name: str
    content: bytes = b""
    mime_type: str = "application/pdf"
    readers: set[str] = field(default_factory=set)

    @property
    def is_native(self) -> bool:
        """Whether it is a document of Google's own, which has no content to download."""
        return self.mime_type.startswith(_NATIVE)

    def as_json(self) -> dict[str, Any]:
        """The File object; sizes are written as text, and Google's own documents have none here."""
        size = {} if self.is_native else {"size": str(len(self.content))}
        return {"kind": "drive#file", "id": self.id, "name": self.name, "mimeType": self.mime_type, **size}


def refusal(status: int, reason: str, message: str) -> dict[str, Any]:
    """Drive's error object, which lists its reasons."""
    told = {"domain": "global", "reason": reason, "message": message}
    return {"error": {"code": status, "message": message, "errors": [told]}}
