"""Answers to forms, as several rooms speak of them."""

from __future__ import annotations

WAITING = "waiting"
"""The part of a response that was read without a column that its mapping names: each fact that it may fill, with the
column's title. The answer stands under another title, and nobody knows which."""
COMPLETED = "form.completed"
"""The kind of event by which such an answer follows when its column is found: the same answer, of the same time."""
