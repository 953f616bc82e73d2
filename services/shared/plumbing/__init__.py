"""How not to lose it: transactions, outbox, inbox, idempotency, jobs, files, secrets. No business words."""

NOUNS = ("day", "nesting", "problems", "shown_text")
