"""What a rule wants done: one class an action, with what it changes and wakes. Whoever imports a part has them all."""

from rules.actions import calls, cards, documents, facts, people

__all__ = ["calls", "cards", "documents", "facts", "people"]
