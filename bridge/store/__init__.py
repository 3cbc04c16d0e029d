"""All SQL in one place. Every public method is one short transaction; no network happens inside one."""

from bridge.store.store import Store

__all__ = ["Store"]
