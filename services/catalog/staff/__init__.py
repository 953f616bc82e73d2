"""Who works for a shop: inviting, joining, changing roles, leaving (X1)."""

NOUNS = ("invitation",)
