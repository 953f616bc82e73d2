"""What is bought, paid, shipped and returned, and the money."""

NOUNS = (
    "order",
    "carriers",
    "policy",
    "repricing",
    "gift_sheet",
    "payment",
    "stock",
    "stock_balance",
    "pricing",
    "ledger",
    "gift_terms",
    "freight",
    "risk",
    "refusals",
)
