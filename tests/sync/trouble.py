"""What goes wrong on the way: at a drawn request or commit the line breaks, the vendor refuses, or the process ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import ProtocolError

from tests.simulation.trouble import Crash
from tests.sync.wire import Asked, reply

SERVICES = ("trello", "planfix")
AT_A_REQUEST = (
    "429",
    "server error",
    "no answer, not done",
    "no answer, done",
    "crash before",
    "crash after",
    "a person in between",
)
AT_A_COMMIT = ("crash before the commit", "crash after the commit")
IN_PLANFIX = ("queued", "refused in part")
OF_CALLS = ("calls lost", "calls twice", "calls in the wrong order")
ANYWHERE, AT_A_LOOK, AT_A_WRITE = "anywhere", "at a look before a write", "at a write"
KINDS = (*AT_A_REQUEST, *AT_A_COMMIT, *IN_PLANFIX, *OF_CALLS)


@dataclass
class Waiting:
    """Something that strikes at a request to a service, once so many that fit have passed."""

    kind: str
    service: str
    passes: int
    where: str
    act: Callable[[], None] = lambda: None

    def fits(self, asked: Asked, *, writing: bool) -> bool:
        """Whether it counts this request; `writing`: a delivery is under way, which looks before it writes."""
        there = {ANYWHERE: True, AT_A_LOOK: writing and not asked.writes, AT_A_WRITE: asked.writes}
        return asked.service == self.service and there[self.where]


@dataclass
class Trouble:
    """What lies in wait, and how often each kind was met."""

    waiting: list[Waiting] = field(default_factory=list)
    commits: list[tuple[str, int]] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    writing: Callable[[], bool] = lambda: False
    dead: str = ""
    """Why the process has ended: whatever it still tries ends at once."""

    def before(self, asked: Asked) -> HTTPResponse | None:
        """Before a request arrives. Gives the answer of somebody in between, or raises what a broken line raises."""
        self.still_there()
        found = self._strikes(
            asked, ("429", "server error", "no answer, not done", "crash before", "a person in between")
        )
        if found is None:
            return None
        match found.kind:
            case "429":
                return reply(429, b'{"error":"slow"}', HTTPHeaderDict({"Retry-After": "10"}))
            case "server error":
                return reply(503, b"out of order")
            case "no answer, not done":
                raise ProtocolError("the line broke")
            case "crash before":
                self._die("before a request")
            case _:
                found.act()
        return None

    def after(self, asked: Asked) -> None:
        """After a request was carried out, before its answer arrives."""
        found = self._strikes(asked, ("no answer, done", "crash after"))
        if found is not None and found.kind == "crash after":
            self._die("after a request")
        if found is not None:
            raise ProtocolError("the line broke")

    def begins(self) -> None:
        """A transaction begins."""
        self.still_there()

    def commits_now(self) -> None:
        """A transaction is about to be committed; what strikes here rolls it back."""
        self.still_there()
        for place, (kind, passes) in enumerate(self.commits):
            self.commits[place] = (kind, passes - 1)
            if passes <= 0:
                del self.commits[place]
                self.met[kind] += 1
                self._die("at a commit", later=kind == "crash after the commit")
                return

    def restart(self) -> None:
        """Another process begins."""
        self.dead = ""

    def _die(self, where: str, *, later: bool = False) -> None:
        self.dead = where
        if not later:
            raise Crash(where)

    def still_there(self) -> None:
        """Raises Crash while the process has ended."""
        if self.dead:
            raise Crash(self.dead)

    def _strikes(self, asked: Asked, kinds: tuple[str, ...]) -> Waiting | None:
        for one in [one for one in self.waiting if one.kind in kinds and one.fits(asked, writing=self.writing())]:
            if one.passes <= 0:
                self.waiting.remove(one)
                self.met[one.kind] += 1
                return one
            one.passes -= 1
        return None
