"""How many there are, and how they are taken and given back (O1)."""

NOUNS = ("stock", "stock_balance")
