"""Card keys: codes that are sold one to an order, and shown to nobody but its buyer."""

NOUNS = ("refusals",)
