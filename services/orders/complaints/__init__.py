"""Complaints about orders, answered by the shop and decided by the platform."""

NOUNS = ("complaint", "facts", "refusals")
