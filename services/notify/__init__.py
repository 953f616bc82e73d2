"""Notify: everyone hears what concerns them, once."""

NOUNS = ("inbox", "language", "telling")
