"""Files of the config folder, written all together or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

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
