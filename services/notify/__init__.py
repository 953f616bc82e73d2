"""Notify: everyone hears what concerns them, once."""

NOUNS = ("formats", "inbox", "language", "telling", "template")
