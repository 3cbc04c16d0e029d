"""The stand-in of Planfix: tasks, contacts, comments, files, over the vendor's REST routes under `/planfix/rest`."""

from __future__ import annotations

from sandbox.planfix.service import Planfix

__all__ = ["Planfix"]
