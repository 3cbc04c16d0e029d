"""Files of the config folder, written all together or not at all, and single values put into them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import yaml

from bridge.model.errors import BridgeError
from bridge.model.wording import as_it_says, worded

_PART = ".part"


def write_files(files: Mapping[Path, str]) -> None:
    """Writes each file beside its place first, and puts them there once all are on the disk.

    Raises BridgeError, with every file as it was, where one cannot be written.
    """
    parts = {path: path.with_name(f".{path.name}{_PART}") for path in files}
    try:
        for path, part in parts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(files[path].encode())
        for path, part in parts.items():
            os.replace(part, path)
    except OSError as error:
        for part in parts.values():
            with suppress(OSError):
                part.unlink()
        words = "{file} cannot be written: {reason}"
        raise BridgeError(worded(words, file=path, reason=as_it_says(error.strerror))) from error


def with_value(text: str, path: Sequence[str | int], value: str) -> str:
    """A YAML file with another text at a path; everything else, comments first of all, stays as people wrote it.

    Raises BridgeError where there is no plain value at that path.
    """
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.BaseLoader)
    for step in path:
        node = _below(node, step)
    if not isinstance(node, yaml.ScalarNode) or node.style in ("|", ">"):
        raise BridgeError(worded("there is no value at {path}", path=".".join(map(str, path))))
    written = json.dumps(value, ensure_ascii=False)
    return text[: node.start_mark.index] + written + text[node.end_mark.index :]


def _below(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((inner for key, inner in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        found: yaml.Node = node.value[step]
        return found
    return None
