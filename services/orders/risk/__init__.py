"""Whether to take somebody's money, and whether to look at an order first (O19)."""

NOUNS = ("risk",)
