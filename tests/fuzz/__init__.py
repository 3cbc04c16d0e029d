"""Rule files, texts, conditions and lengths that nobody would write: each is read or refused, at once."""
