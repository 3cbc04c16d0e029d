"""Storing what webhooks bring: calls that come together share one transaction, and each is answered after it."""

from __future__ import annotations

import asyncio

from starlette.concurrency import run_in_threadpool

from bridge.engine.engine import Engine
from bridge.model.records import Page

_AT_ONCE = 200


class Reception:
    """Takes pages in for one event loop, in the order in which they came."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._arrived: list[tuple[str, Page, asyncio.Future[frozenset[str]]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def take_in(self, connector: str, page: Page) -> frozenset[str]:
        """Stores a page; gives the clients it is about. Raises StoreError when nothing of it was stored."""
        stored: asyncio.Future[frozenset[str]] = asyncio.get_running_loop().create_future()
        self._arrived.append((connector, page, stored))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await stored

    async def _write(self) -> None:
        while self._arrived:
            batch, self._arrived = self._arrived[:_AT_ONCE], self._arrived[_AT_ONCE:]
            pages = [(connector, page) for connector, page, _ in batch]
            found: list[frozenset[str] | Exception]
            try:
                found = [*await run_in_threadpool(self._engine.take_in_all, pages)]
            except Exception:  # whatever it was, each caller hears of his own page
                found = [await self._alone(connector, page) for connector, page in pages]
            for (_, _, stored), result in zip(batch, found, strict=True):
                if stored.cancelled():
                    continue  # the caller has hung up
                if isinstance(result, frozenset):
                    stored.set_result(result)
                else:
                    stored.set_exception(result)

    async def _alone(self, connector: str, page: Page) -> frozenset[str] | Exception:
        """One page by itself: what cannot be stored must not take its neighbours with it."""
        try:
            return (await run_in_threadpool(self._engine.take_in_all, [(connector, page)]))[0]
        except Exception as error:
            return error
