"""What pictures of a terminal show: commands of the bridge, run for real beside the agency of the stand-ins."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.text import Text

from docs.scenes import Stage
from sandbox.faults import Fault

COLUMNS = 92
"""As wide as a picture can be and still be read in a page."""
_FONTS_FROM_AFAR = re.compile(r"@font-face \{.*?\}", re.DOTALL)
"""What rich would have the browser fetch from another machine."""
_KEY_DELETED = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}


def status(stage: Stage) -> tuple[str, ...]:
    """A client is stopped, and Google does not let the bridge in any more."""
    stage.begin_a_deal()
    why = stage.text("просить паузу", "просит паузу", "asks for a pause")
    run(stage.environment, "stop", "client", stage.name, "--reason", why)
    stage.sandbox.faults.add(
        Fault("google", "status", method="POST", path="token", times=0, status=400, body=_KEY_DELETED)
    )
    stage.sandbox.google.account.revoke()
    stage.work(hours=2)
    stage.work(minutes=2)
    return ("status",)


def explain(stage: Stage) -> tuple[str, ...]:
    """A rule of the default pack in words."""
    return ("explain", "brief-silent")


SCREENS: Mapping[str, Callable[[Stage], tuple[str, ...]]] = {"status": status, "explain": explain}
"""By the name of the picture. Each gives the command that is shown."""


def screen(environment: Mapping[str, str], words: tuple[str, ...]) -> str:
    """A command and what it says, as a drawing (SVG) of a terminal."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text(f"$ bridge {shlex.join(words)}", style="bold"))
    console.print(Text.from_ansi(run(environment, *words)), "", sep="\n")
    return _FONTS_FROM_AFAR.sub("", console.export_svg(title="bridge"))


def run(environment: Mapping[str, str], *words: str) -> str:
    """What a command says in a terminal of that width, to a colleague who sits at it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 200, COLUMNS, 0, 0))
    command = [sys.executable, "-m", "bridge", *words]
    around = {**os.environ, **environment, "LOGNAME": "olena", "TERM": "xterm-256color"}
    child = subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL, env=around)
    os.close(theirs)
    said = b""
    try:
        while part := os.read(ours, 65536):
            said += part
    except OSError:
        pass  # how a terminal on Linux says that nobody writes to it any more
    finally:
        os.close(ours)
    child.wait()
    return said.decode().replace("\r\n", "\n").rstrip()
