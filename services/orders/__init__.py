"""What is bought, paid, shipped and returned, and the money."""

NOUNS = ("order", "carriers", "gift_sheet", "payment", "stock", "pricing", "ledger", "gift_terms", "freight", "refusals")
