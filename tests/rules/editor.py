"""A client of a language server, as an editor is one: JSON-RPC over the server's standard streams."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

PATIENCE = 60.0
"""Seconds for an answer: a cold start of the server on a busy machine takes ten."""


class Editor:
    """One server process with one schema. Documents are told by their text, never read from a disk."""

    def __init__(self, command: list[str], schema: Path) -> None:
        self._settings = {"yaml": {"schemas": {schema.as_uri(): "*.yaml"}, "validate": True, "completion": True}}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._answers: dict[int, queue.Queue[Any]] = {}
        self._marks: queue.Queue[Mapping[str, Any]] = queue.Queue()
        self._count = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        self.ask("initialize", processId=None, rootUri=None, capabilities={"workspace": {"configuration": True}})
        self._tell("initialized")
        self._tell("workspace/didChangeConfiguration", settings=self._settings)
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def marks(self, text: str) -> list[tuple[int, str]]:
        """The diagnostics of a text: the line, counted from 1, and what is said."""
        uri = self._open(text)
        while (found := self._marks.get(timeout=PATIENCE))["uri"] != uri:
            pass
        return sorted((mark["range"]["start"]["line"] + 1, mark["message"]) for mark in found["diagnostics"])

    def offers(self, text: str) -> set[str]:
        """What is offered at the | of a text."""
        before, _, after = text.partition("|")
        uri = self._open(before + after)
        line, column = before.count("\n"), len(before) - before.rfind("\n") - 1
        where = {"line": line, "character": column}
        answer = self.ask("textDocument/completion", textDocument={"uri": uri}, position=where)
        return {item["label"] for item in (answer["items"] if isinstance(answer, dict) else answer)}

    def said(self, text: str) -> str:
        """What the editor shows over the | of a text."""
        before, _, after = text.partition("|")
        uri = self._open(before + after)
        where = {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}
        answer = self.ask("textDocument/hover", textDocument={"uri": uri}, position=where)
        return str(answer["contents"]["value"]) if answer else ""

    def ask(self, method: str, **params: Any) -> Any:
        """Asks the server and waits for the answer."""
        self._count += 1
        self._answers[self._count] = queue.Queue()
        self._send({"id": self._count, "method": method, "params": params})
        return self._answers[self._count].get(timeout=PATIENCE)

    def _open(self, text: str) -> str:
        self._count += 1
        uri = f"file:///rules-{self._count}.yaml"
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", textDocument=document)
        return uri

    def _tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while head := stream.readline():
            if not head.lower().startswith(b"content-length"):
                continue
            stream.readline()
            message = json.loads(stream.read(int(head.partition(b":")[2])))
            if "method" not in message:
                self._answers[message["id"]].put(message.get("result"))
            elif message["method"] == "textDocument/publishDiagnostics":
                self._marks.put(message["params"])
            elif "id" in message:  # what the server asks: its settings, and leave to register
                items = message.get("params", {}).get("items", [])
                wanted = [self._settings.get(item.get("section", ""), None) for item in items]
                self._send({"id": message["id"], "result": wanted or None})
