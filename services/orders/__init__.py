"""What is bought, paid, shipped and returned, and the money."""

NOUNS = (
    "order",
    "origin",
    "carriers",
    "order_sheet",
    "policy",
    "repricing",
    "gift_sheet",
    "pricing",
    "ledger",
    "gift_terms",
    "refusals",
)
