"""What people do in the four services, for tests and the play page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.app import Sandbox


class People:
    """Acts of clients and staff. Every public method can be called over HTTP as `POST /sandbox/act`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def act(self, name: str, **arguments: Any) -> Any:
        """Do the act of that name. Raises LookupError when there is none, TypeError for wrong arguments."""
        if name.startswith("_") or name == "act" or not hasattr(type(self), name):
            raise LookupError(f"people do not know how to {name!r}")
        with self._sandbox.lock:
            return getattr(self, name)(**arguments)
