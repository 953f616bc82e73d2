"""What buyers saw, pressed, ordered and paid, by product, day and channel (C11)."""

NOUNS = ("funnel", "tally")
