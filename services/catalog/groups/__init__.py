"""A shop's groups of products, in their merchant's order (C7)."""

NOUNS = ("group",)
