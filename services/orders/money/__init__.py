"""A shop's money: what its ledger comes to, its days, and its way to the shop's bank account."""

NOUNS = ("book", "withdrawal", "refusals")
