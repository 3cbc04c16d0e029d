"""Reading single records again, away from the planning loop: those a webhook named and those something waits for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog
from structlog.contextvars import bind_contextvars

from bridge.engine.accounts import system_of
from bridge.engine.engine import Engine
from bridge.model.errors import ConnectorError, StoreError
from bridge.model.records import Ref

log = structlog.get_logger(__name__)

_AT_ONCE = {"planfix": (3, 1)}
"""So many records are read in one batch, by system, and in the background: a batch that is under way is waited for, and
where each is a request of its own at one a second, a person would wait for ten."""
_USUAL = (10, 10)
_PATIENCE = 3.0
"""Seconds for which a client is not planned because his record is being read. Longer answers are planned without:
what they would tell is not known then, and a rule that needs it waits."""


class Rereader:
    """Reads records of one connector again, one batch at a time; what is asked for meanwhile goes with the next.

    What people wait for goes before the background, and of that what was asked for last: a press is not held up by
    a hundred records that were asked for before it. One place of each batch belongs to what has waited longest.

    `done` is called after each batch, from the reading thread, whether it could be read or not. `names` stand on every
    line that is logged there.
    """

    def __init__(
        self, engine: Engine, name: str, done: Callable[[], None], names: Mapping[str, str] | None = None
    ) -> None:
        self._engine = engine
        self._name = name
        self._done = done
        self._at_once = _AT_ONCE.get(system_of(name), _USUAL)
        bind = partial(bind_contextvars, **(names or {}))
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=f"reread-{name}", initializer=bind)
        self._lock = threading.Lock()
        self._wanted: dict[Ref, set[str]] = {}
        self._behind: dict[Ref, set[str]] = {}
        """The same in the background."""
        self._unread: dict[str, float] = {}
        self._busy = False

    def ask(self, refs: Mapping[Ref, Iterable[str]], *, background: bool = False) -> None:
        """Wants these records to be read soon; the clients named with each wait for it."""
        with self._lock:
            until = time.monotonic() + _PATIENCE
            for ref, clients in refs.items():
                into = self._behind if background and ref not in self._wanted else self._wanted
                waiting = into.setdefault(ref, set() if background else self._behind.pop(ref, set()))
                waiting.update(clients)
                self._unread.update(dict.fromkeys(waiting, until))
            if (self._wanted or self._behind) and not self._busy:
                self._busy = True
                self._pool.submit(self._work)

    def unread(self) -> set[str]:
        """The clients whose records are on their way: planning them now would be planning them twice."""
        now = time.monotonic()
        with self._lock:
            return {client for client, until in self._unread.items() if until > now}

    def close(self) -> None:
        """Begins no further batch."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._wanted.clear()
            self._behind.clear()

    def _work(self) -> None:
        while (found := self._next())[0]:
            batch, background = found
            try:
                self._engine.read_again(self._name, batch, background=background)
            except ConnectorError as error:
                log.warning("records not read again", connector=self._name, error=str(error))
            except StoreError as error:
                log.error("database", error=str(error))
            except Exception:  # the pool would swallow it, and the next batch would never come
                log.exception("reading again failed", connector=self._name)
            self._end(batch)
            self._done()

    def _next(self) -> tuple[dict[Ref, set[str]], bool]:
        """The next batch, and whether it is of the background."""
        with self._lock:
            background = not self._wanted
            wanted = self._behind if background else self._wanted
            refs = list(wanted)
            newest = refs[max(1, len(refs) + 1 - self._at_once[background]) :]
            batch = {ref: wanted.pop(ref) for ref in [*refs[:1], *newest]}
            self._busy = bool(batch)
            return batch, background

    def _end(self, batch: Mapping[Ref, set[str]]) -> None:
        with self._lock:
            left = [*self._wanted.values(), *self._behind.values()]
            still = {client for clients in left for client in clients}
            for client in {client for clients in batch.values() for client in clients} - still:
                self._unread.pop(client, None)
