"""Who sells: a shop, its audit, its money, its subject and its name (C1, C3)."""

NOUNS = ("licence", "shop", "template")
