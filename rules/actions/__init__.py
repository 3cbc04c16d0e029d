"""What a rule wants done: one class an action, with what it changes and wakes. Whoever imports a part has them all."""

from rules.actions import cards, documents, facts, people

__all__ = ["cards", "documents", "facts", "people"]
