"""The stand-in of Trello: boards, cards, actions, webhooks, over the vendor's own REST routes under `/trello/1`."""

from __future__ import annotations

from sandbox.trello.model import Actor
from sandbox.trello.service import Trello

__all__ = ["Actor", "Trello"]
