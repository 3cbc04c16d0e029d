"""What is told of all workspaces, one after the other, when nobody said which."""

from __future__ import annotations

from collections.abc import Callable

from bridge.cli.errors import exit_code_for
from bridge.cli.output import say
from bridge.cli.room import reader
from bridge.model.errors import BridgeError, ConfigError
from bridge.model.wording import worded
from bridge.wiring.workspaces import chosen, settings_here, unchosen


def of_each_workspace(tell: Callable[[], int], as_json: bool) -> int:
    """Tells of the workspace chosen, or of every one; the worst exit code. One that cannot be told of says why.

    Programs have to name one: ConfigError otherwise.
    """
    try:
        names = unchosen()
    except ConfigError:
        names = ()  # settings that do not fit: the telling says so, to programs as well
    if not names:
        return tell()
    if as_json:
        settings_here()
    codes = []
    for name in names:
        with chosen(name):
            say(worded("— workspace {name} —", name=name), reader())
            try:
                codes.append(tell())
            except BridgeError as error:
                codes.append(exit_code_for(error))
    return max(codes)
