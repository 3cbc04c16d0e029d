"""Local stand-ins of Trello, Planfix, Google Sheets and Telegram, over real HTTP.

They behave as the vendors describe their services, and know nothing of the bridge: the two meet over HTTP only.
"""

from __future__ import annotations

from sandbox.app import Sandbox
from sandbox.server import Running, serve_in_thread

__all__ = ["Running", "Sandbox", "serve_in_thread"]
