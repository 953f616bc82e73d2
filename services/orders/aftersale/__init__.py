"""What goes wrong after a sale: money back, goods back, other goods."""

NOUNS = ("aftersale", "claim", "refusals")
