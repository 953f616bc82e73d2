"""Finding products by their words, and in other orders than the newest first (C8)."""

NOUNS = ("posting", "words")
